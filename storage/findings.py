"""Findings as the ledger keeps them: which are open, and what was done about each."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, insert, select, update

from bot.booking.findings import Open
from bot.booking.lifecycle import State
from bot.booking.model import Reservation, minute_of
from bot.booking.observed import Fault, Finding, FindingKind
from storage.reservations import Reservations
from storage.tables import FINDING, RESERVATION

_OVER = [state.value for state in (State.ENDED, State.RELEASED, State.NO_SHOW, State.REVOKED, State.DISPLACED)]


class Findings(Reservations):
    """The part of a Book that keeps findings. They are no changes of the ledger: its version stays."""

    def findings(self) -> tuple[Open, ...]:
        """All that are open, in the order in which they came."""
        return tuple(_open(row) for row in self._connection.execute(_OPEN))

    def open_findings(self, new: Iterable[Open]) -> None:
        """Enter new ones, whose id is 0. None of their kind may be open on their GPU."""
        rows = [
            {
                "kind": one.kind.value,
                "gpu": one.gpu,
                "reservation_id": one.reservation or None,
                "login": one.login,
                "fault": one.fault.value if one.fault else None,
                "since": one.since,
                "opened_at": entered.opened_at,
                "told_at": entered.told_at,
                "answered_at": entered.answered_at,
            }
            for entered in new
            for one in (entered.finding,)
        ]
        if rows:
            self._connection.execute(insert(FINDING), rows)

    def close_findings(self, ids: Iterable[int], now: datetime) -> None:
        """They do not hold any more."""
        self._mark(ids, closed_at=now)

    def told(self, ids: Iterable[int], now: datetime, answer_by: datetime | None = None) -> None:
        """Whom they concern is told; with `answer_by`, until when they are to answer."""
        self._mark(ids, told_at=now, **({} if answer_by is None else {"answer_by": answer_by}))

    def told_admins(self, ids: Iterable[int], now: datetime) -> None:
        """The admins are told."""
        self._mark(ids, admins_at=now)

    def answered(self, ids: Iterable[int], now: datetime) -> None:
        """Their holder uses the GPUs."""
        self._mark(ids, answered_at=now)

    def ended_since(self, since: datetime) -> list[Reservation]:
        """Those that had begun and that ended after `since`, in id order."""
        over = and_(RESERVATION.c.state.in_(_OVER), RESERVATION.c.ends > minute_of(since))
        return self._load(and_(over, RESERVATION.c.starts < RESERVATION.c.ends))

    def _mark(self, ids: Iterable[int], **values: datetime) -> None:
        wanted = list(ids)
        if wanted:
            still = and_(FINDING.c.id.in_(wanted), FINDING.c.closed_at.is_(None))
            self._connection.execute(update(FINDING).where(still).values(values))


def _open(row: Row[Any]) -> Open:
    fault = Fault(row.fault) if row.fault else None
    finding = Finding(FindingKind(row.kind), row.gpu, row.since, row.reservation_id or 0, row.login, fault)
    return Open(row.id, finding, row.opened_at, row.told_at, row.answer_by, row.answered_at, row.admins_at)


_OPEN = select(FINDING).where(FINDING.c.closed_at.is_(None)).order_by(FINDING.c.id)
