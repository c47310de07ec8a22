"""Late binding: giving reservations that have not begun other GPUs of their node, so that one more fits.

Where the count fits at every instant, ids can always be assigned in start order; once some ids are fixed (active or
named) that is no longer so (pre-coloured interval graphs), hence a bounded search behind the greedy order. What
cannot be assigned in that bound is not granted.
"""

from dataclasses import dataclass
from itertools import combinations, islice

from bot.booking.calendar import Calendar
from bot.booking.layout import bits_of
from bot.booking.lifecycle import State
from bot.booking.model import Reservation, minute_of
from bot.booking.pool_calendar import PoolCalendar

# Bounds of the search: beyond them the answer is the exact scan over the present ids.
MOST_STAYS = 200
MOST_STEPS = 500  # what is found at all is found almost always without going back once
MOST_CHOICES = 6
MOST_KINDS = 16
SAMPLES = 32


@dataclass(frozen=True, slots=True)
class Found:
    """`mask` for the newcomer; `moved`: by reservation the whole new mask of each that gets other GPUs."""

    mask: int
    moved: dict[int, int]

    def joined(self, other: "Found", kind: int) -> "Found":
        """With what was found for the GPUs of `kind` besides."""
        moved = dict(self.moved)
        for id_, mask in other.moved.items():
            moved[id_] = moved[id_] & ~kind | mask & kind if id_ in moved else mask
        return Found(self.mask | other.mask, moved)


@dataclass(slots=True)
class _Stay:
    """What one reservation needs of a kind; `mask` is its present GPUs of it, fixed ones keep it."""

    id: int
    start: int
    end: int
    count: int
    mask: int
    fixed: bool


def rebind(
    calendar: Calendar, pool: PoolCalendar, kind: int, start: int, end: int, *, count: int = 0, named: int = 0, now: int
) -> Found | None:
    """GPUs for `count` (or exactly `named`, a mask) out of `kind` in `[start, end)`; others get new tentative ids.

    `kind` is a mask of GPUs of one node that can stand in for each other, `now` the present minute. None where
    nothing was found.
    """
    stays = _component(calendar, pool, kind, start, end, now)
    if stays is None:
        return None
    newcomer = _Stay(0, start, end, named.bit_count() or count, named, bool(named))
    order = sorted([*stays, newcomer], key=lambda stay: (stay.start, -stay.end, stay.id))
    fixed = [stay for stay in order if stay.fixed]
    if newcomer.fixed and any(_clash(newcomer, other) for other in fixed if other is not newcomer):
        return None
    assigned = _Search(kind, fixed).assign([stay for stay in order if not stay.fixed])
    if assigned is None:
        return None
    moved = {
        stay.id: pool.layout.mask(calendar.live[stay.id].gpus) & ~kind | assigned[stay.id]
        for stay in stays
        if not stay.fixed and assigned[stay.id] != stay.mask
    }
    return Found(named or assigned[0], moved)


def on_a_node(
    calendar: Calendar, pool: PoolCalendar, suits: int, count: int, start: int, end: int, now: int
) -> Found | None:
    """`count` GPUs of one node, out of `suits`."""
    likely = _likely_nodes(pool, suits, count, start, end)
    for kind in pool.layout.kinds:
        if kind & likely and not kind & ~suits and _has(pool, kind, start, end, count):
            found = rebind(calendar, pool, kind, start, end, count=count, now=now)
            if found is not None:
                return found
    return None


def across_nodes(
    calendar: Calendar, pool: PoolCalendar, suits: int, count: int, start: int, end: int, now: int
) -> Found | None:
    """`count` GPUs out of `suits` on several nodes, as many as possible from each. Not tried in a large pool."""
    if len(pool.layout.kinds) > MOST_KINDS:
        return None
    least = [(_least(pool, kind, start, end), kind) for kind in pool.layout.kinds if not kind & ~suits]
    if sum(free for free, _ in least) < count:
        return None
    whole = Found(0, {})
    for free, kind in sorted(least, reverse=True):
        part = min(free, count - whole.mask.bit_count())
        if part:
            found = rebind(calendar, pool, kind, start, end, count=part, now=now)
            if found is None:
                return None
            whole = whole.joined(found, kind)
    return whole


def of_others(calendar: Calendar, pool: PoolCalendar, named: int, start: int, end: int, now: int) -> Found | None:
    """Exactly the `named` GPUs, where they are only tentatively others'."""
    whole = Found(0, {})
    for kind in pool.layout.kinds:
        if named & kind:
            found = rebind(calendar, pool, kind, start, end, named=named & kind, now=now)
            if found is None:
                return None
            whole = whole.joined(found, kind)
    return whole


