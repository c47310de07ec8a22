"""Subscriptions to calendars: the token in the link is all that its reader has to show."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, insert, select

from storage.transaction import Transaction
from storage.wishes import SUBSCRIPTION


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a token opens: `member`'s own reservations, or (`pool` not None) all of a pool."""

    token: str
    member: str
    pool: str | None


class Subscriptions(Transaction):
    """The part of a Book that keeps subscriptions."""

    def subscription(self, token: str) -> Subscription | None:
        """What the token opens."""
        return self._subscription(SUBSCRIPTION.c.token == token)

    def subscription_of(self, member: str, pool: str | None) -> Subscription | None:
        """The member's to it, if there is one."""
        return self._subscription(_to(member, pool))

    def subscribe(self, new: Subscription, now: datetime) -> None:
        """Enter it; the one that the member had to the same before opens nothing any more."""
        self._connection.execute(delete(SUBSCRIPTION).where(_to(new.member, new.pool)))
        row = {"token": new.token, "member": new.member, "pool": new.pool or "", "created_at": now}
        self._connection.execute(insert(SUBSCRIPTION).values(row))

    def _subscription(self, where: ColumnElement[bool]) -> Subscription | None:
        row = self._connection.execute(select(SUBSCRIPTION).where(where)).first()
        return None if row is None else Subscription(row.token, row.member, row.pool or None)


def _to(member: str, pool: str | None) -> ColumnElement[bool]:
    return and_(SUBSCRIPTION.c.member == member, SUBSCRIPTION.c.pool == (pool or ""))
