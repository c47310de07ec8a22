"""Eject: the fewest movable reservations that stand in the way of one start, each re-fitted inside its own bounds."""

from collections.abc import Callable
from dataclasses import replace
from itertools import islice

from bot.booking.decision import Placement
from bot.booking.layout import bits_of
from bot.booking.model import window_of
from bot.booking.planning.draft import Draft
from bot.booking.planning.movable import re_placed, slack
from bot.booking.planning.wanted import Budget, Wanted, newcomer
from bot.booking.pool_calendar import PoolCalendar
from bot.booking.search import holds_of, place
from bot.booking.snapshot import Scene

# Bounds: starts looked at and tried, reservations moved for one start, nodes looked into.
STARTS = 24
TRIES = 6
MOST_EJECTED = 4
NODES = 16
MOST_EDGES = 96  # stays of a GPU, and of all of them, whose ends are looked at
LOOKED_AT = 6_000
REFIT = 4  # units of the budget


def eject(
    wanted: Wanted, pool: PoolCalendar, movable: Callable[[int], bool], scene: Scene, budget: Budget
) -> Placement | None:
    """The fewest first, then the earliest start."""
    found: list[tuple[int, int, frozenset[int]]] = []
    for start in _starts(wanted, pool):
        fields = _fields(wanted, pool, start)
        if not budget.spend(len(fields), keep=budget.for_replan):
            break
        ids = _in_the_way(wanted, pool, start, fields, movable)
        if ids is not None and len(ids) <= MOST_EJECTED:
            found.append((len(ids), start, ids))
    for _, start, ids in sorted(found, key=lambda one: one[:2])[:TRIES]:
        if not budget.spend(REFIT * (len(ids) + 1), keep=budget.for_replan):
            break
        placement = _ejected(wanted, start, ids, scene)
        if placement is not None:
            return placement
    return None


def _starts(wanted: Wanted, pool: PoolCalendar) -> list[int]:
    """Where something changes: a start right after a stay, or one that ends right before it. The earliest ones.

    Only such as there would be room at, were all away who could be moved.
    """
    last, minutes, holds = wanted.last, wanted.minutes, holds_of(pool, wanted.need)
    first = pool.firm.earliest(wanted.first, last, minutes, holds)
    if first is None:
        return []
    if first == last:
        return [first]
    starts = {first, last}
    bits = list(bits_of(wanted.need.named or wanted.need.suits))[: NODES * pool.layout.width]
    each = min(MOST_EDGES, -(-LOOKED_AT // len(bits)))
    for bit in bits:
        for begin, end, _ in islice(pool.within(bit, first, last + minutes), each):
            starts.update((end, begin - minutes))
    ordered = sorted(start for start in starts if first <= start <= last)
    step = max(1, -(-len(ordered) // STARTS))
    likely = sorted({*ordered[: STARTS // 2], *ordered[::step]})
    return [start for start in likely if holds(pool.firm.over(start, start + minutes))]


def _fields(wanted: Wanted, pool: PoolCalendar, start: int) -> list[int]:
    """Among which GPUs to look for those that would have to leave: of a node each, the emptiest nodes first."""
    need, end = wanted.need, start + wanted.minutes
    within = pool.firm.over(start, end) & need.suits
    if need.named:
        return [need.named]
    if need.count > pool.layout.largest:
        return [within]
    free = pool.minutes.over(start, end)
    fields = [field & within for field in pool.layout.fields_with(within, need.count)]
    return sorted(fields, key=lambda field: -(free & field).bit_count())[:NODES]


def _in_the_way(
    wanted: Wanted, pool: PoolCalendar, start: int, fields: list[int], movable: Callable[[int], bool]
) -> frozenset[int] | None:
    """The fewest that would have to leave GPUs for this start; None where others than movable ones stand there."""
    need, end = wanted.need, start + wanted.minutes
    if need.named:
        there = pool.holders(start, end, need.named)
        return frozenset(there) if there and all(map(movable, there)) else None
    free = pool.minutes.over(start, end)
    best: frozenset[int] | None = None
    for field in fields:
        ids = _cheapest(pool, field, free & field, need.count, start, end, movable)
        if ids and (best is None or len(ids) < len(best)):
            best = ids
    return best


def _cheapest(
    pool: PoolCalendar, field: int, free: int, count: int, start: int, end: int, movable: Callable[[int], bool]
) -> frozenset[int] | None:
    """Greedily: the GPU whose leaving costs the fewest more, again and again."""
    missing = count - free.bit_count()
    on: dict[int, set[int]] = {}
    for bit in bits_of(field & ~free):
        ids = {id_ for _, _, id_ in pool.within(bit, start, end)}
        if all(map(movable, ids)):
            on[bit] = ids
    if len(on) < missing:
        return None
    chosen: set[int] = set()
    for _ in range(missing):
        bit = min(on, key=lambda bit: (len(on[bit] - chosen), bit))
        chosen |= on.pop(bit)
    return frozenset(chosen)


def _ejected(wanted: Wanted, start: int, ids: frozenset[int], scene: Scene) -> Placement | None:
    with Draft(scene.calendar, wanted.need.pool) as draft:
        lifted = [draft.lift(id_) for id_ in ids]
        window = window_of(start, start + wanted.minutes)
        found = place(scene.calendar, wanted.need, window, scene.minute)
        if not isinstance(found, Placement):
            return None
        draft.lay(newcomer(wanted.need, found), found)
        for one in sorted(lifted, key=lambda one: (slack(one, scene), one.id)):
            again = re_placed(one, scene)
            if again is None:
                return None
            draft.lay(replace(one, moved=one.moved + 1), again)
        return draft.placement() if draft.moved() else None
