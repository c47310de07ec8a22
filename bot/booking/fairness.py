"""Who comes first among those who wait: how urgent a request is, and how much its member has had."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import IntEnum
from math import log

from bot.booking.lab import Lab
from bot.booking.model import Before, Fixed, Request, Waiting, Work
from bot.booking.policy import COUNTS, candidates, minutes_for, suiting
from bot.booking.snapshot import Spent

HALF_LIFE = timedelta(days=7)
LEAST_SHARE = 0.5


class Laxity(IntEnum):
    """The time until the latest start that still makes a deadline, in classes; what has no deadline has most."""

    SIX_HOURS = 0
    DAY = 1
    THREE_DAYS = 2
    MORE = 3


_UNDER = (
    (timedelta(hours=6), Laxity.SIX_HOURS),
    (timedelta(hours=24), Laxity.DAY),
    (timedelta(days=3), Laxity.THREE_DAYS),
)


def latest_start(request: Request, lab: Lab) -> datetime | None:
    """The last start that still makes the deadline (of Work: on as many GPUs as it may have); None without one."""
    match request.when:
        case Fixed():
            return None
        case Before(length=length, promise=promise):
            return promise.by - length
        case Work(promise=promise) as work:
            most = max((suiting(request, pool) for pool in candidates(request, lab)), default=1)
            count = max((count for count in COUNTS if count <= most), default=1)
            return promise.by - timedelta(minutes=min(minutes_for(work, count), 10**7))


def laxity(one: Waiting, lab: Lab, now: datetime) -> Laxity:
    """How urgent it is at `now`; a claim that an admin has withdrawn has no urgency."""
    latest = None if one.withdrawn else latest_start(one.request, lab)
    if latest is None:
        return Laxity.MORE
    return next((found for limit, found in _UNDER if latest - now < limit), Laxity.MORE)


def decayed(spent: Iterable[Spent], now: datetime) -> float:
    """GPU-hours of the past, each instant's halved for every 7 days that it lies before `now`.

    The integral of 2^(-age / 7 days) over the windows, so that one long reservation counts as its parts would.
    """
    scale = HALF_LIFE / timedelta(hours=1) / log(2)

    def weight(at: datetime) -> float:
        return float(2.0 ** -((now - min(at, now)) / HALF_LIFE))

    return sum(one.count * scale * (weight(one.window.end) - weight(one.window.start)) for one in spent)


def share_factor(member: str, past: Mapping[str, float]) -> float:
    """By what a member's cap is scaled: min(1, max(1/2, mean / own)).

    `own` is their decayed use of the past, `mean` that of all who have any. So who has had less than the mean keeps
    the whole cap, who has had twice as much half of it, and nobody less than half.
    """
    used = [hours for hours in past.values() if hours > 0]
    own = past.get(member, 0.0)
    if not used or own <= 0:
        return 1.0
    return min(1.0, max(LEAST_SHARE, sum(used) / len(used) / own))
