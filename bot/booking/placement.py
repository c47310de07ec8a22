"""Which GPUs of those that fit: one node first, then the tightest gap, then the member's own last GPUs."""

from bot.booking.calendar import Calendar
from bot.booking.pool_calendar import PoolCalendar


def choose(
    calendar: Calendar, pool: PoolCalendar, free: int, count: int, start: int, end: int, *, member: str
) -> int | None:
    """A mask of `count` GPUs out of `free` (all free through `[start, end)`), or None if there are too few.

    On one node where one has enough: the one with the fewest left over, so that large requests find room later. Else
    on as few nodes as possible. Within a node the GPUs whose idle gap around the window is smallest.
    """
    if free.bit_count() < count:
        return None
    by_node = [(free & field, field) for field in pool.layout.fields if free & field]
    enough = [part for part, _ in by_node if part.bit_count() >= count]
    if enough:
        return _tightest(calendar, pool, min(enough, key=int.bit_count), count, start, end, member)
    chosen = 0
    for part, _ in sorted(by_node, key=lambda pair: -pair[0].bit_count()):
        missing = count - chosen.bit_count()
        chosen |= _tightest(calendar, pool, part, min(missing, part.bit_count()), start, end, member)
        if chosen.bit_count() == count:
            break
    return chosen


def _tightest(calendar: Calendar, pool: PoolCalendar, free: int, count: int, start: int, end: int, member: str) -> int:
    bits = [pool.layout.bit[name] for name in pool.layout.names(free)]
    if len(bits) > count:
        bits.sort(key=lambda bit: (pool.gap(bit, start, end), not _was_here(calendar, pool, bit, start, member), bit))
    return sum(1 << bit for bit in bits[:count])


def _was_here(calendar: Calendar, pool: PoolCalendar, bit: int, start: int, member: str) -> bool:
    """Whether the stay that ends right at `start` is the member's own."""
    return any(calendar.live[id_].member == member for _, _, id_ in pool.stays(bit, start - 1, start))
