"""The outbox: notices that are owed, claimed by lease and attempt, so that two bots send each of them once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from bot.booking.notices import Notice
from storage.ledger import Ledger
from storage.tables import NOTICE
from storage.values import notice_from_row

_OPEN = (NOTICE.c.sent_at.is_(None), NOTICE.c.dead_at.is_(None))


@dataclass(frozen=True, slots=True)
class Claimed:
    """A notice that the claimer may send until its lease ends; this is the `attempt`-th try, counted from 1."""

    id: int
    notice: Notice
    attempt: int


class Outbox:
    """Claims and settles notices, each in a short transaction of its own; sending happens in between."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def claim(self, now: datetime, lease: timedelta, limit: int) -> list[Claimed]:
        """At most `limit` due notices, the longest due first, for the claimer alone until `now + lease`.

        The lease must outlast the attempt to send: what is not settled by then is claimed again. Raises Busy.
        """
        with self._ledger.exclusively() as connection:
            rows = connection.execute(
                select(NOTICE)
                .where(*_OPEN, NOTICE.c.next_at <= now)
                .order_by(NOTICE.c.next_at, NOTICE.c.id)
                .limit(limit)
                .with_for_update(skip_locked=True)
            ).all()
            if rows:
                connection.execute(
                    update(NOTICE)
                    .where(NOTICE.c.id.in_([row.id for row in rows]))
                    .values(attempt=NOTICE.c.attempt + 1, next_at=now + lease)
                )
        return [Claimed(row.id, notice_from_row(row), row.attempt + 1) for row in rows]

    def sent(self, claimed: Claimed, now: datetime) -> bool:
        """It was sent. False if the claim was lost: its lease ended and somebody else claimed or settled it."""
        return self._settle(claimed, {"sent_at": now, "error": None})

    def retry(self, claimed: Claimed, at: datetime, error: str) -> bool:
        """It was not sent, because of `error`; it may be claimed again from `at` on. False if the claim was lost."""
        return self._settle(claimed, {"next_at": at, "error": error})

    def dead(self, claimed: Claimed, error: str, now: datetime) -> bool:
        """It will never be sent, because of `error`. False if the claim was lost."""
        return self._settle(claimed, {"dead_at": now, "error": error})

    def oldest_due(self, now: datetime) -> datetime | None:
        """Since when the longest due notice waits to be sent, or None if none is due at `now`."""
        with self._ledger.reading() as book:
            return book.oldest_due(now)

    def _settle(self, claimed: Claimed, values: dict[str, Any]) -> bool:
        with self._ledger.exclusively() as connection:
            result = connection.execute(
                update(NOTICE)
                .where(NOTICE.c.id == claimed.id, NOTICE.c.attempt == claimed.attempt, *_OPEN)
                .values(values)
            )
        return result.rowcount == 1
