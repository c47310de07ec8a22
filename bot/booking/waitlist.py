"""The waitlist: who comes first, when each could start, and whom GPUs that are free now are offered to.

Conservative backfilling: in their order, each request that waits has its earliest possible start kept for it in the
calendar (its shadow); one further down is offered GPUs only where that delays none of those ahead of it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.booking.decision import Offer, OfferKind, Placement, Refused
from bot.booking.fairness import latest_start, laxity
from bot.booking.lab import Pool
from bot.booking.model import MINUTE, Before, Fixed, Request, Waiting, Window, Work, minute_of
from bot.booking.policy import COUNTS, candidates, minutes_for, suiting
from bot.booking.reasons import NotByDeadline, Taken, WouldDelay
from bot.booking.search import earliest, need_of, place
from bot.booking.snapshot import Scene
from bot.booking.trial import Trial, trial

EFFORT = 500  # of late binding, for each: a shadow that could begin a little earlier is still a good one
MOST_PLANNED = 100  # those after them wait for their turn to be planned


@dataclass(frozen=True, slots=True)
class Shadow:
    """A request that waits, with the earliest place that it can have (None: none was found in reach).

    `offered`: that place is worth an offer now. Its `rebinds` are all that it takes, so that it can be booked as it is.
    """

    waiting: Waiting
    placement: Placement | None
    offered: bool = False


def can_wait(refused: Refused) -> bool:
    """Whether waiting may help: all that stands in the way is what others have, or wait for."""
    return all(isinstance(one, Taken | NotByDeadline | WouldDelay) for one in refused.refusals)


def to_wait(request: Request, refused: Refused) -> tuple[Offer, ...]:
    """The waitlist as an offer, where waiting may help."""
    if not can_wait(refused):
        return ()
    match request.when:
        case Fixed(window):
            pass
        case Before(promise=promise, not_before=first) | Work(promise=promise, not_before=first):
            window = Window(min(first, promise.by - MINUTE), promise.by)
    return (Offer(OfferKind.WAIT, request, window),)


def in_order(waiting: Sequence[Waiting], scene: Scene) -> tuple[Waiting, ...]:
    """By laxity, then those passed by fewer offers, then who has had less in the past, then first come."""
    lab, past, now = scene.calendar.lab, scene.snapshot.past, scene.now
    return tuple(
        sorted(
            waiting,
            key=lambda one: (
                laxity(one, lab, now),
                one.declined,
                round(past.get(one.member, 0.0), 3),
                one.created_at,
                one.id,
            ),
        )
    )


def plan(waiting: Sequence[Waiting], scene: Scene) -> tuple[Shadow, ...]:
    """Where each could be at the earliest without delaying those ahead of it, in their order.

    Those who have an offer now are left out: their GPUs are held. The calendar comes back as it was.
    """
    with planned(waiting, scene) as (shadows, _):
        return shadows


@contextmanager
def planned(waiting: Sequence[Waiting], scene: Scene) -> Iterator[tuple[tuple[Shadow, ...], Trial]]:
    """See `plan`: inside the block the calendar is as if each of them were booked where it can be."""
    shadows = []
    with trial(scene.calendar) as tried:
        for one in in_order([one for one in waiting if one.offered is None], scene)[:MOST_PLANNED]:
            found = _earliest(one, scene)
            if found is not None:
                tried.enter(one.request, found)
                found = replace(found, rebinds=tried.rebinds())
            shadows.append(Shadow(one, found, found is not None and _is_worth_an_offer(one, found, scene)))
        yield tuple(shadows), tried


def plan_again(before: Sequence[Shadow], scene: Scene) -> tuple[Shadow, ...]:
    """Where those of a plan, in its order, can be after a change of the calendar, which comes back as it was.

    Whoever can still be there at the time that was planned stays with it: only the others are looked for anew.
    """
    shadows = []
    with trial(scene.calendar) as tried:
        for shadow in before:
            found = _there_again(shadow, scene) or _earliest(shadow.waiting, scene)
            if found is not None:
                tried.enter(shadow.waiting.request, found)
            shadows.append(Shadow(shadow.waiting, found))
    return tuple(shadows)


def next_offers(waiting: Sequence[Waiting], scene: Scene) -> tuple[Shadow, ...]:
    """Whom GPUs are to be offered to now, and which, in their order. See `plan`."""
    return tuple(shadow for shadow in plan(waiting, scene) if shadow.offered)


def could_start(request: Request, scene: Scene) -> datetime | None:
    """The earliest start that a request could have as things stand, if nobody waited; None where there is none."""
    found = _earliest(Waiting(0, request, scene.now, auto=True), scene)
    return None if found is None else found.window.start


def is_over(one: Waiting, scene: Scene) -> bool:
    """Whether it is too late for it: its deadline cannot be made any more, or the lab's horizon has passed."""
    latest = latest_start(one.request, scene.calendar.lab)
    if latest is not None:
        return latest < scene.now - timedelta(minutes=1)
    assert isinstance(one.request.when, Fixed)  # noqa: S101 - only these have no latest start
    return one.request.when.window.start + timedelta(days=scene.policy.horizon_days) < scene.now


