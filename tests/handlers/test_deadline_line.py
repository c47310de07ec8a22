"""`deadlines ...`: what each line says, and which names and dates are refused."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import pytest

from bot.booking.lab import Deadline
from bot.errors import InputError
from handlers.context import Context
from handlers.parse import parse
from handlers.said import AddDeadline, Deadlines, DropDeadline
from make import ALICE, PEOPLE, lab, monday

CONTEXT = Context(ALICE, lab(), PEOPLE, monday(9))  # Monday 10:00 in Berlin


def added(line: str) -> AddDeadline:
    command = parse(f"deadlines add {line}", CONTEXT)
    assert isinstance(command, AddDeadline)
    return command


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("deadlines", Deadlines()),
        ("deadline", Deadlines()),
        ("/gpu deadlines neurips", Deadlines("neurips")),
        ('deadlines "ACM MM"', Deadlines("ACM MM")),
        ("deadlines drop thesis", DropDeadline("thesis")),
        ("deadlines drop “my thesis”", DropDeadline("my thesis")),
    ],
)
def test_they_are_looked_at_and_dropped_by_name(line: str, command: object) -> None:
    assert parse(line, CONTEXT) == command


@pytest.mark.parametrize(
    ("line", "name", "at", "zone"),
    [
        ('"thesis" 2027-02-01', "thesis", "2027-02-01 22:59", "Europe/Berlin"),
        ("thesis 2027-02-01", "thesis", "2027-02-01 22:59", "Europe/Berlin"),
        ("“my thesis” feb 1", "my thesis", "2027-02-01 22:59", "Europe/Berlin"),
        ("camera ready 2027-07-01", "camera ready", "2027-07-01 21:59", "Europe/Berlin"),
        ('"thesis" 2027-02-01 17:00', "thesis", "2027-02-01 16:00", "Europe/Berlin"),
        ('"thesis" fri 5pm', "thesis", "2026-11-06 16:00", "Europe/Berlin"),
        ('"thesis" 2027-02-01 AoE', "thesis", "2027-02-02 11:59", "AoE"),
        ('"thesis" 2027-02-01 23:59 aoe', "thesis", "2027-02-02 11:59", "AoE"),
        ('"thesis" 2027-02-01 12:00 utc', "thesis", "2027-02-01 12:00", "UTC"),
        ('"thesis" 2027-02-01 12:00 UTC+2', "thesis", "2027-02-01 10:00", "UTC+2"),
        ('"thesis" 2027-02-01 12:00 Asia/Tokyo', "thesis", "2027-02-01 03:00", "Asia/Tokyo"),
        ('"thesis" 2027-02-01 12:00 america/los_angeles', "thesis", "2027-02-01 20:00", "America/Los_Angeles"),
        ('"thesis" 2027-02-01T12:00Z', "thesis", "2027-02-01 12:00", "UTC"),
        ('"thesis" on 2027-02-01 at noon', "thesis", "2027-02-01 11:00", "Europe/Berlin"),
        ('"thesis" tomorrow', "thesis", "2026-11-03 22:59", "Europe/Berlin"),
    ],
)
def test_a_name_and_a_date_are_read_in_the_member_s_zone_or_the_one_said(
    line: str, name: str, at: str, zone: str
) -> None:
    found = added(line)
    assert (found.name, f"{found.at:%Y-%m-%d %H:%M}", found.zone) == (name, at, zone)
    assert found.at.tzinfo is UTC


def test_that_the_day_ends_at_23_59_is_said() -> None:
    assert added('"thesis" 2027-02-01').notes == ("No time was said, so it is 23:59 that day in Europe/Berlin.",)
    assert added('"thesis" 2027-02-01 17:00').notes == ()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "needs a name"),
        ('"" 2027-02-01', "needs a name"),
        ('"thesis"', "When is"),
        ("thesis", "When is"),
        ('"thesis" soon', "did not understand"),
        ('"thesis" now', "did not understand"),
        ('"thesis" this weekend', "did not understand"),
        ('"thesis" 2027-02-30', "no .* in the calendar"),
        ('"thesis" 2026-11-01', "is past"),
        ('"thesis" 2036-11-01', "more than two years away"),
        ('"thesis" 2027-02-01 12:00 Mars/Base', "is not a time zone"),
        ('"friday" 2027-02-01', "has a meaning of its own"),
        ('"8h" 2027-02-01', "has a meaning of its own"),
        ('"before long" 2027-02-01', "has a meaning of its own"),
        ('"x because y" 2027-02-01', "has a meaning of its own"),
        ('"<!channel>" 2027-02-01', "has a meaning of its own"),
        (f'"{"x" * 41}" 2027-02-01', "over 40 characters"),
    ],
)
def test_what_cannot_be_one_is_refused(line: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as refused:
        added(line)
    assert refused.value.example.startswith("deadlines") or refused.value.hint


def test_every_name_that_is_taken_can_be_said_in_a_line_again() -> None:
    for name in ("thesis", "my thesis", "ICML-2027", "camera ready", "日本語", "phd.defense"):
        made = added(f'"{name}" 2027-02-01')
        tracked = (Deadline(made.name, made.at, made.zone, member=ALICE.id, source="member"),)
        command = parse(f"book 1 a100 for 2h before {name}", replace(CONTEXT, tracked=partial(tuple, tracked)))
        assert command.request.when.promise.name == name  # type: ignore[union-attr]
        assert command.request.when.promise.at == datetime(2027, 2, 1, 22, 59, tzinfo=UTC)  # type: ignore[union-attr]
