"""The decision on a request: rules, then room, then room that others make, then limits; a no comes with offers."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from bot.booking import offers
from bot.booking.behind import ahead_of, behind
from bot.booking.calendar import Calendar
from bot.booking.decision import Choice, Decision, Granted, Held, Placement, Refused, Tried
from bot.booking.judge import judge
from bot.booking.lab import Policy, Pool
from bot.booking.limits import Ask, over
from bot.booking.model import Before, Fixed, Request, Work, instant_of, minute_of, window_of
from bot.booking.pieces import horizon_of, in_pieces
from bot.booking.planning import Budget, Wanted, make_room
from bot.booking.policy import COUNTS, broken_rules, candidates, minutes_for, suiting
from bot.booking.proof import proof
from bot.booking.reasons import NotByDeadline, Taken
from bot.booking.search import blocked, earliest, need_of, place
from bot.booking.snapshot import Scene, Snapshot
from bot.booking.waitlist import to_wait


def decide(
    request: Request,
    snapshot: Snapshot,
    calendar: Calendar,
    policy: Policy,
    now: datetime,
    *,
    heed: bool = True,
    offering: bool = True,
) -> Decision:
    """What becomes of a request. Never raises for any Request; same inputs, same decision.

    `now` is UTC. The calendar is as of the same version of the ledger as the snapshot and comes back as it was.
    `heed`: it must delay nobody who waits (see `behind`). Not `offering`: a no needs no offers.
    """
    scene = Scene(snapshot, calendar, policy, now)
    decision = _decided(request, scene)
    ahead = ahead_of(request, scene) if heed and snapshot.waiting else ()
    if ahead:
        return behind(request, decision, ahead, scene, _best)
    if not isinstance(decision, Refused) or not offering:
        return decision
    instead = offers.instead(request, scene, decision.refusals)
    return replace(decision, offers=(*instead, *to_wait(request, decision)))


def _best(request: Request, scene: Scene) -> Decision:
    """The best that is free in any pool; the request must break no hard rule."""
    pools = _pools(request, scene)
    return min((_in_pool(request, pool, scene) for pool in pools), key=lambda verdict: _rank(request, verdict))


def _pools(request: Request, scene: Scene) -> list[Pool]:
    in_order = _in_order(request, scene.calendar)
    return [pool for pool in in_order if suiting(request, pool) >= _least_count(request)]


def _decided(request: Request, scene: Scene) -> Decision:
    """As if nobody waited. A no comes without offers yet."""
    broken = broken_rules(request, scene.calendar.lab, scene.now)
    if broken:
        return Refused(broken)
    best = _best(request, scene)
    if not isinstance(best, Refused):
        return best
    proven = proof(request, scene) if any(isinstance(why, NotByDeadline) for why in best.refusals) else None
    if proven is None:
        for pool in _pools(request, scene):
            made = _with_moves(request, pool, scene)
            if made is not None:
                return made
    refusals = tuple(replace(why, proof=proven) if isinstance(why, NotByDeadline) else why for why in best.refusals)
    return replace(best, refusals=refusals)


def _least_count(request: Request) -> int:
    return 1 if isinstance(request.when, Work) else len(request.gpus) or request.count


def _in_order(request: Request, calendar: Calendar) -> tuple[Pool, ...]:
    """Pools to try: with memory asked for, the smallest that suits; else the one with the most room first."""
    pools = candidates(request, calendar.lab)
    if request.memory_gb:
        return tuple(sorted(pools, key=lambda pool: max(gpu.memory_gb for gpu in pool.gpus)))
    start = minute_of(request.when.window.start if isinstance(request.when, Fixed) else request.when.not_before)
    return tuple(sorted(pools, key=lambda pool: -calendar.pools[pool.name].free_share(start)))


def _rank(request: Request, verdict: Decision) -> tuple[int, datetime]:
    """Yes before perhaps before no; where the core chooses the start, the earliest end first."""
    match verdict:
        case Granted(placement):
            order = 0
        case Held(placement):
            order = 1
        case Refused():
            return 2, instant_of(0)
    return order, instant_of(0) if isinstance(request.when, Fixed) else placement.window.end


def _in_pool(request: Request, pool: Pool, scene: Scene) -> Decision:
    match request.when:
        case Fixed(window):
            need = need_of(request, scene.calendar.pools[pool.name], request.count)
            found = place(scene.calendar, need, window, scene.minute)
            if isinstance(found, Taken):
                ask = Ask(request.member, pool, need.count, window)
                return Refused((found,), limits=over(ask, scene))
            return judge(request, found, scene)
        case Before() as run:
            return _before(request, run, pool, len(request.gpus) or request.count, scene)
        case Work() as work:
            return _work(request, work, pool, scene)
        case _:
            assert_never(request.when)


def _with_moves(request: Request, pool: Pool, scene: Scene) -> Granted | None:
    """If others' movable reservations make way. Not where an admin would have to agree besides."""
    if not scene.calendar.movables(pool.name):
        return None
    budget = Budget(pool.size, scene.calendar.movables(pool.name))
    for count, minutes, first, last in _tries(request, pool, scene):
        need = need_of(request, scene.calendar.pools[pool.name], count)
        found = make_room(Wanted(need, minutes, first, last), scene, budget)
        if found is not None:
            verdict = judge(request, found, scene)
            if isinstance(verdict, Granted):
                return verdict
    return None


