"""What a member wants to know, and a run of some length tried on the calendar as if it were booked."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from bot.booking.decide import decide
from bot.booking.decision import Decision
from bot.booking.model import Before, Promise, Request, instant_of
from bot.booking.pieces import horizon_of
from bot.booking.snapshot import Scene
from bot.estimates.hardware import Place
from bot.estimates.work import Work

QUARTER = 15  # minutes: what is booked is rounded up to whole quarters of an hour
_FAR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """How long does `work` take on `place`, and can it be over by the promise?

    Nothing begins before `not_before` (UTC; None: now).
    """

    member: str
    work: Work
    place: Place
    promise: Promise | None = None
    not_before: datetime | None = None


def length_of(hours: float) -> timedelta:
    """Hours (above 0, under 10^6) as what is booked for them: whole quarters of an hour, one at least."""
    return timedelta(minutes=max(1, ceil(round(hours * 60 / QUARTER, 6))) * QUARTER)


def run_of(wanted: Wanted, place: Place, length: timedelta, scene: Scene, promise: Promise | None) -> Request:
    """A run of this length on a place by the promise, or without one as soon as it can be."""
    now = instant_of(scene.minute)
    first = max(wanted.not_before or now, now)
    if promise is None:
        far = instant_of(horizon_of(scene)) + length + _FAR
        promise = Promise(far, far)
    run = Before(length, promise, first)
    return Request(wanted.member, place.count, run, place.pool.name, asked_by=wanted.member)


def tried(request: Request, scene: Scene) -> Decision:
    """What the core would say to it now."""
    return decide(request, scene.snapshot, scene.calendar, scene.policy, scene.now, offering=False)
