"""The timeline: laid out, drawn whatever people are called, and told in words."""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from bot.booking.board import PoolFree
from bot.booking.calendar import Calendar
from bot.booking.lab import Deadline, Lab
from bot.booking.lifecycle import State
from bot.booking.model import Reservation, Window, minute_of
from bot.booking.observed import Use
from bot.booking.timeline import PoolLanes, Timeline, timeline_of
from handlers.views.timeline import TINTS, bars, days, labels, legend, looks, members, ticks, written
from handlers.views.timeline_alt import ALT, alt_text
from handlers.views.timeline_png import LEFT, RIGHT, TOP, WIDTH, timeline_png
from make import ALICE, BOB, CAROL, lab, monday, node, reservation, window

NAMES = {ALICE.id: "alice", BOB.id: "bob", CAROL.id: "carol"}
BERLIN = ZoneInfo("Europe/Berlin")


def of(*held: Reservation, at: Lab | None = None, names: dict[str, str] = NAMES, **more) -> Timeline:
    calendar = Calendar(at or lab(), minute_of(monday()))
    calendar.apply(held, 1)
    return timeline_of(calendar, monday(8), names=names, **more)


def lanes(*stays: Reservation, gpus: tuple[str, ...]) -> PoolLanes:
    span = window(8, 56)
    return PoolLanes(PoolFree("a100", len(gpus), span, ((span.start, 0),)), gpus, stays)


def pixels(timeline: Timeline) -> Image.Image:
    return Image.open(BytesIO(timeline_png(timeline))).convert("RGB")


def test_it_shows_an_hour_back_and_two_days_ahead_pool_by_pool() -> None:
    timeline = of(reservation(1, 0, 9), reservation(2, 56, 60), reservation(3, 50, 60, ("titan:3",), pool="3090"))
    assert timeline.window == window(7, 56)
    assert [(pool.free.pool, [stay.id for stay in pool.stays]) for pool in timeline.pools] == [
        ("a100", [1]),
        ("3090", [3]),
    ]
    assert timeline.pools[0].free.steps == ((monday(8), 3), (monday(9), 4))
    assert timeline.pools[0].gpus == ("atlas:0", "atlas:1", "atlas:2", "atlas:3")


def test_one_pool_in_a_window_of_its_own() -> None:
    timeline = of(reservation(1, 0, 90), window=window(80, 100), pool="a100")
    assert [pool.free.pool for pool in timeline.pools] == ["a100"]
    assert timeline.pools[0].free.steps == ((monday(80), 3), (monday(90), 4))


def test_members_own_deadlines_and_past_ones_are_not_on_it() -> None:
    mine = Deadline("thesis", monday(20), member=ALICE.id)
    lab_s = Deadline("iclr", monday(30))
    assert of(deadlines=[mine, Deadline("old", monday(7)), lab_s]).deadlines == (lab_s,)


def test_neighbours_on_one_node_share_a_bar_clipped_to_the_window() -> None:
    stay = reservation(1, 0, 60, ("a:0", "a:1", "b:0", "b:2"))
    pool = lanes(stay, gpus=("a:0", "a:1", "b:0", "b:1", "b:2"))
    found = [(bar.first, bar.rows) for bar in bars(pool, window(8, 56))]
    assert found == [(0, 2), (2, 1), (4, 1)]
    assert {bar.window for bar in bars(pool, window(8, 56))} == {window(8, 56)}


def test_no_two_people_look_alike_and_the_first_differ_in_both() -> None:
    people = [f"U{number}" for number in range(64)]
    found = looks(people)
    assert len(set(found.values())) == 64
    first = [found[member] for member in people[: len(TINTS)]]
    assert len({tint for tint, _ in first}) == len({hatch for _, hatch in first}) == len(TINTS)


def test_the_legend_has_who_holds_most_first_and_what() -> None:
    held = [reservation(number, 8 + number, 9 + number, member=BOB.id) for number in range(1, 6)]
    timeline = of(*held, reservation(9, 20, 22, ("atlas:1", "atlas:2"), member=ALICE.id))
    people = members(timeline)
    assert people == [BOB.id, ALICE.id]
    told = dict(legend(timeline, people, lambda member: NAMES[member]))
    assert told == {BOB.id: "bob · R1, R2, R3 +2", ALICE.id: "alice · R9"}
    assert dict(legend(timeline, people, lambda _: ""))[ALICE.id] == "R9"