def waits_for(one: Waiting, pool: Pool, window: Window) -> bool:
    """Whether it waits for GPUs of this pool in this window; one with an offer has what it waits for."""
    request = one.request
    if one.offered is not None or request.pool not in (None, pool.name):
        return False
    if request.gpus and not any(gpu.name in request.gpus for gpu in pool.gpus):
        return False
    match request.when:
        case Fixed(wanted):
            within = one.sooner_than is None or window.start < one.sooner_than + wanted.length
            return wanted.start < window.end and within
        case Before(promise=promise, not_before=first) | Work(promise=promise, not_before=first):
            return first < window.end and window.start < promise.by


def _is_worth_an_offer(one: Waiting, found: Placement, scene: Scene) -> bool:
    if (one.rests_until is not None and scene.now < one.rests_until) or _sleeps(one, scene):
        return False
    if not isinstance(one.request.when, Fixed):
        return True
    start = found.window.start
    if one.at_once:
        return start <= max(one.request.when.window.start, scene.now)
    return one.sooner_than is None or start < one.sooner_than or minute_of(start) <= scene.minute


def _sleeps(one: Waiting, scene: Scene) -> bool:
    """Whether an offer can wait for its member's morning."""
    morning = scene.snapshot.waking(one.member, scene.now)
    if one.auto or morning == scene.now:
        return False
    latest = latest_start(one.request, scene.calendar.lab)
    return latest is None or latest >= morning


def _earliest(one: Waiting, scene: Scene) -> Placement | None:
    """Its earliest end, of all that it may have."""
    request, calendar = one.request, scene.calendar
    start = request.when.window.start if isinstance(request.when, Fixed) else request.when.not_before
    first = max(start, scene.now, one.rests_until or scene.now)
    if _sleeps(one, scene):
        first = max(first, scene.snapshot.waking(one.member, scene.now))
    best: Placement | None = None
    for pool, count, minutes in _shapes(request, scene):
        need = need_of(request, calendar.pools[pool.name], count)
        last = _last(request, minutes, scene)
        if best is not None:  # what is not over earlier, or as early with fewer GPUs, is of no use
            last = min(last, minute_of(best.window.end) - minutes - (count >= len(best.gpus)))
        best = earliest(calendar, need, minute_of(first), last, minutes, scene.minute, effort=EFFORT) or best
    return best


def _there_again(shadow: Shadow, scene: Scene) -> Placement | None:
    """Room at the time that was planned for it, on whichever GPUs."""
    planned = shadow.placement
    if planned is None:
        return None
    need = need_of(shadow.waiting.request, scene.calendar.pools[planned.pool], len(planned.gpus))
    found = place(scene.calendar, need, planned.window, scene.minute)
    return found if isinstance(found, Placement) else None


def _last(request: Request, minutes: int, scene: Scene) -> int:
    """The last minute at which it may start."""
    if isinstance(request.when, Fixed):
        return minute_of(scene.now + timedelta(days=scene.policy.horizon_days))
    horizon = minute_of(scene.now + timedelta(days=scene.policy.movable_horizon_days))
    return min(minute_of(request.when.promise.by) - minutes, horizon)


def _shapes(request: Request, scene: Scene) -> Iterator[tuple[Pool, int, int]]:
    """What it may be: so many GPUs of a pool, for so many minutes."""
    for pool in candidates(request, scene.calendar.lab):
        match request.when:
            case Fixed(window):
                shapes = [(len(request.gpus) or request.count, window.minutes)]
            case Before(length=length):
                shapes = [(len(request.gpus) or request.count, length // timedelta(minutes=1))]
            case Work() as work:
                shapes = [(count, minutes_for(work, count)) for count in COUNTS]
        for count, minutes in shapes:
            if 0 < count <= suiting(request, pool) and minutes <= scene.policy.hard_max_hours * 60:
                yield pool, count, minutes