def _tries(request: Request, pool: Pool, scene: Scene) -> Iterator[tuple[int, int, int, int]]:
    """What room could be made for: how many GPUs, for how many minutes, the first and the last start."""
    count = len(request.gpus) or request.count
    match request.when:
        case Fixed(window):
            start = minute_of(window.start)
            yield count, window.minutes, start, start
        case Before() as run:
            yield count, run.length // timedelta(minutes=1), *_starts(run, scene)
        case Work() as work:
            limit = scene.policy.hard_max_hours * 60
            for count in (count for count in COUNTS if count <= suiting(request, pool)):
                minutes = minutes_for(work, count)
                run = Before(timedelta(minutes=minutes), work.promise, work.not_before)
                if minutes <= limit:
                    yield count, minutes, *_starts(run, scene)
        case _:
            assert_never(request.when)


def _before(request: Request, run: Before, pool: Pool, count: int, scene: Scene) -> Decision:
    """The earliest start at which all of it is over by the promise."""
    placed = _in_time(request, run, pool, count, scene)
    if placed is None and run.pieces is not None:
        need = need_of(request, scene.calendar.pools[pool.name], count)
        first, _ = _starts(run, scene)
        placed = in_pieces(scene.calendar, need, run, first, horizon_of(scene), scene.minute)
    return _not_in_time(request, run, pool, count, scene) if placed is None else judge(request, placed, scene)


def _in_time(request: Request, run: Before, pool: Pool, count: int, scene: Scene) -> Placement | None:
    need = need_of(request, scene.calendar.pools[pool.name], count)
    first, last = _starts(run, scene)
    return earliest(scene.calendar, need, first, last, run.length // timedelta(minutes=1), scene.minute)


def _not_in_time(request: Request, run: Before, pool: Pool, count: int, scene: Scene) -> Refused:
    """With what stands in the way of the last start."""
    need = need_of(request, scene.calendar.pools[pool.name], count)
    first, last = _starts(run, scene)
    taken = None
    if last >= first:
        window = window_of(last, last + run.length // timedelta(minutes=1))
        taken = blocked(scene.calendar, need, window)
    return Refused((NotByDeadline(run.promise, run.length, taken),))


def _starts(run: Before, scene: Scene) -> tuple[int, int]:
    """The first and the last minute at which it may start; the last may be before the first."""
    latest = minute_of(run.promise.by) - run.length // timedelta(minutes=1)
    return max(minute_of(run.not_before), scene.minute), min(latest, horizon_of(scene))


def _work(request: Request, work: Work, pool: Pool, scene: Scene) -> Decision:
    """1, 2, 4 or 8 GPUs: what needs no admin first, then what is done first, then what takes fewer GPUs."""
    runs = {
        count: Before(timedelta(minutes=minutes_for(work, count)), work.promise, work.not_before)
        for count in COUNTS
        if count <= suiting(request, pool)
    }
    limit = timedelta(hours=scene.policy.hard_max_hours)
    placed = {
        count: _in_time(request, run, pool, count, scene) if run.length <= limit else None
        for count, run in runs.items()
    }
    verdicts = {count: judge(request, found, scene) for count, found in placed.items() if found is not None}
    if not verdicts:  # the widest comes nearest
        widest = max(runs)
        return _not_in_time(request, runs[widest], pool, widest, scene)
    best = min(verdicts.values(), key=lambda verdict: _rank(request, verdict))
    if isinstance(best, Refused):
        return best
    return replace(best, choice=Choice(tuple(_tried(count, verdicts.get(count)) for count in runs)))


def _tried(count: int, verdict: Decision | None) -> Tried:
    if verdict is None or isinstance(verdict, Refused):
        return Tried(count, None)
    return Tried(count, verdict.placement.window.end, asks=isinstance(verdict, Held))
