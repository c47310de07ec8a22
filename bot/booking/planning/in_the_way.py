"""Who stands in the way of a start: the fewest that would have to leave."""

from collections.abc import Callable

from bot.booking.layout import bits_of
from bot.booking.planning.wanted import Wanted
from bot.booking.pool_calendar import PoolCalendar
from bot.booking.search import holds_of

# Bounds: starts looked at, nodes looked into, and the stays whose ends are starts.
STARTS = 24
NODES = 16
LOOKED_AT = 1_500


def starts_of(wanted: Wanted, pool: PoolCalendar) -> list[int]:
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
    for bit in bits:
        for begin, end, _ in pool.some_stays(bit, first, last + minutes, -(-LOOKED_AT // len(bits))):
            starts.update((end, begin - minutes))
    ordered = sorted(start for start in starts if first <= start <= last)
    step = max(1, -(-len(ordered) // STARTS))
    likely = sorted({*ordered[: STARTS // 2], *ordered[::step]})
    return [start for start in likely if holds(pool.firm.over(start, start + minutes))]


def fields_at(wanted: Wanted, pool: PoolCalendar, start: int) -> list[int]:
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


def in_the_way(
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
