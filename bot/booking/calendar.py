"""Free and busy over time: the ledger's holding reservations as masks, kept warm between requests."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from bot.booking.lab import Lab
from bot.booking.lifecycle import State
from bot.booking.model import Reservation, Window, minute_of
from bot.booking.outages import Outage, is_out, stay_of
from bot.booking.pool_calendar import PoolCalendar


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
            calendar.firm.forget(now_minute)

    def reaches(self, minute: int) -> bool:
        """Whether nothing from `minute` on was forgotten: a clock may be set back."""
        return all(calendar.minutes.base <= minute for calendar in self.pools.values())

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
