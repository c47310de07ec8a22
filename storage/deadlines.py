"""Deadlines as the ledger keeps them: what is tracked, and what once was."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select, update

from bot.booking.lab import Deadline
from storage.people import People
from storage.tables import DEADLINE


class Deadlines(People):
    """The part of a Book that keeps deadlines."""

    def deadlines(self, member: str | None = None) -> list[Deadline]:
        """All that are not dropped, by instant: the lab's, and those of `member` (None: everybody's own)."""
        rows = self._connection.execute(_ALL if member is None else _SEEN_BY, {} if member is None else {"of": member})
        return [_deadline(row) for row in rows]

    def put_deadline(self, deadline: Deadline, by: str, now: datetime) -> None:
        """Track it, in place of the one with its name, kind, member and source if there is one. `by`: whose word."""
        key = {
            "name": deadline.name,
            "kind": deadline.kind,
            "member": deadline.member,
            "source": deadline.source,
        }
        at = {"at": deadline.at, "zone": deadline.zone, "added_by": by, "changed_at": now, "dropped_at": None}
        self._put(DEADLINE, key, at)

    def drop_deadline(self, deadline: Deadline, now: datetime) -> bool:
        """Track it no more; its row stays. False if it was not tracked."""
        dropped = self._connection.execute(
            update(DEADLINE)
            .where(
                DEADLINE.c.name == deadline.name,
                DEADLINE.c.kind == deadline.kind,
                DEADLINE.c.member == deadline.member,
                DEADLINE.c.source == deadline.source,
                DEADLINE.c.dropped_at.is_(None),
            )
            .values(dropped_at=now)
        )
        return dropped.rowcount == 1


def _deadline(row: Row[Any]) -> Deadline:
    return Deadline(row.name, row.at, row.zone, kind=row.kind, member=row.member, source=row.source)


_ALL = select(DEADLINE).where(DEADLINE.c.dropped_at.is_(None)).order_by(DEADLINE.c.at, DEADLINE.c.id)
_SEEN_BY = _ALL.where(DEADLINE.c.member.in_([bindparam("of"), ""]))
