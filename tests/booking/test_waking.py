"""Nights, and what runs in waking hours only."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.booking.waking import is_night, waking, waking_end
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
