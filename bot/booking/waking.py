"""Nights: when a member is not to be woken, and how long something lasts that runs in waking hours only."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

NIGHT = time(22)
MORNING = time(8)


def is_night(at: datetime, zone: str | None) -> bool:
    """Whether it is between 22:00 and 08:00 in the zone (an IANA name); who has none that is known has no nights."""
    there = _known(zone)
    return there is not None and not MORNING <= at.astimezone(there).time() < NIGHT


def waking(at: datetime, zone: str | None) -> datetime:
    """`at`, or where that is in the night the next 08:00, in UTC as it came."""
    there = _known(zone)
    if there is None or not is_night(at, zone):
        return at
    local = at.astimezone(there)
    day = local.date() if local.time() < MORNING else local.date() + timedelta(days=1)
    return datetime.combine(day, MORNING, there).astimezone(at.tzinfo)


def waking_end(at: datetime, length: timedelta, zone: str | None) -> datetime:
    """When `length` of waking time, counted from `at`, is over."""
    there = _known(zone)
    if there is None:
        return at + length
    at = waking(at, zone)
    while True:
        evening = datetime.combine(at.astimezone(there).date(), NIGHT, there).astimezone(at.tzinfo)
        if at + length <= evening:
            return at + length
        length -= evening - at
        at = waking(evening, zone)


def _known(zone: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(zone) if zone else None
    except (KeyError, ValueError, OSError):
        return None
