"""Months and weeks of the lab's calendar, and quarters."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.report.months import Month, month_of, number_of
from bot.report.pulse import Quarter, is_due, next_due, quarter_of

BERLIN, KOLKATA = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kolkata")


@pytest.mark.parametrize(
    ("month", "zone", "hours"),
    [
        (Month(2026, 10), BERLIN, 745),
        (Month(2026, 3), BERLIN, 743),
        (Month(2028, 2), BERLIN, 696),
        (Month(2026, 10), KOLKATA, 744),
    ],
)
def test_a_month_lasts_from_local_midnight_to_local_midnight_clock_changes_included(month, zone, hours):
    window = month.window(zone)
    assert window.hours == hours
    assert window.start.astimezone(zone).day == window.end.astimezone(zone).day == 1
    assert month.plus(1).window(zone).start == window.end


@pytest.mark.parametrize("month", [Month(2026, 10), Month(2026, 2), Month(2027, 2), Month(2026, 6)])
def test_its_weeks_begin_on_mondays_and_together_are_the_month(month):
    weeks = month.weeks(BERLIN)
    assert weeks[0][0] == date(month.year, month.number, 1)
    assert all(first.weekday() == 0 for first, _ in weeks[1:])
    assert [one.end for _, one in weeks[:-1]] == [one.start for _, one in weeks[1:]]
    assert (weeks[0][1].start, weeks[-1][1].end) == (month.window(BERLIN).start, month.window(BERLIN).end)


def test_the_months_around_new_year_follow_each_other():
    assert Month(2027, 1).before == Month(2026, 12)
    assert Month(2026, 12).plus(1) == Month(2027, 1)
    assert Month(2026, 11).plus(14) == Month(2028, 1)
    assert month_of(datetime(2026, 12, 31, 23, 30, tzinfo=UTC), BERLIN) == Month(2027, 1)
    assert Month.labelled("2026-10") == Month(2026, 10)


@pytest.mark.parametrize(("year", "number"), [(2026, 0), (2026, 13), (1999, 12), (3000, 1), (-1, 1)])
def test_what_is_no_month_is_refused(year, number):
    with pytest.raises(ValueError, match="no month"):
        Month(year, number)


@pytest.mark.parametrize(
    ("name", "number"), [("oct", 10), ("October", 10), ("sept", 9), ("ma", None), ("octo ber", None), ("", None)]
)
def test_a_month_is_known_by_its_name_or_the_beginning_of_it(name, number):
    assert number_of(name) == number


def test_a_quarter_is_asked_on_the_15th_of_its_first_month_and_not_long_after():
    quarter = Quarter(2026, 4)
    due = quarter.due(BERLIN)
    assert due == datetime(2026, 10, 15, 8, tzinfo=UTC)
    assert quarter_of(due, BERLIN) == quarter
    assert not is_due(due - timedelta(minutes=1), BERLIN)
    assert is_due(due, BERLIN)
    assert not is_due(due + timedelta(days=8), BERLIN)
    assert next_due(due - timedelta(days=60), BERLIN) == due
    assert next_due(due, BERLIN) == Quarter(2027, 1).due(BERLIN)