def test_a_bar_carries_the_fullest_label_that_fits_and_says_what_is_undecided() -> None:
    stays = (reservation(1, 9, 17), reservation(2, 9, 17, ("atlas:1",), state=State.PENDING))
    agreed, asked = bars(lanes(*stays, gpus=("atlas:0", "atlas:1")), window(8, 56))
    assert list(labels(agreed, "alice")) == ["alice · R1", "alice", "R1"]
    assert list(labels(asked, "alice")) == ["alice · R2 ?", "alice ?", "R2"]
    assert next(labels(agreed, "")) == "R1"


@pytest.mark.parametrize(
    ("zone", "begin", "hours", "said"),
    [
        # Berlin, 25 October: 02:00 comes twice, and the lines stay at the hours that the clock says.
        ("Europe/Berlin", datetime(2026, 10, 24, 20, tzinfo=UTC), 24, [0, 3, 6, 9, 12, 15, 18]),
        ("Asia/Kolkata", datetime(2026, 10, 24, 20, tzinfo=UTC), 24, [3, 6, 9, 12, 15, 18, 21, 0]),
        ("America/New_York", datetime(2026, 11, 1, 2, tzinfo=UTC), 48, [0, 6, 12, 18] * 2),
    ],
)
def test_ticks_are_at_local_hours(zone: str, begin: datetime, hours: int, said: list[int]) -> None:
    found = list(ticks(Window(begin, begin + timedelta(hours=hours)), ZoneInfo(zone)))
    assert [tick.label for tick in found] == [f"{hour:02}" for hour in said]
    assert [tick.at.astimezone(ZoneInfo(zone)).strftime("%H:%M") for tick in found] == [
        f"{hour:02}:00" for hour in said
    ]
    assert all(tick.midnight == (tick.label == "00") for tick in found)


def test_a_day_whose_midnight_is_skipped_begins_all_the_same() -> None:
    change = Window(datetime(2026, 3, 7, 12, tzinfo=UTC), datetime(2026, 3, 9, 12, tzinfo=UTC))
    found = list(days(change, ZoneInfo("America/Havana")))
    assert [said for said, _ in found] == ["Sat 7 Mar", "Sun 8 Mar", "Mon 9 Mar"]
    assert found[1][1].hours == 23


@pytest.mark.parametrize(
    ("text", "drawn"),
    [("alice", "alice"), ("hugo 🚀", "hugo"), ("王芳", ""), ("Li 王", ""), ("\u202e\u0000", ""), ("Zoë", "Zoë")],
)
def test_a_name_is_drawn_whole_or_not_at_all(text: str, drawn: str) -> None:
    assert written(text, lambda char: ord(char) < 0x250) == drawn


@pytest.mark.parametrize(
    "name",
    [
        "王芳",
        "佐藤さくら",
        "גיל",
        "محمد",
        "🚀🚀",
        "a\u0301\u0302" * 9,
        "$x^2$ \\frac",
        "\u202eevil",
        "x" * 3000,
        "",
        "नमस्ते",
    ],
)
def test_whatever_people_are_called_it_is_drawn_without_a_warning(name: str) -> None:
    stays = (reservation(1, 9, 40), reservation(2, 9, 40, ("atlas:1",), member=BOB.id, state=State.PENDING))
    at = replace(lab(), name=name or "x")
    timeline = of(*stays, at=at, names={ALICE.id: name, BOB.id: name}, deadlines=[Deadline(name or "x", monday(20))])
    assert pixels(timeline).width == WIDTH
    assert "\x00" not in alt_text(timeline)


