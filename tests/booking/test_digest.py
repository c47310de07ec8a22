"""When the digest is due: once for each date of the lab's calendar, whatever its clocks do."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.booking.digest import LATEST, due, end_of_day, hour_of, mark_of, next_hour
from bot.booking.lab import DigestHour, Lab
from make import lab

# A week around each change: forward, back.
CHANGES = [
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),  # by half an hour
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Asia/Kolkata", date(2026, 3, 29)),  # none, and half an hour off
    ("America/Havana", date(2026, 3, 8)),  # midnight is skipped
]


def at(zone: str, hour: time = time(9), days: frozenset[int] = frozenset(range(7))) -> Lab:
    return replace(lab(), timezone=zone, digest=DigestHour(hour, days))


def week(day: date) -> Iterator[datetime]:
    """Every tick of ten minutes in the days around `day`."""
    start = datetime.combine(day - timedelta(days=3), time(), UTC)
    yield from (start + timedelta(minutes=10 * tick) for tick in range(7 * 144))


@pytest.mark.parametrize("hour", [time(0), time(2), time(2, 30), time(9), time(23, 50)], ids=str)
@pytest.mark.parametrize(("zone", "change"), CHANGES)
def test_every_date_has_one_hour_and_is_due_for_some_time(zone: str, change: date, hour: time) -> None:
    of = at(zone, hour)
    seen = [day for now in week(change) if (day := due(of, now)) is not None]
    assert seen == sorted(seen), "a date does not come again after the next"
    first, *whole = dict.fromkeys(seen)
    assert whole == [first + timedelta(days=ahead) for ahead in range(1, len(whole) + 1)]
    assert len(whole) >= 5
    for day in whole:
        said = hour_of(of, day)
        assert said is not None
        assert due(of, said) == day
        assert due(of, said - timedelta(minutes=1)) is None
        assert said.astimezone(ZoneInfo(zone)).date() == day


@pytest.mark.parametrize(
    ("zone", "day", "hour", "instant"),
    [
        ("Europe/Berlin", date(2026, 3, 29), time(9), datetime(2026, 3, 29, 7, tzinfo=UTC)),
        ("Europe/Berlin", date(2026, 3, 28), time(9), datetime(2026, 3, 28, 8, tzinfo=UTC)),
        ("Europe/Berlin", date(2026, 3, 29), time(2, 30), datetime(2026, 3, 29, 1, tzinfo=UTC)),  # 03:00, the first
        ("Europe/Berlin", date(2026, 10, 25), time(2, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # of the two
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 15), datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),
        ("Asia/Kolkata", date(2026, 3, 29), time(9), datetime(2026, 3, 29, 3, 30, tzinfo=UTC)),
    ],
)
def test_the_hour_is_the_lab_s_own(zone: str, day: date, hour: time, instant: datetime) -> None:
    assert hour_of(at(zone, hour), day) == instant


def test_it_is_due_for_six_hours_and_not_on_the_next_date() -> None:
    berlin, nine = at("Europe/Berlin"), datetime(2026, 11, 2, 8, tzinfo=UTC)
    assert due(berlin, nine + LATEST - timedelta(minutes=1)) == date(2026, 11, 2)
    assert due(berlin, nine + LATEST) is None
    late = at("Europe/Berlin", time(23, 30))
    assert due(late, datetime(2026, 11, 2, 22, 59, tzinfo=UTC)) == date(2026, 11, 2)
    assert due(late, datetime(2026, 11, 2, 23, 0, tzinfo=UTC)) is None


def test_days_without_a_digest_are_passed_over() -> None:
    weekdays = at("Europe/Berlin", days=frozenset(range(5)))
    friday = datetime(2026, 11, 6, 8, tzinfo=UTC)
    assert due(weekdays, friday) == date(2026, 11, 6)
    assert due(weekdays, friday + timedelta(days=1)) is None
    assert next_hour(weekdays, friday) == datetime(2026, 11, 9, 8, tzinfo=UTC)
    assert next_hour(weekdays, friday - timedelta(minutes=1)) == friday


def test_a_date_has_one_mark_and_its_day_ends_at_the_lab_s_midnight() -> None:
    assert mark_of(date(2026, 11, 2)) == datetime(2026, 11, 2, tzinfo=UTC)
    changes = datetime(2026, 10, 25, 8, tzinfo=UTC)  # a day of 25 hours
    assert end_of_day(at("Europe/Berlin"), changes) == datetime(2026, 10, 25, 23, tzinfo=UTC)