def _clash(one: _Stay, other: _Stay) -> bool:
    return bool(one.mask & other.mask) and one.start < other.end and other.start < one.end


def _likely_nodes(pool: PoolCalendar, suits: int, count: int, start: int, end: int) -> int:
    """The GPUs of nodes with `count` free at some instants of the window: a quick look, before the whole of it."""
    layout, nodes = pool.layout, -1
    for minute in (*range(start, end, max(1, (end - start) // SAMPLES)), end - 1):
        nodes &= layout.nodes_with(pool.minutes.at(minute) & suits, count)
    return sum(
        field for place, field in enumerate(layout.fields) if nodes >> (place * layout.width) & layout.field_mask
    )


def _has(pool: PoolCalendar, wanted: int, start: int, end: int, count: int) -> bool:
    """Whether `count` GPUs of `wanted` are free in every minute of the window, though perhaps not the same ones."""
    return pool.minutes.first(start, end, lambda free: (free & wanted).bit_count() >= count) is None


def _least(pool: PoolCalendar, wanted: int, start: int, end: int) -> int:
    """The fewest GPUs of `wanted` free in any minute of the window."""
    return next(count for count in range(wanted.bit_count(), -1, -1) if _has(pool, wanted, start, end, count))


def _component(calendar: Calendar, pool: PoolCalendar, kind: int, start: int, end: int, now: int) -> list[_Stay] | None:
    """The stays that can matter: those that overlap the window, and what their own moving may touch."""
    found: dict[int, _Stay] = {}
    frontier = [(start, end)]
    while frontier:
        low, high = frontier.pop()
        for id_ in pool.holders(low, high, kind):
            if id_ not in found:
                stay = found[id_] = _stay(calendar.live[id_], pool, kind, now)
                if not stay.fixed:
                    frontier.append((stay.start, stay.end))
        if len(found) > MOST_STAYS:
            return None
    return list(found.values())


def _stay(reservation: Reservation, pool: PoolCalendar, kind: int, now: int) -> _Stay:
    whole = pool.layout.mask(reservation.gpus)
    start, end = minute_of(reservation.window.start), minute_of(reservation.window.end)
    mask = whole & kind
    fixed = reservation.named or start <= now or whole.bit_count() < reservation.count
    return _Stay(reservation.id, start, end, mask.bit_count(), mask, fixed or reservation.state is State.ACTIVE)


class _Search:
    """Assigns stays in start order, tightest GPUs first, going back a bounded number of times."""

    def __init__(self, kind: int, fixed: list[_Stay]) -> None:
        self.bits = list(bits_of(kind))
        self.fixed = {bit: [(stay.start, stay.end) for stay in fixed if stay.mask >> bit & 1] for bit in self.bits}
        self.steps = 0

    def assign(self, stays: list[_Stay]) -> dict[int, int] | None:
        """By reservation the mask found, or None. The stays are in the order of their starts."""
        choices = [self._choices(stay) for stay in stays]
        # Those before it began no later, so a GPU is free for a stay once the last of them on it is over.
        return self._assign(stays, choices, 0, dict.fromkeys(self.bits, 0))

    def _assign(
        self, stays: list[_Stay], choices: list[list[int]], at: int, until: dict[int, int]
    ) -> dict[int, int] | None:
        if at == len(stays):
            return {}
        stay = stays[at]
        free = [bit for bit in choices[at] if until[bit] <= stay.start]
        for chosen in islice(combinations(free, stay.count), MOST_CHOICES):
            self.steps += 1
            if self.steps > MOST_STEPS:
                return None
            before = [until[bit] for bit in chosen]
            until |= dict.fromkeys(chosen, stay.end)
            rest = self._assign(stays, choices, at + 1, until)
            if rest is not None:
                rest[stay.id] = sum(1 << bit for bit in chosen)
                return rest
            until |= zip(chosen, before, strict=True)
        return None

    def _choices(self, stay: _Stay) -> list[int]:
        """The GPUs on which no fixed stay is in its way, the tightest first, and then its own."""
        free = [bit for bit in self.bits if self._is_free(bit, stay)]
        return sorted(free, key=lambda bit: (self._slack(bit, stay), not stay.mask >> bit & 1))

    def _is_free(self, bit: int, stay: _Stay) -> bool:
        return all(end <= stay.start or stay.end <= start for start, end in self.fixed[bit])

    def _slack(self, bit: int, stay: _Stay) -> int:
        """Minutes until this GPU is taken again; a GPU nobody fixed comes last."""
        return min((start - stay.end for start, _ in self.fixed[bit] if start >= stay.end), default=1 << 40)
