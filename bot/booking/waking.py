"""Nights: when a member is not to be woken, and how long something lasts that runs in waking hours only."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

NIGHT = time(22)
MORNING = time(8)


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours of the day, `[start, end)` in local time, over midnight where `end` is earlier. Never equal."""

    start: time = NIGHT
    end: time = MORNING

    def __post_init__(self) -> None:
        if self.start == self.end:
            raise ValueError("quiet hours must end at another time than they begin")

    def covers(self, local: time) -> bool:
        """Whether that time of day is quiet."""
        if self.start < self.end:
            return self.start <= local < self.end
        return local >= self.start or local < self.end


USUAL_NIGHT = Quiet()


def quiet_until(at: datetime, quiet: Quiet | None, zone: str | None) -> datetime | None:
    """When the quiet hours around `at` (UTC) end, in UTC; None where it is not quiet.

    `zone` is the member's, an IANA name; who has none that is known has no quiet hours. `quiet` None: never quiet.
    """
    there = _known(zone)
    if there is None or quiet is None:
        return None
    local = at.astimezone(there)
    if not quiet.covers(local.time()):
        return None
    day = local.date() if local.time() < quiet.end else local.date() + timedelta(days=1)
    end = datetime.combine(day, quiet.end, there)
    if end.astimezone(at.tzinfo) <= at:  # the clocks go back over it: the second of the two
        end = end.replace(fold=1)
    return end.astimezone(at.tzinfo)


def is_night(at: datetime, zone: str | None, quiet: Quiet | None = USUAL_NIGHT) -> bool:
    """Whether it is quiet in the zone (an IANA name): between 22:00 and 08:00, unless the member has set otherwise."""
    return quiet_until(at, quiet, zone) is not None


def waking(at: datetime, zone: str | None, quiet: Quiet | None = USUAL_NIGHT) -> datetime:
    """`at`, or where that is in the night the next morning, in UTC as it came."""
    return quiet_until(at, quiet, zone) or at


def waking_end(at: datetime, length: timedelta, zone: str | None, quiet: Quiet | None = USUAL_NIGHT) -> datetime:
    """When `length` of waking time, counted from `at`, is over."""
    there = _known(zone)
    if there is None or quiet is None:
        return at + length
    while True:
        at = waking(at, zone, quiet)
        evening = _next(at, quiet.start, there)
        if at + length <= evening:
            return at + length
        length -= evening - at
        at = evening


def _next(at: datetime, clock: time, zone: ZoneInfo) -> datetime:
    """The first instant after `at` at which clocks in the zone show that time."""
    day = at.astimezone(zone).date()
    found = datetime.combine(day, clock, zone).astimezone(at.tzinfo)
    if found <= at:
        found = datetime.combine(day + timedelta(days=1), clock, zone).astimezone(at.tzinfo)
    return found


def _known(zone: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(zone) if zone else None
    except (KeyError, ValueError, OSError):
        return None
