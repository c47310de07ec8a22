"""What a transaction keeps beside the reservations: answers by their key, the audit, and notices that are owed."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.booking.model import Reservation
from bot.booking.notices import Notice
from bot.errors import WrongState
from storage.audited import Subject, values_of
from storage.tables import ANSWER, AUDIT, NOTICE, RESERVATION
from storage.transaction import Transaction
from storage.values import from_json, notice_to_row, to_json


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """That `who` did `act` at `at` (UTC): the reservation before (None: it is new) and after.

    Of what is no reservation (who waits, settings, deadlines, outages, logins, questions) `was` and `became` have the
    values as JSON, None where there is nothing.
    """

    at: datetime
    who: str
    act: str
    before: Reservation | None
    after: Reservation | None
    was: Mapping[str, Any] | None = None
    became: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class AuditLine:
    """That `who` did `act` at `at` (UTC), with the reservation of that number, `member`'s, if it was with one."""

    at: datetime
    who: str
    act: str
    reservation: int | None
    member: str | None


class Records(Transaction):
    """The part of a Book that keeps answers, audit and notices."""

    def kept(self, key: str, digest: str) -> str | None:
        """The answer that the delivery `key` got before, or None if it is new.

        Raises WrongState if it came with other content (`digest`) then.
        """
        row = self._connection.execute(_KEPT, {"of": key}).first()
        if row is None:
            return None
        if row.digest != digest:
            raise WrongState("This was answered before, for another request. Nothing was done.")
        answer: str = row.answer
        return answer

    def keep(self, key: str, digest: str, answer: str, now: datetime) -> None:
        """Keep the answer to a delivery, whose key must be new (see `kept`)."""
        self._connection.execute(_KEEP, {"key": key, "digest": digest, "answer": answer, "at": now})

    def audit(self, who: str, act: str, before: Subject | None, after: Subject | None, now: datetime) -> None:
        """Write down who did what to which. The database itself refuses to change or delete it afterwards."""
        subject = after or before
        self._connection.execute(
            _AUDIT,
            {
                "at": now,
                "who": who,
                "act": act,
                "reservation_id": subject.id if isinstance(subject, Reservation) else None,
                "before": _kept_of(before),
                "after": _kept_of(after),
            },
        )

    def history(self, id: int) -> list[AuditEntry]:  # noqa: A002
        """What happened to a reservation, oldest first."""
        rows = self._connection.execute(select(AUDIT).where(AUDIT.c.reservation_id == id).order_by(AUDIT.c.id))
        return [_entry(row) for row in rows]

    def entries(self) -> Iterator[AuditEntry]:
        """The whole audit, oldest first."""
        page = self._connection.execute(_PAGE, {"after": 0}).all()
        while page:
            yield from map(_entry, page)
            page = self._connection.execute(_PAGE, {"after": page[-1].id}).all()

    def audited(self, limit: int, *, reservation: int | None = None, member: str | None = None) -> list[AuditLine]:
        """The latest entries, latest first: of a reservation, by or to a member, or all."""
        query = select(AUDIT.c.id, AUDIT.c.at, AUDIT.c.who, AUDIT.c.act, AUDIT.c.reservation_id, RESERVATION.c.member)
        query = query.select_from(AUDIT.outerjoin(RESERVATION, RESERVATION.c.id == AUDIT.c.reservation_id))
        if reservation is not None:
            query = query.where(AUDIT.c.reservation_id == reservation)
        queries = [query]
        if member is not None:
            # Each by an index of its own, since of one condition for both no database makes use of either. The latest
            # entries are about the reservations that were changed last (by far enough of them: not each is audited).
            theirs = select(RESERVATION.c.id).where(RESERVATION.c.member == member)
            theirs = theirs.order_by(RESERVATION.c.ledger_version.desc()).limit(20 * limit)
            queries = [query.where(AUDIT.c.who == member), query.where(AUDIT.c.reservation_id.in_(theirs))]
        rows = {
            row.id: AuditLine(row.at, row.who, row.act, row.reservation_id, row.member)
            for each in queries
            for row in self._connection.execute(each.order_by(AUDIT.c.id.desc()).limit(limit))
        }
        return [rows[id_] for id_ in sorted(rows, reverse=True)[:limit]]

    def owe(self, notice: Notice) -> None:
        """Have `notice` sent when it is due (storage/outbox.py). A second one with the same key is ignored."""
        self._connection.execute(*owed(self._connection, notice))

    def known(self, notices: Iterable[Notice]) -> set[str]:
        """The keys of those of them that were ever owed."""
        keys = [notice.key for notice in notices]
        return set(self._connection.scalars(select(NOTICE.c.key).where(NOTICE.c.key.in_(keys)))) if keys else set()

    def owed_since(self, notice: Notice) -> datetime | None:
        """When the notice of that key was first to be sent; None if it is not owed yet."""
        due: datetime | None = self._connection.scalar(select(NOTICE.c.due_at).where(NOTICE.c.key == notice.key))
        return due

    def oldest_due(self, now: datetime) -> datetime | None:
        """When the longest due notice that is neither sent nor given up was to be sent; None if none is due.

        What is put off without having failed, till the end of quiet hours, is not due.
        """
        oldest: datetime | None = self._connection.scalar(
            select(func.min(NOTICE.c.due_at, type_=NOTICE.c.due_at.type)).where(
                NOTICE.c.sent_at.is_(None),
                NOTICE.c.dead_at.is_(None),
                NOTICE.c.due_at <= now,
                or_(NOTICE.c.next_at <= now, NOTICE.c.failed > 0),
            )
        )
        return oldest


def _kept_of(subject: Subject | None) -> Any:
    return to_json(subject) if isinstance(subject, Reservation) else values_of(subject)


def _entry(row: Row[Any]) -> AuditEntry:
    if row.reservation_id is None:
        return AuditEntry(row.at, row.who, row.act, None, None, row.before, row.after)
    before, after = (from_json(one) if one else None for one in (row.before, row.after))
    return AuditEntry(row.at, row.who, row.act, before, after)


# Made once: what is said in every transaction is not built anew in each.
_KEPT = select(ANSWER.c.digest, ANSWER.c.answer).where(ANSWER.c.key == bindparam("of"))
_KEEP = insert(ANSWER)
_AUDIT = insert(AUDIT)
_PAGE = select(AUDIT).where(AUDIT.c.id > bindparam("after")).order_by(AUDIT.c.id).limit(2_000)
_OWE = {
    "sqlite": sqlite.insert(NOTICE).on_conflict_do_nothing(index_elements=["key"]),
    "postgresql": postgresql.insert(NOTICE).on_conflict_do_nothing(index_elements=["key"]),
}


def owed(connection: Connection, notice: Notice) -> tuple[Any, dict[str, Any]]:
    """The statement and its values by which a notice is owed; one whose key is known is not owed again."""
    return _OWE[connection.dialect.name], notice_to_row(notice)
