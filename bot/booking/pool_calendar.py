"""Free and busy over time in one pool: masks by minute, and by GPU who is on it when."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence

from bot.booking.lab import Pool
from bot.booking.layout import Layout, bits_of
from bot.booking.minutes import Minutes
from bot.booking.model import Reservation, minute_of

_Stay = tuple[int, int, int]  # start, end (minutes), reservation
_WEEK = 7 * 24 * 60


class PoolCalendar:
    """One pool: its masks, and per GPU who is on it when.

    `firm` are the masks without those who could be moved: what is not free there, nobody can make free.
    """

    def __init__(self, pool: Pool, base: int) -> None:
        self.pool = pool
        self.layout = Layout(pool)
        self.minutes = Minutes(self.layout.full, base)
        self.firm = Minutes(self.layout.full, base)
        self._stays: dict[int, list[_Stay]] = {bit: [] for bit in self.layout.name}
        self._loose: set[int] = set()  # those that are not in `firm`
        self._changes: list[tuple[Reservation, bool]] | None = None  # since `note`: whether put or removed
        self.out = 0  # how many outages it has: only with one can two stays of a GPU overlap, until it is dealt with

    def put(self, reservation: Reservation) -> None:
        """Its GPUs are taken in its window."""
        start, end = minute_of(reservation.window.start), minute_of(reservation.window.end)
        mask = self.layout.mask(reservation.gpus)
        self.minutes.take(start, end, mask)
        if not reservation.could_move:
            self.firm.take(start, end, mask)
        self._enter(reservation)

    def fill(self, reservations: Sequence[Reservation]) -> None:
        """Begin anew with these, as if each had been `put`."""
        self._stays = {bit: [] for bit in self.layout.name}
        self._loose = {one.id for one in reservations if one.could_move}
        for one in reservations:
            for bit in self._bits(one):
                self._stays[bit].append(_stay(one))
        for stays in self._stays.values():
            stays.sort()
        self.minutes.fill(self._toggles(reservations))
        self.firm.fill(self._toggles([one for one in reservations if not one.could_move]))

    def put_all(self, reservations: Sequence[Reservation]) -> None:
        """As `put` for each, of such as could be moved."""
        if self.out:
            for one in reservations:
                self.put(one)
            return
        self.minutes.turn(self._toggles(reservations))
        for one in reservations:
            self._enter(one)

    def remove_all(self, reservations: Sequence[Reservation]) -> None:
        """As `remove` for each, of such as could be moved."""
        if self.out:
            for one in reservations:
                self.remove(one)
            return
        self.minutes.turn(self._toggles(reservations))
        for one in reservations:
            self._strike(one)

    def remove(self, reservation: Reservation) -> None:
        """The opposite of `put`, with the very same reservation."""
        start, end = minute_of(reservation.window.start), minute_of(reservation.window.end)
        mask, firm = self.layout.mask(reservation.gpus), not reservation.could_move
        self.minutes.give(start, end, mask)
        if firm:
            self.firm.give(start, end, mask)
        self._strike(reservation)
        if self.out:
            for bit in self._bits(reservation):
                for first, last, id_ in self.within(bit, start, end):
                    self.minutes.take(max(first, start), min(last, end), 1 << bit)
                    if firm and id_ not in self._loose:
                        self.firm.take(max(first, start), min(last, end), 1 << bit)

    def note(self) -> None:
        """From now on changes are noted, for `undo`; until `end`. Not within itself."""
        self._changes = []
        self.minutes.note()
        self.firm.note()

    def undo(self) -> None:
        """As it was at `note`: much cheaper than the opposite of each change."""
        changes, self._changes = self._changes or [], None
        for reservation, was_put in reversed(changes):
            if was_put:
                self._strike(reservation)
            else:
                self._enter(reservation)
        self._changes = []
        self.minutes.undo()
        self.firm.undo()

    def end(self) -> None:
        """Changes are noted no more; those that were, stay."""
        self._changes = None
        self.minutes.end()
        self.firm.end()

    def holders(self, start: int, end: int, mask: int | None = None) -> set[int]:
        """The reservations that keep a GPU of `mask` (None: any) in some minute of `[start, end)`."""
        wanted = self.layout.full if mask is None else mask
        return {stay[2] for bit in bits_of(wanted) for stay in self.within(bit, start, end)}

    def gap(self, bit: int, start: int, end: int) -> int:
        """Idle minutes of a GPU right before `start` and after `end` (each at most a week): small is a tight fit."""
        stays = self._stays[bit]
        place = bisect_left(stays, (start, 0, 0))
        before = start - stays[place - 1][1] if place else _WEEK
        after = stays[place][0] - end if place < len(stays) else _WEEK
        return min(before, _WEEK) + min(after, _WEEK)

    def free_share(self, minute: int) -> float:
        """The part of the pool that is free in that minute, 0..1; the far future is free."""
        return self.minutes.at(minute).bit_count() / self.pool.size

    def stays(self, bit: int, start: int, end: int) -> list[_Stay]:
        """Who is on a GPU in `[start, end)`: (start, end, reservation id), in order."""
        return list(self.within(bit, start, end))

    def some_stays(self, bit: int, start: int, end: int, most: int) -> list[_Stay]:
        """At most so many of those that begin in `[start, end)`, evenly over it, and of the one before."""
        stays = self._stays[bit]
        first = max(bisect_left(stays, (start, 0, 0)) - 1, 0)
        last = bisect_left(stays, (end, 0, 0))
        return stays[first : last : max(1, -(-(last - first) // most))]

    def next_stay(self, bit: int, minute: int) -> _Stay | None:
        """The first stay on a GPU that starts at `minute` or later."""
        stays = self._stays[bit]
        place = bisect_left(stays, (minute, 0, 0))
        return stays[place] if place < len(stays) else None

    def within(self, bit: int, start: int, end: int) -> Iterator[_Stay]:
        """As `stays`, one after the other."""
        stays = self._stays[bit]
        if self.out:
            yield from [stay for stay in stays[: bisect_left(stays, (end, 0, -(1 << 62)))] if start < stay[1]]
            return
        place = bisect_right(stays, (start, end, 1 << 62))
        first = place - 1 if place and stays[place - 1][1] > start else place
        for at in range(first, len(stays)):
            if stays[at][0] >= end:
                break
            yield stays[at]

    def _enter(self, reservation: Reservation) -> None:
        """All of `put` but for the masks."""
        stay = _stay(reservation)
        for bit in self._bits(reservation):
            insort(self._stays[bit], stay)
        if reservation.could_move:
            self._loose.add(reservation.id)
        if self._changes is not None:
            self._changes.append((reservation, True))

    def _strike(self, reservation: Reservation) -> None:
        """The opposite of `_enter`."""
        stay = _stay(reservation)
        for bit in self._bits(reservation):
            stays = self._stays[bit]
            del stays[bisect_left(stays, stay)]
        self._loose.discard(reservation.id)
        if self._changes is not None:
            self._changes.append((reservation, False))

    def _toggles(self, reservations: Iterable[Reservation]) -> dict[int, int]:
        """The masks that turn over at a minute when these are put or removed. What is forgotten is left out."""
        toggles: dict[int, int] = {}
        for one in reservations:
            start, end, _ = _stay(one)
            if end > self.minutes.base:
                mask = self.layout.mask(one.gpus)
                for minute in (max(start, self.minutes.base), end):
                    toggles[minute] = toggles.get(minute, 0) ^ mask
        return toggles

    def _bits(self, reservation: Reservation) -> list[int]:
        return [self.layout.bit[name] for name in reservation.gpus if name in self.layout.bit]


def _stay(reservation: Reservation) -> _Stay:
    return minute_of(reservation.window.start), minute_of(reservation.window.end), reservation.id
