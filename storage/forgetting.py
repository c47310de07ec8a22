"""What is of no use any more after a while: answers that no delivery can ask for again, and notices long settled."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, and_, delete, exists, or_, select

from bot.booking.lifecycle import HOLDING
from storage.ledger import Ledger
from storage.tables import ANSWER, NOTICE, RESERVATION

KEPT = timedelta(days=90)
"""Slack delivers again for an hour at most; a button in an old message offers a window that is over by then, and a
notice is about an instant that is past."""

AT_ONCE = 500  # rows a transaction: a few milliseconds in which nobody else writes
_HOLDING = [state.value for state in HOLDING]


def forget(ledger: Ledger, now: datetime, most: int = 100_000) -> int:
    """Delete the answers and notices of more than 90 days ago, at most `most` of each; how many they were.

    Reservations and the audit stay for ever, and so does a notice about a reservation that holds GPUs: it could come
    due again. Raises Busy; what was deleted until then is.
    """
    before = now - KEPT
    held = exists().where(RESERVATION.c.id == NOTICE.c.reservation, RESERVATION.c.state.in_(_HOLDING))
    settled = or_(NOTICE.c.sent_at < before, NOTICE.c.dead_at < before)
    return _forget(ledger, ANSWER.c.key, ANSWER.c.at < before, most) + _forget(
        ledger, NOTICE.c.id, and_(settled, ~held), most
    )


def _forget(ledger: Ledger, key: Column[Any], where: ColumnElement[bool], most: int) -> int:
    with ledger.observing() as connection:
        found = list(connection.scalars(select(key).where(where).limit(most)))
    for begin in range(0, len(found), AT_ONCE):
        with ledger.exclusively() as connection:
            connection.execute(delete(key.table).where(key.in_(found[begin : begin + AT_ONCE])))
    return len(found)
