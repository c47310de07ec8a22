"""Lengths, zones and dates of the lab file."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.booking.zones import instant_of, zone_of
from bot.config.lengths import length_of


@pytest.mark.parametrize(
    ("written", "length"),
    [
        ("30m", timedelta(minutes=30)),
        ("1h30m", timedelta(minutes=90)),
        ("7d", timedelta(7)),
        ("0.5h", timedelta(hours=0.5)),
    ],
)
def test_lengths_are_a_number_and_a_unit(written, length):
    assert length_of(written) == length


@pytest.mark.parametrize(
    "written", ["", "24", "h", "-1h", "1y", "1e3h", "٣h", "9999999h", None, 24, True, "1h" * 10_000]
)
def test_what_is_no_length_is_refused(written):
    with pytest.raises(ValueError, match=r"; write "):
        length_of(written)


@pytest.mark.parametrize(
    ("zone", "utc_hour"),
    [
        ("AoE", 12),
        ("aoe", 12),
        ("UTC", 0),
        ("UTC+2", -2),
        ("GMT+02", -2),
        ("UTC-08", 8),
        ("UTC+05:30", -5.5),
        ("Asia/Tokyo", -9),
    ],
)
def test_zones_are_read_as_conferences_write_them(zone, utc_hour):
    at = instant_of("2026-11-02 00:00", zone_of(zone), has_zone=True)
    assert at == datetime(2026, 11, 2, tzinfo=UTC) + timedelta(hours=utc_hour)


@pytest.mark.parametrize("zone", ["", "Mars", "UTC+15", "UTC+", "Europe", "../etc/passwd", "a\x00b", "PST", "UTC+2:99"])
def test_what_is_no_zone_is_refused(zone):
    with pytest.raises(ValueError, match=r"is not a time zone|is no offset in use"):
        zone_of(zone)


def test_a_time_that_is_repeated_is_the_first_of_the_two():
    at = instant_of("2026-10-25 02:30", zone_of("Europe/Berlin"), has_zone=True)
    assert at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
