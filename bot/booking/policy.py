"""The lab's rules: hard ones refuse, whatever the calendar says."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import chain
from math import ceil

from bot.booking.lab import Lab, Pool
from bot.booking.model import Before, Fixed, Request, Work, instant_of, minute_of
from bot.booking.reasons import (
    BadCount,
    InPast,
    NoSuchMemory,
    Refusal,
    TooFar,
    TooLong,
    TooManyGpus,
    UnknownGpu,
    UnknownPool,
)

Rule = Callable[[Request, Lab, datetime], Refusal | None]

COUNTS = (1, 2, 4, 8)  # what Work is tried on


def broken_rules(request: Request, lab: Lab, now: datetime) -> tuple[Refusal, ...]:
    """Every hard rule that the request breaks."""
    return tuple(found for rule in RULES if (found := rule(request, lab, now)) is not None)


def candidates(request: Request, lab: Lab) -> tuple[Pool, ...]:
    """The pools that the request may be placed in: the one it names, that of its GPUs, or any."""
    if request.gpus:
        pools = {lab.gpus[name].pool for name in request.gpus if name in lab.gpus}
        return tuple(lab.pools[name] for name in pools) if len(pools) == 1 else ()
    if request.pool is not None:
        return (lab.pools[request.pool],) if request.pool in lab.pools else ()
    return tuple(lab.pools.values())


def suiting(request: Request, pool: Pool) -> int:
    """How many GPUs of the pool have the memory asked for."""
    if request.memory_gb <= 0:
        return pool.size
    return sum(gpu.memory_gb >= request.memory_gb for gpu in pool.gpus)


def minutes_for(work: Work, count: int) -> int:
    """Whole minutes that `count` GPUs need for the work, linear by nature."""
    return max(1, ceil(round(work.gpu_hours * 60 / count, 6)))


def length_of(request: Request) -> timedelta:
    """How long it runs; for Work, on one GPU."""
    match request.when:
        case Fixed(window):
            return window.length
        case Before(length=length):
            return length
        case Work() as work:
            return timedelta(minutes=min(minutes_for(work, 1), 10**9))


def _pool_is_known(request: Request, lab: Lab, _: datetime) -> Refusal | None:
    if request.pool is None or request.pool in lab.pools:
        return None
    return UnknownPool(request.pool, tuple(lab.pools))


def _gpus_are_known(request: Request, lab: Lab, _: datetime) -> Refusal | None:
    """Named GPUs exist and are of one pool: the one named, else the first one's."""
    unknown = tuple(name for name in request.gpus if name not in lab.gpus)
    if unknown:
        return UnknownGpu(unknown, tuple(lab.gpus))
    if not request.gpus or (request.pool and request.pool not in lab.pools):
        return None
    pool = lab.pools[request.pool or lab.gpus[request.gpus[0]].pool]
    strangers = tuple(name for name in request.gpus if lab.gpus[name].pool != pool.name)
    return UnknownGpu(strangers, tuple(gpu.name for gpu in pool.gpus)) if strangers else None


def _count_is_positive(request: Request, _: Lab, __: datetime) -> Refusal | None:
    if isinstance(request.when, Work):
        return BadCount(0) if request.when.gpu_hours <= 0 else None
    return BadCount(request.count) if request.count < 1 and not request.gpus else None


def _pool_is_large_enough(request: Request, lab: Lab, _: datetime) -> Refusal | None:
    pools = candidates(request, lab)
    sizes = [suiting(request, pool) for pool in pools]
    if not pools or request.gpus or isinstance(request.when, Work) or not any(sizes) or request.count <= max(sizes):
        return None
    return TooManyGpus(request.count, max(sizes), pools[0].name if len(pools) == 1 else None)


def _memory_exists(request: Request, lab: Lab, _: datetime) -> Refusal | None:
    pools = candidates(request, lab)
    if not pools or any(suiting(request, pool) for pool in pools):
        return None
    return NoSuchMemory(request.memory_gb, max(gpu.memory_gb for gpu in chain(*(pool.gpus for pool in pools))))


def _is_not_past(request: Request, _: Lab, now: datetime) -> Refusal | None:
    minute = instant_of(minute_of(now))
    match request.when:
        case Fixed(window):
            return InPast(window.start) if window.start < minute else None
        case Before(promise=promise) | Work(promise=promise):
            return InPast(promise.by) if promise.by <= minute else None


def _is_not_too_long(request: Request, lab: Lab, _: datetime) -> Refusal | None:
    hours = length_of(request) / timedelta(hours=1)
    if isinstance(request.when, Work):
        hours /= max(COUNTS)
    limit = lab.policy.hard_max_hours
    return TooLong(hours, limit) if hours > limit else None


def _is_not_too_far(request: Request, lab: Lab, now: datetime) -> Refusal | None:
    match request.when:
        case Fixed(window):
            days, start = lab.policy.horizon_days, window.start
        case Before(not_before=start) | Work(not_before=start):
            days = lab.policy.movable_horizon_days
    limit = now + timedelta(days=days)
    return TooFar(limit, days, movable=not isinstance(request.when, Fixed)) if start > limit else None


RULES: tuple[Rule, ...] = (
    _pool_is_known,
    _gpus_are_known,
    _count_is_positive,
    _pool_is_large_enough,
    _memory_exists,
    _is_not_past,
    _is_not_too_long,
    _is_not_too_far,
)