def test_it_is_as_high_as_its_gpus_need() -> None:
    sizes = (1, 8, 24, 128)
    labs = [lab(*(node(f"n{number}", "h100", min(8, size)) for number in range(max(1, size // 8)))) for size in sizes]
    heights = [pixels(of(at=at)).height for at in labs]
    assert heights == sorted(heights)
    assert heights[1] < 600
    assert heights[3] < 2000


def test_bars_lie_where_their_hours_are() -> None:
    """Read back from the picture: atlas:0 is alice's from 14:00 to 20:00 UTC, and nobody's before and after."""
    picture = pixels(of(reservation(1, 14, 20)))
    y = TOP + 26 + 4  # in the first row, above its label

    def at(hour: float) -> tuple[int, ...]:
        return picture.getpixel((round(LEFT + (hour - 7) / 49 * (WIDTH - LEFT - RIGHT)), y))

    free, held = at(13.8), at(14.4)
    assert at(20.3) == at(30) == free
    assert at(17) == at(19.6) == held
    assert sum(free) - sum(held) > 60, "in grey too"


def test_what_is_undecided_is_white() -> None:
    agreed, asked = (pixels(of(reservation(1, 14, 20, state=state))) for state in (State.BOOKED, State.PENDING))
    place = (round(LEFT + 10 / 49 * (WIDTH - LEFT - RIGHT)), TOP + 30)
    assert sum(asked.getpixel(place)) > sum(agreed.getpixel(place)) + 60


def test_the_alt_text_says_the_facts() -> None:
    timeline = of(
        reservation(1, 6, 16, ("atlas:0", "atlas:1")),
        reservation(2, 30, 40, ("titan:0",), pool="3090", member=BOB.id, state=State.PENDING),
        deadlines=[Deadline("iclr", monday(35)), Deadline("neurips", monday(90))],
    )
    assert alt_text(timeline) == (
        "Timeline of GPUs, Mon 2 Nov 08:00 to Wed 4 Nov 09:00, Europe/Berlin. A100: 2 of 4 free now, 4 from 17:00. "
        "3090: 4 of 4 free now, 3 from Tue 3 Nov 07:00, 4 from Tue 3 Nov 17:00. Deadline iclr Tue 3 Nov 12:00. "
        "alice R1: 2 GPUs on atlas, until 17:00. "
        "bob R2: 1 GPU on titan, Tue 3 Nov 07:00 until Tue 3 Nov 17:00, waits for an answer."
    )


def test_an_alt_text_that_would_be_too_long_counts_what_it_leaves_out() -> None:
    held = [reservation(number, 8 + number, 9 + number) for number in range(1, 45)]
    told = alt_text(of(*held))
    assert len(told) <= ALT
    said = told.count(" R")
    assert told.endswith(f"And {len(held) - said} more.")


SEEN = {
    "atlas:0": Use(monday(8), monday(7)),
    "atlas:1": Use(monday(8), monday(7)),
    "atlas:3": Use(monday(8), None, occupied=True),
    **{f"titan:{index}": Use(monday(7)) for index in range(4)},
}


def test_the_alt_text_says_what_gpus_do_besides() -> None:
    held = reservation(1, 6, 16, ("atlas:0", "atlas:1"), state=State.ACTIVE)
    told = alt_text(of(held, uses=SEEN))
    assert (
        "Reserved, but idle: atlas:0,1 (1 h). In use, not booked: atlas:3. No reading since 08:00: titan:0,1,2,3."
        in told
    )
    assert "titan" not in alt_text(of(held, uses=SEEN, pool="a100"))


def test_the_picture_marks_them_beside_now_and_says_them_below() -> None:
    held = reservation(1, 6, 16, ("atlas:0", "atlas:1"), state=State.ACTIVE)
    plain, marked = pixels(of(held)), pixels(of(held, uses=SEEN))
    assert marked.height == plain.height + 3 * 18
    x = round(LEFT + 1 / 49 * (WIDTH - LEFT - RIGHT))
    row = TOP + 26 + 17  # of atlas:0
    assert any(
        marked.getpixel((x + at, row + down)) != plain.getpixel((x + at, row + down))
        for at in range(6, 40)
        for down in range(-6, 7)
    )
    third = row + 2 * 34  # nothing is to be said of atlas:2
    assert marked.getpixel((x + 20, third)) == plain.getpixel((x + 20, third))
    strange = lab(node("<王>", "a100", 12))
    unread = {f"<王>:{index}": Use(None) for index in range(12)}
    assert "No reading yet: <王>:0,1,2" in alt_text(of(at=strange, uses=unread))
    assert pixels(of(at=strange, uses=unread, window=window(20, 40))).height > 0


def test_matplotlib_is_loaded_when_a_picture_is_wanted_and_pyplot_never() -> None:
    code = """
import sys
import bot.app, bot.cli, bot.preview, handlers.notify, handlers.pictures
assert "matplotlib" not in sys.modules
from handlers.views.canvas import Canvas
sheet = Canvas(100)
sheet.text(1, 1, "a", size=9)
sheet.png()
assert "matplotlib.pyplot" not in sys.modules
"""
    assert subprocess.run([sys.executable, "-W", "error", "-c", code], check=False).returncode == 0
