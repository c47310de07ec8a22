"""What could be asked for instead: alternatives to a request, before the calendar has been looked at."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from bot.booking.decision import OfferKind
from bot.booking.lab import Policy, Pool
from bot.booking.limits import share_of
from bot.booking.model import Before, Fixed, Promise, Request, Work, minute_of
from bot.booking.policy import length_of, minutes_for, suiting
from bot.booking.search import longest_from, need_of
from bot.booking.snapshot import Scene

SHORTEST = 60  # minutes: a shorter rest of a window is not worth a button
QUARTER = 15  # minutes: what a scaled length is rounded up to


@dataclass(frozen=True, slots=True)
class Idea:
    """An alternative to look for: `count` GPUs (or those `named`) for `minutes`, starting in `[first, last]`.

    `measured`: the length is scaled by what jobs of the lab have taken on both pools.
    """

    kind: OfferKind
    pool: Pool
    count: int
    minutes: int
    first: int
    last: int
    named: tuple[str, ...] = ()
    linear: bool = False
    measured: bool = False


@dataclass(frozen=True, slots=True)
class _Wish:
    """What was wanted at heart: from minute `first` on, over by `by` if there is a deadline."""

    pool: Pool
    count: int
    minutes: int
    first: int
    by: int | None
    named: tuple[str, ...]
    size: int
    longest: int


def ideas(request: Request, pool: Pool, scene: Scene) -> Iterator[Idea]:
    """Every alternative worth a search, for a request that was meant for `pool`.

    None is longer than may be booked without asking, or than was asked for.
    """
    wish = _wish(request, pool, scene)
    last = minute_of(scene.now + timedelta(days=scene.policy.horizon_days))
    yield from _same_gpus(request, wish, last, scene)
    first = min(wish.first, last)
    yield from _fewer(wish, first, last, scene.policy)
    if wish.by is not None and wish.count * 2 <= wish.size:
        half = _rounded(min(-(-wish.minutes // 2), wish.longest), min(wish.longest, wish.by - first))
        yield Idea(OfferKind.MORE, pool, wish.count * 2, half, first, min(last, wish.by - half), linear=True)
    if request.pool is not None:
        yield from _other_pools(request, wish, first, last, scene)


def _wish(request: Request, pool: Pool, scene: Scene) -> _Wish:
    count = max(1, len(request.gpus) or request.count)
    minutes = length_of(request) // timedelta(minutes=1)
    by: Promise | None = None
    match request.when:
        case Fixed(window):
            start = window.start
        case Before(not_before=start, promise=by):
            pass
        case Work(not_before=start, promise=by) as work:
            count = share_of(pool, scene.policy)
            minutes = minutes_for(work, count)
    longest = int(max(scene.policy.max_hours * 60, min(minutes, scene.policy.hard_max_hours * 60)))
    first = max(minute_of(start), scene.minute)
    return _Wish(
        pool, count, minutes, first, minute_of(by.by) if by else None, request.gpus, suiting(request, pool), longest
    )


def _same_gpus(request: Request, wish: _Wish, last: int, scene: Scene) -> Iterator[Idea]:
    """As many GPUs of the pool, at another time or for a part of it."""
    if wish.count > wish.size:
        return
    minutes = min(wish.minutes, wish.longest)
    first, kind = wish.first, OfferKind.LATER
    if first > last:
        first, kind = max(scene.minute, last - 24 * 60), OfferKind.EARLIER
    if minutes < wish.minutes:
        kind = OfferKind.SHORTER
    yield Idea(kind, wish.pool, wish.count, minutes, first, last, wish.named)
    if wish.named:
        yield Idea(OfferKind.ANY, wish.pool, wish.count, minutes, first, last)
    if wish.by is None:
        need = need_of(request, scene.calendar.pools[wish.pool.name], wish.count)
        part = longest_from(scene.calendar, need, first, minutes)
        if max(SHORTEST, minutes // 4) <= part < minutes:
            yield Idea(OfferKind.SHORTER, wish.pool, wish.count, part, first, first, wish.named)


def _fewer(wish: _Wish, first: int, last: int, policy: Policy) -> Iterator[Idea]:
    """Half the GPUs, or as many as need no admin, for longer; where that is too long, for the time asked for."""
    counts = {min(wish.count // 2, wish.size), min(share_of(wish.pool, policy), wish.count - 1)}
    for count in sorted(counts - {0}, reverse=True):
        minutes = _rounded(-(-wish.minutes * wish.count // count), wish.longest)
        if minutes <= wish.longest:
            yield Idea(OfferKind.FEWER, wish.pool, count, minutes, first, last, linear=True)
        elif wish.count > wish.size:
            yield Idea(OfferKind.FEWER, wish.pool, count, min(wish.minutes, wish.longest), first, last)


def _other_pools(request: Request, wish: _Wish, first: int, last: int, scene: Scene) -> Iterator[Idea]:
    """As many GPUs elsewhere, the length scaled by the pools' relative speeds: the lab's own once it has measured."""
    for other in scene.calendar.lab.pools.values():
        own = scene.snapshot.speeds.get((wish.pool.name, other.name))
        speed = own or other.speed / wish.pool.speed
        minutes = ceil(round(wish.minutes / speed, 6))
        linear = speed != 1
        if linear:
            minutes = _rounded(minutes, wish.longest)
        if other is not wish.pool and wish.count <= suiting(request, other) and minutes <= wish.longest:
            measured = linear and own is not None
            yield Idea(OfferKind.POOL, other, wish.count, minutes, first, last, linear=linear, measured=measured)


def _rounded(minutes: int, most: int) -> int:
    """A scaled length, in whole quarter hours where these are not over `most`."""
    quarters = -(-minutes // QUARTER) * QUARTER
    return quarters if quarters <= most else minutes
