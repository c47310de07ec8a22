"""Finding room: a fixed window, or the earliest start, for a number of GPUs or for named ones."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.booking import rebind
from bot.booking.calendar import Calendar
from bot.booking.decision import Placement
from bot.booking.model import Request, Window, minute_of, window_of
from bot.booking.placement import choose
from bot.booking.pool_calendar import PoolCalendar
from bot.booking.reasons import Holding, Taken

# Bounds of late binding, beyond which the exact scan over present ids decides: starts tried, and masks looked at
# (about 2 us each at 1024 GPUs).
MOST_REBINDS = 8
EFFORT = 4_000


@dataclass(frozen=True, slots=True)
class Need:
    """`count` GPUs of a pool out of `suits` (a mask), or exactly `named` (a mask)."""

    pool: str
    count: int
    suits: int
    named: int = 0
    member: str = ""


def need_of(request: Request, pool: PoolCalendar, count: int) -> Need:
    """What a request needs of this pool. `count` is given, since the core may choose it."""
    layout = pool.layout
    named = layout.mask(request.gpus)
    suits = layout.with_memory(request.memory_gb)
    if request.node:
        suits &= layout.on(request.node)
    return Need(layout.pool, named.bit_count() or count, suits, named, request.member)


def place(calendar: Calendar, need: Need, window: Window, now: int) -> Placement | Taken:
    """GPUs for a fixed window, or what stands in the way. `now` is the present minute.

    On one node where possible, if need be by giving others' tentative reservations other ids of their node; else on
    several.
    """
    pool = calendar.pools[need.pool]
    start, end = minute_of(window.start), minute_of(window.end)
    free = pool.minutes.over(start, end) & need.suits
    found: rebind.Found | None
    if need.named:
        if need.named & free == need.named:
            found = rebind.Found(need.named, {})
        else:
            found = rebind.of_others(calendar, pool, need.named, start, end, now)
    else:
        found = _place_count(calendar, pool, need, free, start, end, now)
    if found is None:
        return blocked(calendar, need, window)
    return _with_rebinds(pool, found, window)


def earliest(
    calendar: Calendar, need: Need, first: int, last: int, length: int, now: int, *, effort: int = EFFORT
) -> Placement | None:
    """The earliest window of `length` minutes that starts in `[first, last]`, placed; None if there is none.

    On one node if that is possible at all by `last`; else on several. `effort` bounds the search for a start that is
    earlier only by late binding.
    """
    pool = calendar.pools[need.pool]
    exact = pool.minutes.earliest(first, last, length, holds_of(pool, need))
    if not need.named and need.count <= pool.layout.largest:
        latest = last if exact is None else exact - 1
        sooner = _earliest_by_rebinding(calendar, pool, need, first, latest, length, now, effort)
        if sooner is not None:
            return sooner
        if exact is None:
            exact = pool.minutes.earliest(first, last, length, holds_of(pool, need, one_node=False))
    return _placed(calendar, need, exact, length, now)


def longest_from(calendar: Calendar, need: Need, start: int, minutes: int) -> int:
    """For how many of the `minutes` from `start` the need could be met without moving anybody."""
    pool = calendar.pools[need.pool]
    return pool.minutes.run(start, start + minutes, holds_of(pool, need))


def latest_start(calendar: Calendar, need: Need, first: int, last: int, length: int) -> int | None:
    """The latest start in `[first, last]` at which `length` minutes are free for the need, without moving anybody: on
    one node if there is such a start.

    The jump scan of `Minutes.earliest` in the mirror: where the AND from a start on fails at minute i, so does that of
    every earlier start until the window ends before i.
    """
    pool = calendar.pools[need.pool]
    for one_node in (True, False):
        holds, start = holds_of(pool, need, one_node=one_node), last
        while start >= first:
            run = pool.minutes.run(start, start + length, holds)
            if run >= length:
                return start
            start += run - length
    return None


def blocked(calendar: Calendar, need: Need, window: Window) -> Taken:
    """Why a window does not fit: the stretch of it in which the fewest GPUs are free, and who keeps them then."""
    pool = calendar.pools[need.pool]
    start, end = minute_of(window.start), minute_of(window.end)
    wanted = need.named or need.suits
    counts = [(free & wanted).bit_count() for free in pool.minutes.masks(start, end)]
    least = min(counts)
    if least < need.count:
        first = counts.index(least)
        last = next((at for at in range(first, len(counts)) if counts[at] >= need.count), len(counts))
    else:  # enough in each minute, but no one set of them all through: the rest, from where the first set ends
        first, last = longest_from(calendar, need, start, end - start), len(counts)
        least = (pool.minutes.over(start, end) & wanted).bit_count()
        if need.count <= pool.layout.largest:  # told of the node that had enough for longest: somebody comes there then
            free = pool.minutes.over(start, start + first) & wanted
            wanted &= max(pool.layout.fields, key=lambda field: (free & field).bit_count())
    holders = _holdings(calendar, pool, start + first, start + first + 1, wanted)
    named = pool.layout.names(need.named & ~pool.minutes.over(start + first, start + first + 1))
    return Taken(window_of(start + first, start + last), need.count, least, need.pool, holders, named)


def holds_of(pool: PoolCalendar, need: Need, *, one_node: bool = True) -> Callable[[int], bool]:
    """Whether a mask of free GPUs satisfies the need; monotone."""
    layout, suits, count, named = pool.layout, need.suits, need.count, need.named
    if named:
        return lambda free: free & named == named
    if count == 1:
        return lambda free: free & suits != 0
    if one_node and count <= layout.largest:
        return lambda free: layout.nodes_with(free & suits, count) != 0
    return lambda free: (free & suits).bit_count() >= count


def _holdings(calendar: Calendar, pool: PoolCalendar, start: int, end: int, wanted: int) -> tuple[Holding, ...]:
    found = (calendar.live[id_] for id_ in pool.holders(start, end, wanted))
    holdings = (
        Holding(one.member, one.id, (pool.layout.mask(one.gpus) & wanted).bit_count(), one.window) for one in found
    )
    return tuple(sorted(holdings, key=lambda holding: (holding.window.end, holding.reservation)))


def _place_count(
    calendar: Calendar, pool: PoolCalendar, need: Need, free: int, start: int, end: int, now: int
) -> rebind.Found | None:
    one_node = need.count <= pool.layout.largest
    if not (one_node and pool.layout.nodes_with(free, need.count)):
        if one_node:
            found = rebind.on_a_node(calendar, pool, need.suits, need.count, start, end, now)
            if found is not None:
                return found
        if free.bit_count() < need.count:
            return rebind.across_nodes(calendar, pool, need.suits, need.count, start, end, now)
    mask = choose(calendar, pool, free, need.count, start, end, member=need.member)
    return None if mask is None else rebind.Found(mask, {})


def _earliest_by_rebinding(
    calendar: Calendar, pool: PoolCalendar, need: Need, first: int, last: int, length: int, now: int, effort: int
) -> Placement | None:
    layout = pool.layout
    for _ in range(MOST_REBINDS):
        start = pool.minutes.earliest_by_minute(
            first, last, length, lambda free: layout.nodes_with(free & need.suits, need.count), effort
        )
        if start is None:
            return None
        found = rebind.on_a_node(calendar, pool, need.suits, need.count, start, start + length, now)
        if found is not None:  # what `place` would find, too
            return _with_rebinds(pool, found, window_of(start, start + length))
        first = start + 1
    return None


def _with_rebinds(pool: PoolCalendar, found: rebind.Found, window: Window) -> Placement:
    moved = tuple((id_, pool.layout.names(mask)) for id_, mask in sorted(found.moved.items()))
    return Placement(pool.pool.name, pool.layout.names(found.mask), window, moved)


def _placed(calendar: Calendar, need: Need, start: int | None, length: int, now: int) -> Placement | None:
    if start is None:
        return None
    placed = place(calendar, need, window_of(start, start + length), now)
    return placed if isinstance(placed, Placement) else None
