"""The outbox: notices that are owed, claimed by lease and attempt, one sender at a time for each who is written to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Update, and_, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.booking.notices import Notice
from bot.errors import Busy
from storage.correspondence import MAILBOX
from storage.ledger import Ledger
from storage.records import owed
from storage.tables import NOTICE
from storage.values import notice_from_row

FREE = datetime(1970, 1, 1, tzinfo=UTC)  # not the instant of the last message: another bot's clock may be behind
_OPEN = (NOTICE.c.sent_at.is_(None), NOTICE.c.dead_at.is_(None))


@dataclass(frozen=True, slots=True)
class Claimed:
    """A notice that the claimer may send until its lease ends; this is the `attempt`-th claim, counted from 1.

    `failed`: how often it was not taken before; `told_at`: when its reader was last sent a reminder; `lease`: when the
    claim ends.
    """

    id: int
    notice: Notice
    attempt: int
    lease: datetime
    failed: int = 0
    told_at: datetime | None = None


class Outbox:
    """Claims and settles notices, each in a short transaction of its own; sending happens in between.

    Who has claimed a notice is the only one to write to its reader, until it is settled or the lease ends: so nobody
    writes there while a Retry-After is just being told to somebody else.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._unwritten: list[_Settling] = []  # what was sent while the database was away

    def claim(self, now: datetime, lease: timedelta, limit: int) -> list[Claimed]:
        """At most `limit` due notices, the longest due first, for the claimer alone until `now + lease`.

        The lease must outlast the attempt to send: what is not settled by then is claimed again. What was sent and
        could not be settled is settled first, lest it be sent again. Raises Busy.
        """
        self._settle_what_was_sent()
        free = or_(MAILBOX.c.rests_until.is_(None), MAILBOX.c.rests_until <= now)
        with self._ledger.exclusively() as connection:
            found = connection.execute(
                select(NOTICE.c.id, NOTICE.c.recipient)
                .select_from(NOTICE.outerjoin(MAILBOX, MAILBOX.c.recipient == NOTICE.c.recipient))
                .where(*_OPEN, NOTICE.c.next_at <= now, free)
                .order_by(NOTICE.c.next_at, NOTICE.c.id)
                .limit(limit)
            ).all()
            # In one order, so that two claimers do not wait for each other.
            ours = {to for to in sorted({row.recipient for row in found}) if _taken(connection, to, now, now + lease)}
            claimed = _claimed(connection, [row.id for row in found if row.recipient in ours], now, now + lease)
            for to in ours - {one.notice.to for one in claimed}:
                connection.execute(update(MAILBOX).where(MAILBOX.c.recipient == to).values(rests_until=FREE))
            return claimed

    def claim_more(self, first: Claimed, now: datetime, limit: int) -> list[Claimed]:
        """What else is due to the reader of `first`, under the same lease, the longest due first."""
        with self._ledger.exclusively() as connection:
            mine = select(NOTICE.c.id).where(*_OPEN, NOTICE.c.next_at <= now, NOTICE.c.recipient == first.notice.to)
            found = connection.scalars(mine.order_by(NOTICE.c.next_at, NOTICE.c.id).limit(limit)).all()
            return _claimed(connection, found, now, first.lease)

    def sent(
        self, claimed: Claimed, now: datetime, *others: Claimed, reminds: bool = False, frees: bool = True
    ) -> bool:
        """It was sent, `others` in the same message.

        False if all claims were lost: the lease ended and somebody else claimed or settled them. `reminds`: as a
        reminder, after which no other goes there for a while. `frees`: its reader may be written to by others again.
        Raises Busy; it is then settled by the next `claim` of this bot.
        """
        settling = _Settling(
            (claimed, *others), {"sent_at": now, "error": None}, FREE if frees else None, now if reminds else None
        )
        try:
            return self._settle(settling)
        except Busy:
            self._unwritten.append(settling)
            raise

    def retry(self, claimed: Claimed, at: datetime, error: str, *, rests_until: datetime | None = None) -> bool:
        """It was not sent, because of `error`; it may be claimed again from `at` on. False if the claim was lost.

        `rests_until`: until when nobody may write there, where Slack has said so.
        """
        values = {"next_at": at, "error": error, "failed": NOTICE.c.failed + 1}
        return self._settle(_Settling((claimed,), values, rests_until or FREE))

    def postpone(self, claimed: Claimed, at: datetime) -> bool:
        """It is to be sent at `at`, and nothing has failed. False if the claim was lost. Its mailbox stays ours."""
        return self._settle(_Settling((claimed,), {"next_at": at}, None))

    def dead(
        self, claimed: Claimed, error: str, now: datetime, *, tell: Sequence[Notice] = (), frees: bool = True
    ) -> bool:
        """It will never be sent, because of `error`; `tell` is owed instead. False if the claim was lost."""
        return self._settle(_Settling((claimed,), {"dead_at": now, "error": error}, FREE if frees else None), tell)

    def free(self, claimed: Claimed, at: datetime, put_back: Sequence[Claimed] = ()) -> None:
        """Its reader may be written to by others again, and `put_back`, which is not settled, be claimed from `at` on.

        Where the reader is to be left alone (see `retry`), that stays so.
        """
        with self._ledger.exclusively() as connection:
            for one in put_back:
                mine = (NOTICE.c.id == one.id, NOTICE.c.attempt == one.attempt)
                connection.execute(update(NOTICE).where(*mine, *_OPEN).values(next_at=at))
            connection.execute(_box(claimed).values(rests_until=FREE))

    def oldest_due(self, now: datetime) -> datetime | None:
        """Since when the longest due notice waits to be sent, or None if none is due at `now`.

        What is put off on purpose, till the end of quiet hours, is not due.
        """
        with self._ledger.reading() as book:
            return book.oldest_due(now)

    def _settle_what_was_sent(self) -> None:
        while self._unwritten:
            self._settle(self._unwritten[0])
            self._unwritten.pop(0)

    def _settle(self, settling: "_Settling", tell: Sequence[Notice] = ()) -> bool:
        frees, told_at = settling.frees, settling.told_at
        with self._ledger.exclusively() as connection:
            ours = or_(*(and_(NOTICE.c.id == one.id, NOTICE.c.attempt == one.attempt) for one in settling.claimed))
            settled = connection.execute(update(NOTICE).where(ours, *_OPEN).values(settling.values)).rowcount
            box = ({} if frees is None else {"rests_until": frees}) | ({} if told_at is None else {"told_at": told_at})
            if box:
                connection.execute(_box(settling.claimed[0]).values(box))
            for notice in tell if settled else ():
                connection.execute(*owed(connection, notice))
        return bool(settled)


