"""Pressure: what is left of each pool until a deadline, promised and waited for, and how late each may still start."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.booking.claims import promise_of
from bot.booking.lab import Deadline, Pool
from bot.booking.model import Before, Fixed, Request, Reservation, Waiting, Window, Work, instant_of, minute_of
from bot.booking.policy import COUNTS, candidates, minutes_for, suiting
from bot.booking.search import Need, latest_start, need_of
from bot.booking.snapshot import Scene

MOST_STARTS = 50  # of a pool, those that must be done first


@dataclass(frozen=True, slots=True)
class Safe:
    """How late `of` may still start; None: there is no place for it in time any more, as things stand."""

    of: Reservation | Waiting
    start: datetime | None


@dataclass(frozen=True, slots=True)
class PoolPressure:
    """GPU-hours of a pool until a deadline: those that exist, that somebody holds, and that are waited for.

    A request that waits for any pool counts in each where it could go. `starts`: movable reservations that have not
    begun and requests that wait, all to be done by then, the one that must start first at the head.
    """

    pool: str
    existing: float
    promised: float
    waited: float
    starts: tuple[Safe, ...] = ()

    @property
    def left(self) -> float:
        """What nobody holds."""
        return max(self.existing - self.promised, 0.0)


@dataclass(frozen=True, slots=True)
class Pressure:
    """How it stands with a deadline, pool by pool, as of `now`."""

    deadline: Deadline
    now: datetime
    pools: tuple[PoolPressure, ...]


def pressure(deadline: Deadline, scene: Scene, *, starts: bool = True) -> Pressure:
    """Until the deadline, from now; without pools for one that is past. `starts` False leaves out what takes long."""
    start, end = instant_of(scene.minute), instant_of(minute_of(deadline.at))
    if end <= start:
        return Pressure(deadline, scene.now, ())
    until = Window(start, end)
    return Pressure(
        deadline, scene.now, tuple(_of_pool(pool, until, scene, starts) for pool in scene.calendar.lab.pools.values())
    )


def _of_pool(pool: Pool, until: Window, scene: Scene, starts: bool) -> PoolPressure:
    held = scene.calendar.holders(pool.name, until)
    has = {gpu.name for gpu in pool.gpus}
    promised = sum(_hours_in(one.window, until) * len(has.intersection(one.gpus)) for one in held)
    waiting = [
        one
        for one in scene.snapshot.waiting
        if one.offered is None and pool in candidates(one.request, scene.calendar.lab) and _ends(one) <= until.end
    ]
    movable = [
        one
        for one in scene.calendar.movable(pool.name)
        if one.window.start > scene.now and one.promise is not None and one.promise.at <= until.end
    ]
    return PoolPressure(
        pool.name,
        pool.size * until.hours,
        promised,
        sum(gpu_hours_of(one.request) for one in waiting),
        tuple(_safe_starts([*movable, *waiting], pool, scene)) if starts else (),
    )


def _safe_starts(found: Iterable[Reservation | Waiting], pool: Pool, scene: Scene) -> list[Safe]:
    nearest = sorted((one for one in found if promise_of(one) is not None), key=_by)[:MOST_STARTS]
    starts = [Safe(one, _latest(one, pool, scene)) for one in nearest]
    return sorted(starts, key=lambda safe: safe.start or scene.now)


def _latest(one: Reservation | Waiting, pool: Pool, scene: Scene) -> datetime | None:
    """Scans the free masks backwards from the last start in time, as if a reservation were not where it is.

    Nobody else is moved for it, so that it is safe; of a reservation it is at least where it stands. What may start
    later than can be booked ahead is told the last start that can.
    """
    if isinstance(one, Reservation):
        promise = one.promise
        with scene.calendar.without(one):
            found = _scanned(
                Need(
                    pool.name,
                    one.count,
                    scene.calendar.pools[pool.name].layout.with_memory(one.memory_gb),
                    scene.calendar.pools[pool.name].layout.mask(one.gpus) if one.named else 0,
                ),
                one.window.minutes,
                scene.minute,
                0 if promise is None else minute_of(promise.by),
                scene,
            )
        return one.window.start if found is None else max(found, one.window.start)
    when = one.request.when
    if isinstance(when, Fixed):
        return None
    calendar, first = scene.calendar.pools[pool.name], max(minute_of(when.not_before), scene.minute)
    tries = [
        _scanned(need_of(one.request, calendar, count), minutes, first, minute_of(when.promise.by), scene)
        for count, minutes in _sizes(one.request, when, pool)
    ]
    return max((found for found in tries if found is not None), default=None)


def _sizes(request: Request, when: Before | Work, pool: Pool) -> Iterator[tuple[int, int]]:
    """How many GPUs for how many minutes it may be."""
    if isinstance(when, Before):
        yield len(request.gpus) or request.count, when.length // timedelta(minutes=1)
    else:
        yield from ((count, minutes_for(when, count)) for count in COUNTS if count <= suiting(request, pool))


def _scanned(need: Need, minutes: int, first: int, by: int, scene: Scene) -> datetime | None:
    horizon = minute_of(scene.now + timedelta(days=scene.policy.movable_horizon_days))
    found = latest_start(scene.calendar, need, first, min(by - minutes, horizon), minutes)
    return None if found is None else instant_of(found)


def _by(one: Reservation | Waiting) -> datetime:
    promise = promise_of(one)
    assert promise is not None  # noqa: S101 - the others were left out
    return promise.by


def _ends(one: Waiting) -> datetime:
    when = one.request.when
    return when.window.end if isinstance(when, Fixed) else when.promise.at


def gpu_hours_of(request: Request) -> float:
    """How many GPU-hours it asks for."""
    match request.when:
        case Fixed(window):
            return window.hours * (len(request.gpus) or request.count)
        case Before(length=length):
            return length / timedelta(hours=1) * (len(request.gpus) or request.count)
        case Work(gpu_hours=figure):
            return figure


def _hours_in(window: Window, until: Window) -> float:
    length = min(window.end, until.end) - max(window.start, until.start)
    return max(length / timedelta(hours=1), 0.0)
