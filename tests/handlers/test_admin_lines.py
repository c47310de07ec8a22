"""The admins' lines as values."""

from datetime import timedelta

import pytest

from bot.booking.model import Window
from bot.errors import InputError
from handlers.context import Context
from handlers.overseeing import Audit, EndOutage, Export, Outages, Policy, Revoke, TakeOut
from handlers.parse import parse
from make import ADA, PEOPLE, lab, monday, window

HERE = Context(ADA, lab(), PEOPLE, monday(8))
ATLAS = ("atlas:0", "atlas:1", "atlas:2", "atlas:3")


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("revoke R12 because the review needs it", Revoke(12, "the review needs it")),
        ("revoke 12 the review needs it", Revoke(12, "the review needs it")),
        ("policy", Policy()),
        ("audit", Audit()),
        ("audit R12", Audit(id=12)),
        ("audit @bob", Audit(member="U0BOB")),
        ("audit <@U0BOB|bob>", Audit(member="U0BOB")),
        ("export", Export("csv", "reservations")),
        ("export audit json", Export("json", "audit")),
        ("export JSON", Export("json", "reservations")),
        ("outage", Outages()),
        ("outages", Outages()),
        ("outage end atlas:2", EndOutage(("atlas:2",))),
        ("outage end atlas", EndOutage(ATLAS)),
        ("outage end atlas:0,1 and titan:3", EndOutage(("atlas:0", "atlas:1", "titan:3"))),
    ],
)
def test_a_line_is_read(line: str, command: object) -> None:
    assert parse(line, HERE) == command


@pytest.mark.parametrize(
    ("line", "gpus", "when", "reason"),
    [
        ('outage atlas:2 until fri 6pm "fan"', ("atlas:2",), window(8, 113), "fan"),
        ("outage atlas:2 until fri 6pm “fan”", ("atlas:2",), window(8, 113), "fan"),
        ("outage ATLAS for 2h because new fans", ATLAS, window(8, 10), "new fans"),
        ("outage atlas:0-1 from tomorrow 9am to tomorrow 5pm", ("atlas:0", "atlas:1"), window(32, 40), ""),
        ("outage atlas:0 tomorrow 9am for 8h", ("atlas:0",), window(32, 40), ""),
    ],
)
def test_an_outage_has_gpus_a_time_and_a_reason(line: str, gpus: tuple[str, ...], when: Window, reason: str) -> None:
    found = parse(line, HERE)
    assert isinstance(found, TakeOut)
    assert (found.gpus, found.window, found.reason) == (gpus, when, reason)


def test_an_outage_without_an_end_lasts_until_it_is_ended_and_that_is_said() -> None:
    found = parse('outage atlas:2 "fan"', HERE)
    assert isinstance(found, TakeOut)
    assert found.window.length == timedelta(days=365)
    assert "outage end" in found.notes[0]


@pytest.mark.parametrize(
    "line",
    [
        "revoke",
        "revoke R12",
        "revoke bob",
        "policy today",
        "audit bob",
        "audit @nobody",
        "audit R12 now",
        "export pdf",
        "export csv json",
        "outage atlas:9 until fri",
        "outage borea until fri",
        "outage until fri",
        "outage end",
        "outage end atlas:2 fri",
        "outage atlas:2 soonish",
        "outage atlas:2 until " + "x" * 500,
    ],
)
def test_what_is_not_understood_is_said_with_an_example_that_works(line: str) -> None:
    with pytest.raises(InputError) as wrong:
        parse(line, HERE)
    parse(wrong.value.example, HERE)


def test_words_behind_the_time_of_an_outage_may_have_been_meant_as_its_reason() -> None:
    with pytest.raises(InputError, match='"psu"') as wrong:
        parse("outage atlas:2 now for 5h psu", HERE)
    assert wrong.value.hint.endswith("A reason stands in quotes, or after because.")
