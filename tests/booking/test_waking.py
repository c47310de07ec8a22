"""Nights, and what runs in waking hours only."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.booking.waking import Quiet, is_night, waking, waking_end
from make import monday

BERLIN = "Europe/Berlin"
HALF_AN_HOUR = timedelta(minutes=30)


@pytest.mark.parametrize(("hour", "night"), [(6.99, True), (7, False), (20.99, False), (21, True), (0, True)])
def test_nights_are_from_22_to_8_where_the_member_is(hour: float, night: bool) -> None:
    assert is_night(monday(hour), BERLIN) is night


def test_who_has_no_known_zone_has_no_nights() -> None:
    assert not is_night(monday(2), None)
    assert not is_night(monday(2), "Mars/Olympus")
    assert waking_end(monday(2), HALF_AN_HOUR, None) == monday(2.5)


@pytest.mark.parametrize(("at", "until"), [(9, 9.5), (20.75, 31.25), (22, 31.5), (2, 7.5), (20.5, 21)], ids=str)
def test_waking_time_stands_still_at_night(at: float, until: float) -> None:
    assert waking_end(monday(at), HALF_AN_HOUR, BERLIN) == monday(until)


def test_a_long_hold_spans_several_nights() -> None:
    assert waking_end(monday(12), timedelta(hours=30), BERLIN) == monday(12 + 48 + 2)


def test_a_night_in_which_the_clocks_change_ends_at_8_all_the_same() -> None:
    zone = ZoneInfo(BERLIN)
    late = datetime(2026, 10, 24, 23, tzinfo=zone)  # the clocks go back that night
    assert waking(late, BERLIN) == datetime(2026, 10, 25, 8, tzinfo=zone)
    assert waking_end(late, HALF_AN_HOUR, BERLIN) == datetime(2026, 10, 25, 8, 30, tzinfo=zone)


@pytest.mark.parametrize(
    ("at", "quiet", "until"),
    [
        (20.9, Quiet(time(23), time(7)), 21.4),  # 21:54 there
        (21.9, Quiet(time(23), time(7)), 30.4),
        (2, None, 2.5),
        (11.9, Quiet(time(13), time(15, 30)), 14.9),  # a siesta
        (2, Quiet(time(8, 1), time(8)), 31),  # a minute a day
    ],
    ids=str,
)
def test_waking_hours_are_those_that_a_member_has_set(at: float, quiet: Quiet | None, until: float) -> None:
    hold = timedelta(minutes=2) if quiet and quiet.start == time(8, 1) else HALF_AN_HOUR
    assert waking_end(monday(at), hold, BERLIN, quiet) == monday(until) + timedelta(minutes=1) * (hold < HALF_AN_HOUR)


def test_quiet_hours_that_end_while_the_clocks_go_back_end_after_they_are_asked_about() -> None:
    for minutes in range(0, 240, 10):
        at = datetime(2026, 10, 24, 23, tzinfo=UTC) + timedelta(minutes=minutes)
        assert waking(at, BERLIN, Quiet(time(1), time(2, 45))) >= at
        assert waking_end(at, HALF_AN_HOUR, BERLIN, Quiet(time(1), time(2, 45))) >= at + HALF_AN_HOUR
