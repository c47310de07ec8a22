"""Links to calendars: the token in one is all that its reader has to show."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select

from storage.transaction import Transaction
from storage.wishes import LINK


@dataclass(frozen=True, slots=True)
class Link:
    """What a token opens: `member`'s own reservations, or (`pool` not None) all of a pool."""

    token: str
    member: str
    pool: str | None


class Links(Transaction):
    """The part of a Book that keeps links."""

    def link(self, token: str) -> Link | None:
        """What the token opens."""
        row = self._connection.execute(select(LINK).where(LINK.c.token == token)).first()
        return None if row is None else Link(row.token, row.member, row.pool or None)

    def link_of(self, member: str, pool: str | None) -> Link | None:
        """The member's link to it, if there is one."""
        row = self._connection.execute(select(LINK).where(LINK.c.member == member, LINK.c.pool == (pool or ""))).first()
        return None if row is None else Link(row.token, row.member, row.pool or None)

    def set_link(self, link: Link, now: datetime) -> None:
        """Enter the link; the one that the member had to the same before opens nothing any more."""
        self._connection.execute(delete(LINK).where(LINK.c.member == link.member, LINK.c.pool == (link.pool or "")))
        row = {"token": link.token, "member": link.member, "pool": link.pool or "", "created_at": now}
        self._connection.execute(insert(LINK).values(row))