@dataclass(frozen=True, slots=True)
class _Settling:
    """What becomes of claimed notices, all to one reader: until when nobody else may write there, and `told_at`."""

    claimed: Sequence[Claimed]
    values: dict[str, Any]
    frees: datetime | None
    told_at: datetime | None = None


def _box(claimed: Claimed) -> Update:
    """The mailbox, if it is still this claimer's: the end of the lease tells."""
    return update(MAILBOX).where(MAILBOX.c.recipient == claimed.notice.to, MAILBOX.c.rests_until == claimed.lease)


def _taken(connection: Connection, recipient: str, now: datetime, until: datetime) -> bool:
    """Whether nobody else writes there: the one statement decides it."""
    dialect = {"sqlite": sqlite, "postgresql": postgresql}[connection.dialect.name]
    entered = dialect.insert(MAILBOX).values(recipient=recipient, rests_until=until)
    mine = entered.on_conflict_do_update(
        index_elements=["recipient"], set_={"rests_until": until}, where=MAILBOX.c.rests_until <= now
    )
    return connection.execute(mine.returning(MAILBOX.c.recipient)).first() is not None


def _claimed(connection: Connection, ids: Sequence[int], now: datetime, until: datetime) -> list[Claimed]:
    """Those that are still to be sent: between being found and being ours, another may have sent them."""
    if not ids:
        return []
    again = connection.execute(
        update(NOTICE)
        .where(NOTICE.c.id.in_(ids), *_OPEN, NOTICE.c.next_at <= now)
        .values(attempt=NOTICE.c.attempt + 1, next_at=until)
        .returning(NOTICE.c.id)
    )
    still = set(again.scalars())
    rows = connection.execute(
        select(NOTICE, MAILBOX.c.told_at)
        .join(MAILBOX, MAILBOX.c.recipient == NOTICE.c.recipient)
        .where(NOTICE.c.id.in_(still))
    )
    found = {row.id: Claimed(row.id, notice_from_row(row), row.attempt, until, row.failed, row.told_at) for row in rows}
    return [found[id_] for id_ in ids if id_ in still]
