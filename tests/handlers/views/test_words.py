"""Times, lengths, GPUs and people as every answer writes them."""

from dataclasses import replace
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.booking.model import Before, Promise, Work
from handlers.views import words
from make import monday, request, window

BERLIN, LOS_ANGELES = ZoneInfo("Europe/Berlin"), ZoneInfo("America/Los_Angeles")


def test_an_instant_is_a_token_whose_fallback_names_its_zone() -> None:
    at = monday(9)
    assert words.moment(at) == f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|Mon 2 Nov 09:00 UTC>"
    assert words.clock(at) == f"<!date^{int(at.timestamp())}^{{time}}|09:00 UTC>"


def test_an_end_on_the_same_day_is_told_without_its_day() -> None:
    assert words.span(window(9, 17), UTC) == f"{words.moment(monday(9))}–{words.clock(monday(17))} (8 h)"
    assert words.span(window(20, 30), UTC) == f"{words.moment(monday(20))}–{words.moment(monday(30))} (10 h)"


def test_the_same_day_is_the_readers() -> None:
    evening = window(20, 23.5)  # 21:00 to 00:30 in Berlin
    assert words.clock(evening.end) in words.span(evening, UTC)
    assert words.moment(evening.end) in words.span(evening, BERLIN)
    assert words.clock(monday(30)) in words.span(window(20, 30), LOS_ANGELES)


@pytest.mark.parametrize(
    ("minutes", "told"),
    [
        (0, "0 min"),
        (45, "45 min"),
        (480, "8 h"),
        (90, "1 h 30 min"),
        (1800, "1 d 6 h"),
        (1441, "1 d 1 min"),
        (10080, "7 d"),
    ],
)
def test_a_length_is_told_in_days_hours_and_minutes(minutes: int, told: str) -> None:
    assert words.length(timedelta(minutes=minutes)) == told


def test_gpu_hours_are_told_to_a_tenth() -> None:
    assert [words.gpu_hours(figure) for figure in (372.0, 1.25, 12000)] == ["372 GPU-h", "1.2 GPU-h", "12,000 GPU-h"]


@pytest.mark.parametrize(
    ("at", "told"),
    [(8, "now"), (9, "10:00"), (33, "Tue 10:00"), (24 * 7 - 1.5, "Sun 23:30"), (24 * 7 + 9, "Mon 9 Nov 10:00")],
)
def test_a_button_spells_an_instant_in_the_readers_zone(at: float, told: str) -> None:
    assert words.spelled(monday(at), monday(8), BERLIN) == told


@pytest.mark.parametrize(
    ("pool", "shown"),
    [("a100", "A100"), ("l40s", "L40S"), ("3090", "3090"), ("old", "old"), ("lab-2", "lab-2"), ("<x>", "&lt;x&gt;")],
)
def test_a_pool_that_is_called_after_a_model_is_told_in_capitals(pool: str, shown: str) -> None:
    assert words.pool_shown(pool) == shown


def test_gpus_without_a_pool_are_just_gpus() -> None:
    assert [words.gpus(1, None), words.gpus(2, None), words.gpus(2, "a100")] == ["1 GPU", "2 GPUs", "2 × A100"]


def test_hosts_and_numbers_are_read_from_the_names_of_gpus() -> None:
    names = ("atlas:10", "atlas:2", "titan:0")
    assert words.nodes(names) == "atlas and titan"
    assert words.indices(names) == {"atlas": ["2", "10"], "titan": ["0"]}


def test_only_what_looks_like_an_id_becomes_a_mention() -> None:
    assert words.mention("U0ALICE") == "<@U0ALICE>"
    assert words.mention("!channel> <!here") == "!channel&gt; &lt;!here"


def test_what_was_asked_for_is_one_phrase() -> None:
    promise = Promise(monday(50), monday(26), "neurips")
    before = replace(request(4), when=Before(timedelta(hours=10), promise, monday()))
    work = replace(request(1), when=Work(40, promise, monday()))
    named = replace(request(2), gpus=("atlas:0", "atlas:1"))
    assert words.asked(replace(request(2, pool=None), memory_gb=40), UTC).startswith("2 GPUs with 40 GB each, ")
    assert words.asked(before, UTC) == f"4 × A100 for 10 h before neurips (by {words.moment(monday(26))})"
    assert words.asked(work, UTC) == f"40 GPU-h on A100 before neurips (by {words.moment(monday(26))})"
    assert words.asked(named, UTC).startswith("atlas:0 and atlas:1, ")


def test_a_form_gets_plain_words_with_instants_in_the_readers_zone() -> None:
    text = f"*Not {words.moment(monday(9))}* to {words.clock(monday(17))} &amp; `x` &lt;y&gt;"
    assert words.unmarked(text, BERLIN) == "Not Mon 2 Nov 10:00 to 18:00 & x <y>"
