"""Free and busy over time: the ledger's holding reservations as masks, kept warm between requests."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from bot.booking.lab import Lab, Pool
from bot.booking.layout import Layout, bits_of
from bot.booking.lifecycle import State
from bot.booking.minutes import Minutes
from bot.booking.model import Reservation, Window, minute_of
from bot.booking.outages import Outage, is_out, stay_of

_Stay = tuple[int, int, int]  # start, end (minutes), reservation


class PoolCalendar:
    """One pool: its masks, and per GPU who is on it when."""

    def __init__(self, pool: Pool, base: int) -> None:
        self.pool = pool
        self.layout = Layout(pool)
        self.minutes = Minutes(self.layout.full, base)
        self._stays: dict[int, list[_Stay]] = {bit: [] for bit in self.layout.name}
        self.out = 0  # how many outages it has: only with one can two stays of a GPU overlap, until it is dealt with

    def put(self, reservation: Reservation) -> None:
        """Its GPUs are taken in its window."""
        start, end = minute_of(reservation.window.start), minute_of(reservation.window.end)
        self.minutes.take(start, end, self.layout.mask(reservation.gpus))
        for bit in self._bits(reservation):
            insort(self._stays[bit], (start, end, reservation.id))

    def fill(self, reservations: Iterable[Reservation]) -> None:
        """Begin anew with these, as if each had been `put`."""
        toggles: dict[int, int] = {}
        self._stays = {bit: [] for bit in self.layout.name}
        for one in reservations:
            start, end = minute_of(one.window.start), minute_of(one.window.end)
            mask = self.layout.mask(one.gpus)
            if end > self.minutes.base:
                for minute in (max(start, self.minutes.base), end):
                    toggles[minute] = toggles.get(minute, 0) ^ mask
            for bit in self._bits(one):
                self._stays[bit].append((start, end, one.id))
        for stays in self._stays.values():
            stays.sort()
        self.minutes.fill(toggles)

    def remove(self, reservation: Reservation) -> None:
        """The opposite of `put`, with the very same reservation."""
        start, end = minute_of(reservation.window.start), minute_of(reservation.window.end)
        self.minutes.give(start, end, self.layout.mask(reservation.gpus))
        for bit in self._bits(reservation):
            stays = self._stays[bit]
            del stays[bisect_left(stays, (start, end, reservation.id))]
            if self.out:
                for first, last, _ in self._within(bit, start, end):
                    self.minutes.take(max(first, start), min(last, end), 1 << bit)

    def holders(self, start: int, end: int, mask: int | None = None) -> set[int]:
        """The reservations that keep a GPU of `mask` (None: any) in some minute of `[start, end)`."""
        wanted = self.layout.full if mask is None else mask
        return {stay[2] for bit in bits_of(wanted) for stay in self._within(bit, start, end)}

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
        return list(self._within(bit, start, end))

    def next_stay(self, bit: int, minute: int) -> _Stay | None:
        """The first stay on a GPU that starts at `minute` or later."""
        stays = self._stays[bit]
        place = bisect_left(stays, (minute, 0, 0))
        return stays[place] if place < len(stays) else None

    def _within(self, bit: int, start: int, end: int) -> Iterator[_Stay]:
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

    def _bits(self, reservation: Reservation) -> list[int]:
        return [self.layout.bit[name] for name in reservation.gpus if name in self.layout.bit]


class Calendar:
    """The whole lab, as of a version of the ledger. Not safe for threads: its owner locks.

    GPUs that the lab file no longer has are left out, as if out of service. Those that are out of service for a while
    are in `live`, as stays of their own (`outages.is_out`).
    """

    def __init__(self, lab: Lab, now_minute: int) -> None:
        self.lab = lab
        self.version = 0
        self.pools = {name: PoolCalendar(pool, now_minute) for name, pool in lab.pools.items()}
        self.live: dict[int, Reservation] = {}
        self._by_member: dict[str, set[int]] = {}
        self._pending: set[int] = set()
        self._movable: dict[str, set[int]] = {}
        self.outages: tuple[Outage, ...] = ()

    def apply(self, changed: Iterable[Reservation], version: int) -> None:
        """Take in reservations that were written since, in order; `version` is the ledger's with them."""
        latest = {reservation.id: reservation for reservation in changed}
        # All are forgotten before any is learned: one may have now what another of them had before.
        for id_ in latest:
            old = self.live.pop(id_, None)
            if old is not None:
                self._forget(old)
        learned = [reservation for reservation in latest.values() if reservation.holds]
        if self.live:
            for reservation in learned:
                self._put(reservation)
        else:
            self._fill(learned)
        for reservation in learned:
            self._learn(reservation)
        self.version = version

    def take_out(self, outages: Iterable[Outage]) -> None:
        """These GPUs are out of service, and no others. Who is on one of them stays so."""
        found = tuple(outages)
        if found == self.outages:
            return
        self.outages = found
        stays = {stay.id: stay for outage in self.outages if (stay := stay_of(outage, self.lab)) is not None}
        for old in [one for id_, one in self.live.items() if is_out(id_) and stays.get(id_) != one]:
            self.pools[old.pool].remove(old)
            self.pools[old.pool].out -= 1
            del self.live[old.id]
        for id_ in stays.keys() - self.live.keys():
            self.pools[stays[id_].pool].out += 1
            self._put(stays[id_])
            self.live[id_] = stays[id_]

    def forget(self, now_minute: int) -> None:
        """Drop the masks of the past, once in a while."""
        for calendar in self.pools.values():
            calendar.minutes.forget(now_minute)

    def of(self, member: str) -> tuple[Reservation, ...]:
        """The member's holding reservations, by start."""
        found = [self.live[id_] for id_ in self._by_member.get(member, ())]
        return tuple(sorted(found, key=lambda reservation: (reservation.window.start, reservation.id)))

    def pending(self) -> tuple[Reservation, ...]:
        """All that wait for an admin, first come first."""
        return tuple(self.live[id_] for id_ in sorted(self._pending))

    def movable(self, pool: str) -> tuple[Reservation, ...]:
        """The movable reservations of a pool, begun ones included, by id."""
        return tuple(self.live[id_] for id_ in sorted(self._movable.get(pool, ())))

    def movables(self, pool: str) -> int:
        """How many `movable` has."""
        return len(self._movable.get(pool, ()))

    def holders(self, pool: str, window: Window, gpus: Iterable[str] = ()) -> tuple[Reservation, ...]:
        """Who keeps GPUs (these, or any) of the pool in the window, by start."""
        calendar = self.pools[pool]
        mask = calendar.layout.mask(gpus) or None
        ids = calendar.holders(minute_of(window.start), minute_of(window.end), mask)
        return tuple(sorted((self.live[id_] for id_ in ids), key=lambda found: (found.window.start, found.id)))

    @contextmanager
    def without(self, reservation: Reservation) -> Iterator[None]:
        """As if this reservation were not there, inside the block; nothing changes for one that is not live."""
        calendar = self.pools.get(reservation.pool)
        if calendar is None or reservation.id not in self.live:
            yield
            return
        calendar.remove(reservation)
        try:
            yield
        finally:
            calendar.put(reservation)

    def _fill(self, holding: list[Reservation]) -> None:
        by_pool: dict[str, list[Reservation]] = {name: [] for name in self.pools}
        for reservation in holding:
            if reservation.pool in by_pool:
                by_pool[reservation.pool].append(reservation)
        for name, reservations in by_pool.items():
            self.pools[name].fill(reservations)

    def _learn(self, reservation: Reservation) -> None:
        self.live[reservation.id] = reservation
        self._by_member.setdefault(reservation.member, set()).add(reservation.id)
        if reservation.state is State.PENDING:
            self._pending.add(reservation.id)
        if reservation.movable:
            self._movable.setdefault(reservation.pool, set()).add(reservation.id)

    def _put(self, reservation: Reservation) -> None:
        if reservation.pool in self.pools:
            self.pools[reservation.pool].put(reservation)

    def _forget(self, reservation: Reservation) -> None:
        self._by_member[reservation.member].discard(reservation.id)
        self._pending.discard(reservation.id)
        if reservation.movable:
            self._movable[reservation.pool].discard(reservation.id)
        if reservation.pool in self.pools:
            self.pools[reservation.pool].remove(reservation)


_WEEK = 7 * 24 * 60
