"""A reservation as the job on it sees it: how it stands, and when somebody else needs its GPUs."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.booking.calendar import Calendar
from bot.booking.lifecycle import State
from bot.booking.model import Reservation, Window, instant_of, minute_of

_AHEAD = timedelta(days=1)
_NOT_SURE = frozenset({State.PENDING})  # an admin may still deny it


@dataclass(frozen=True, slots=True)
class Standing:
    """`needed`: when, after its end, somebody else's reservation begins on one of its GPUs (UTC); None: not within a
    day of it. `job`: the job that has said last that this is its reservation; None: none has, lately."""

    reservation: Reservation
    needed: datetime | None = None
    job: str | None = None


def needed_at(one: Reservation, calendar: Calendar, now: datetime) -> datetime | None:
    """When somebody else needs a GPU of `one` after it, or now where it is over already."""
    if one.pool not in calendar.pools:
        return None
    present = instant_of(minute_of(now))
    first = max(one.window.end, present) if one.holds else present
    others = calendar.holders(one.pool, Window(first, first + _AHEAD), one.gpus)
    starts = [other.window.start for other in others if other.member != one.member and other.state not in _NOT_SURE]
    return max(first, min(starts)) if starts else None
