"""Reservations and their allocations: reading, adding, changing by compare-and-set."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, String, and_, cast, delete, func, insert, or_, select, update

from bot.booking.lifecycle import HOLDING, State
from bot.booking.model import Reservation, Window, minute_of
from bot.errors import WrongState
from storage.tables import ALLOCATION, AUDIT, RESERVATION
from storage.transaction import Transaction
from storage.values import counts, from_row, to_row

_HOLDING = [state.value for state in HOLDING]
_PAGE = 2_000


class _Change(NamedTuple):
    """A reservation before its change and after it (with its new version)."""

    before: Reservation
    after: Reservation


class Reservations(Transaction):
    """The part of a Book that reads and writes reservations."""

    def changes(self, after: int) -> list[Reservation]:
        """Reservations whose last change is later than the ledger's version `after`, in id order, ends included.

        For `after` 0, the beginning of a calendar, only those that hold GPUs.
        """
        if after == 0:
            return self._load(RESERVATION.c.state.in_(_HOLDING))
        return self._load(RESERVATION.c.ledger_version > after)

    def find(self, id: int) -> Reservation | None:  # noqa: A002
        """The reservation as it is now."""
        return next(iter(self._load(RESERVATION.c.id == id)), None)

    def of(self, member: str, limit: int = 20) -> list[Reservation]:
        """All of the member's that hold GPUs, by start; after them the `limit` that were to end last, latest first."""
        mine = RESERVATION.c.member == member
        holding = self._load(and_(mine, RESERVATION.c.state.in_(_HOLDING)))
        last = (
            select(RESERVATION.c.id)
            .where(mine, RESERVATION.c.state.not_in(_HOLDING))
            .order_by(RESERVATION.c.ends.desc(), RESERVATION.c.id.desc())
            .limit(limit)
        )
        over = self._load(RESERVATION.c.id.in_(last.scalar_subquery()))
        holding.sort(key=lambda reservation: (reservation.window.start, reservation.id))
        over.sort(key=lambda reservation: (reservation.window.end, reservation.id), reverse=True)
        return holding + over

    def everything(self) -> Iterator[Reservation]:
        """Every reservation there ever was, in id order.

        On SQLite a reader keeps writers from committing: take all of it first, and do the slow part afterwards.
        """
        page = self._load(RESERVATION.c.id > 0, _PAGE)
        while page:
            yield from page
            page = self._load(RESERVATION.c.id > page[-1].id, _PAGE)

    def due(self, now: datetime, approval_timeout: timedelta) -> list[Reservation]:
        """Those that something happens to at `now`, in id order.

        Booked ones that start, active ones that end, and pending ones that start or wait for longer than
        `approval_timeout`.
        """
        minute = minute_of(now)
        state, starts = RESERVATION.c.state, RESERVATION.c.starts
        undecided = or_(starts <= minute, RESERVATION.c.created_at <= now - approval_timeout)
        return self._load(
            or_(
                and_(state == State.BOOKED.value, starts <= minute),
                and_(state == State.ACTIVE.value, RESERVATION.c.ends <= minute),
                and_(state == State.PENDING.value, undecided),
            )
        )

    def add(self, reservation: Reservation) -> Reservation:
        """Enter a new reservation, whose id must be 0, and return it with the id that it got.

        Raises storage.ledger.Overlap (at the end of `writing`) where one of its GPUs is not free.
        """
        if reservation.id:
            raise ValueError(f"{reservation.label} is in the ledger already")
        row = to_row(reservation) | {"ledger_version": self._stamp()}
        row_id = self._connection.scalar(_ADD, row)
        assert row_id is not None  # noqa: S101  # an INSERT ... RETURNING that did not raise returns its row
        entered = replace(reservation, id=row_id)
        self._insert(self._allocations(entered, counts(entered.state, None)))
        self.written.append(entered)
        return entered

    def change(
        self,
        pairs: Sequence[tuple[Reservation, Reservation]],
        now: datetime,
        *,
        rebinds: Sequence[tuple[Reservation, Reservation]] = (),
    ) -> list[Reservation]:
        """Replace each pair's first reservation by its second, all or none, and return these with their new versions.

        `rebinds` are such pairs too, of others that only get other tentative GPUs: their versions stay, since nothing
        changes for their holders, whose buttons go on working.

        Raises WrongState if one is not at the version that its pair's first says. All old allocations are gone before
        the first new one comes, so that reservations may swap GPUs. If an active one keeps only some of its GPUs, the
        minutes of the others up to `now` still count for its member; undoing that takes them back.
        """
        changed = [self._replace(before, replace(after, version=before.version + 1)) for before, after in pairs]
        moved = [self._replace(before, after) for before, after in rebinds]
        # A start alone, say, changes no allocation; an end always does, since it decides what counts.
        rebound = [
            pair for pair in [*changed, *moved] if not pair.after.holds or _holding(pair.before) != _holding(pair.after)
        ]
        for before, after in rebound:
            self._free(before, after, now)
        for before, after in rebound:
            self._insert(self._allocations(after, counts(after.state, before.state)))
        self.written += [pair.after for pair in (*changed, *moved)]
        return [pair.after for pair in changed]

    def _replace(self, before: Reservation, after: Reservation) -> _Change:
        if before.id != after.id:
            raise ValueError(f"{before.label} cannot become {after.label}")
        result = self._connection.execute(
            update(RESERVATION)
            .where(RESERVATION.c.id == before.id, RESERVATION.c.version == before.version)
            .values(to_row(after) | {"ledger_version": self._stamp()})
        )
        if result.rowcount != 1:
            raise self._too_late(before)
        return _Change(before, after)

    def _too_late(self, reservation: Reservation) -> WrongState:
        last = self._connection.execute(
            select(AUDIT.c.who, AUDIT.c.at)
            .where(AUDIT.c.reservation_id == reservation.id)
            .order_by(AUDIT.c.id.desc())
            .limit(1)
        ).first()
        words = f"{reservation.label} has changed in the meantime."
        return WrongState(words, who=last.who, when=last.at) if last else WrongState(words)

    def _free(self, before: Reservation, after: Reservation, now: datetime) -> None:
        mine = ALLOCATION.c.reservation_id == before.id
        kept = self._gpus.ids(self._connection, after.gpus)
        given_up = [gpu for gpu in before.gpus if gpu not in after.gpus]
        used_until = min(minute_of(now), minute_of(before.window.end))
        if before.state is after.state is State.ACTIVE and given_up and used_until > minute_of(before.window.start):
            self._connection.execute(
                update(ALLOCATION)
                .where(mine, ALLOCATION.c.gpu_id.in_(self._gpus.ids(self._connection, given_up)))
                .values(place=None, holds=False, ends=used_until)
            )
        self._connection.execute(
            delete(ALLOCATION).where(mine, or_(ALLOCATION.c.place.is_not(None), ALLOCATION.c.gpu_id.in_(kept)))
        )

    def _allocations(self, reservation: Reservation, counted: bool) -> list[dict[str, Any]]:
        return [
            {
                "reservation_id": reservation.id,
                "gpu_id": gpu_id,
                "place": place,
                "starts": minute_of(reservation.window.start),
                "ends": minute_of(reservation.window.end),
                "holds": reservation.holds,
                "counted": counted,
            }
            for place, gpu_id in enumerate(self._gpus.ids(self._connection, reservation.gpus))
        ]

    def _insert(self, allocations: list[dict[str, Any]]) -> None:
        if allocations:
            self._connection.execute(_ALLOCATE, allocations)

    def _load(self, where: ColumnElement[bool], limit: int | None = None) -> list[Reservation]:
        query = _QUERY.where(where)
        if limit is not None:
            query = query.order_by(RESERVATION.c.id).limit(limit)
        found = [from_row(row, self._names(row.bound)) for row in self._connection.execute(query)]
        # Asked to sort, SQLite walks the whole table by id (8 ms at 10^5 rows) and leaves the index for `where`.
        return sorted(found, key=lambda reservation: reservation.id)

    def _names(self, bound: str | None) -> tuple[str, ...]:
        """The names of the GPUs of `_BOUND`, in order."""
        places = sorted(tuple(map(int, pair.split(":"))) for pair in bound.split(",")) if bound else []
        return tuple(self._gpus.name(self._connection, gpu_id) for _, gpu_id in places)


# A reservation's GPUs as "place:row id,...", in any order: one query, at the price of one index look-up a row.
_BOUND = (
    select(
        func.aggregate_strings(
            cast(ALLOCATION.c.place, String).concat(":").concat(cast(ALLOCATION.c.gpu_id, String)), ","
        )
    )
    .where(ALLOCATION.c.reservation_id == RESERVATION.c.id, ALLOCATION.c.place.is_not(None))
    .correlate(RESERVATION)
    .scalar_subquery()
)
_QUERY = select(RESERVATION, _BOUND.label("bound"))


def _holding(reservation: Reservation) -> tuple[bool, Window, tuple[str, ...]]:
    return reservation.holds, reservation.window, reservation.gpus


_ADD = insert(RESERVATION).returning(RESERVATION.c.id)
_ALLOCATE = insert(ALLOCATION)
