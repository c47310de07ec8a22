"""Proofs of "not before your deadline": the work does not fit, even if it could be cut up and moved at will.

In the relaxation a job may pause, change GPUs, and run on fewer of them than it asks for. What even so does not fit is
bounded by a cut of the flow of jobs into free time, and the cut has the figures.
"""

from collections.abc import Sequence
from datetime import timedelta
from itertools import accumulate, compress, pairwise
from math import ceil
from operator import is_not

from bot.booking.flow import Flow, Free, Job, slots_of
from bot.booking.model import MINUTE, Before, Fixed, Request, Reservation, Work, minute_of, window_of
from bot.booking.policy import COUNTS, candidates, suiting
from bot.booking.pool_calendar import PoolCalendar
from bot.booking.reasons import Shortage
from bot.booking.snapshot import Scene

MOST_JOBS = 400
MOST_CHANGES = 3_000  # of how many GPUs are free
EFFORT = 10_000  # pairs of a job and a slot that are looked at, about 1 us each


def shortage(jobs: Sequence[Job], free: Sequence[Free], effort: int = EFFORT) -> Shortage | None:
    """Why these jobs do not all fit into what is free; None: they do, or it would be too much work to say.

    `free`: stretches in order that do not overlap, with the GPUs that the jobs may have; elsewhere there are none.
    Within `effort` this is exact: a shortage, just where the linear program of the relaxation has no solution.
    """
    if len(jobs) > MOST_JOBS:
        return None
    flow = Flow(jobs, slots_of(jobs, free), effort)
    cut = flow.cut()
    if cut is None:
        return None
    full = [flow.slots[slot] for slot in cut.slots]
    start = min((slot.start for slot in full), default=min(jobs[job].start for job in cut.jobs))
    end = max((slot.end for slot in full), default=max(jobs[job].end for job in cut.jobs))
    wanted, existing = 0, sum(slot.gpus * slot.minutes for slot in full)
    for job in cut.jobs:
        wanted += jobs[job].gpu_minutes
        for slot in flow.within(job):
            if not (start <= flow.slots[slot].start and flow.slots[slot].end <= end):
                wanted -= flow.room(job, slot)
            elif slot not in cut.slots:
                existing += flow.room(job, slot)
    return Shortage(window_of(start, end), wanted / 60, existing / 60)


def proof(request: Request, scene: Scene) -> Shortage | None:
    """Why a Before or Work fits into none of the pools where it could go; None: not found (or it is Fixed).

    Of several pools, the one that comes nearest. That a member chose GPUs, or GPUs with so much memory, is left out:
    what is short without that is short with it.
    """
    found: list[Shortage] = []
    for pool in candidates(request, scene.calendar.lab):
        count = len(request.gpus) or request.count
        if isinstance(request.when, Work):
            count = max((one for one in COUNTS if one <= suiting(request, pool)), default=0)
        if not 0 < count <= suiting(request, pool):
            continue
        short = _in_pool(request.when, count, scene.calendar.pools[pool.name], scene)
        if short is None:
            return None
        found.append(short)
    return min(found, key=lambda short: short.wanted - short.existing, default=None)


def _in_pool(when: Fixed | Before | Work, count: int, pool: PoolCalendar, scene: Scene) -> Shortage | None:
    if isinstance(when, Fixed):
        return None
    now, end = scene.minute, minute_of(when.promise.by)
    start = max(minute_of(when.not_before), now)
    limit = now + timedelta(days=scene.policy.movable_horizon_days) // MINUTE  # beyond it, next to nothing is booked
    if not start < end <= limit:
        return None
    minutes = 0 if isinstance(when, Work) else when.length // MINUTE
    new = Job(start, end, count, ceil(round(when.gpu_hours * 60, 6)) if isinstance(when, Work) else minutes * count)
    free = _free(pool, start, end)
    if minutes and _at_once(free, count) >= minutes:
        return None  # in pieces it would fit with all others where they are
    if len(free) > MOST_CHANGES or scene.calendar.movables(pool.pool.name) > MOST_JOBS:
        return None
    others = scene.calendar.movable(pool.pool.name)
    movable = [(one, job) for one in others if (job := _job(one, pool, now)) is not None]
    jobs = [job for _, job in movable if job.end <= limit] + [new]
    last = max(job.end for job in jobs)
    if sum((ends - begins) * min(gpus, count) for begins, ends, gpus in free) < new.gpu_minutes:
        about = len(free) * (last - now) // (end - start)
        whole = _free(pool, now, last) if about <= MOST_CHANGES else []
        short = shortage(jobs, _vacated(whole, movable)) if 0 < len(whole) <= MOST_CHANGES else None
        if short is not None:
            return short
    at_once = _at_once(_vacated(free, movable), count)
    if at_once < minutes:
        return Shortage(window_of(start, end), new.gpu_minutes / 60, at_once * count / 60, at_once=count)
    return None


def _job(one: Reservation, pool: PoolCalendar, now: int) -> Job | None:
    """A reservation that could be moved if there were no rules: movable, not begun, inside its bounds."""
    if one.promise is None or one.not_before is None or minute_of(one.window.start) <= now:
        return None
    start, end = max(minute_of(one.not_before), now), minute_of(one.promise.by)
    count = pool.layout.mask(one.gpus).bit_count()
    if not count or one.window.start < one.not_before or one.window.end > one.promise.by:
        return None
    return Job(start, end, count, count * one.window.minutes)


def _free(pool: PoolCalendar, start: int, end: int) -> list[Free]:
    """How many GPUs are free when in `[start, end)`."""
    masks = pool.minutes.masks(start, end)
    edges = [0, *compress(range(1, len(masks)), map(is_not, masks[1:], masks)), len(masks)]
    return [(start + first, start + last, masks[first].bit_count()) for first, last in pairwise(edges)]


def _at_once(free: Sequence[Free], count: int) -> int:
    """For how many minutes so many GPUs are free."""
    return sum(end - start for start, end, gpus in free if gpus >= count)


def _vacated(free: Sequence[Free], movable: Sequence[tuple[Reservation, Job]]) -> list[Free]:
    """What is free if these are not where they are now."""
    change: dict[int, int] = {}
    before = 0
    for start, end, gpus in free:
        change[start] = change.get(start, 0) + gpus - before
        change[end] = change.get(end, 0)
        before = gpus
    first, last = free[0][0], free[-1][1]
    for one, job in movable:
        start, end = max(minute_of(one.window.start), first), min(minute_of(one.window.end), last)
        if start < end:
            change[start] = change.get(start, 0) + job.count
            change[end] = change.get(end, 0) - job.count
    edges = sorted(change)
    steps = accumulate(change[edge] for edge in edges)
    return [(start, end, gpus) for (start, end), gpus in zip(pairwise(edges), steps, strict=False)]
