"""Whose Linux logins are whose, as members say and admins confirm."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, insert, select, update

from bot.booking.members import Link, LinkState
from storage.tables import LOGIN
from storage.transaction import Transaction


class Logins(Transaction):
    """The part of a Book that knows who is who."""

    def logins(self) -> dict[str, str]:
        """Members' ids by confirmed login."""
        confirmed = select(LOGIN.c.login, LOGIN.c.member).where(LOGIN.c.state == LinkState.CONFIRMED.value)
        return {row.login: row.member for row in self._connection.execute(confirmed)}

    def links_of(self, member: str) -> tuple[Link, ...]:
        """What the member has asked for or has, in order."""
        live = LOGIN.c.state.in_([LinkState.ASKED.value, LinkState.CONFIRMED.value])
        found = select(LOGIN).where(LOGIN.c.member == member, live).order_by(LOGIN.c.id)
        return tuple(_link(row) for row in self._connection.execute(found))

    def link(self, id: int) -> Link | None:  # noqa: A002
        """One, as it is now."""
        row = self._connection.execute(select(LOGIN).where(LOGIN.c.id == id)).first()
        return None if row is None else _link(row)

    def ask_login(self, login: str, member: str, now: datetime) -> Link:
        """Enter that the member says so; if they have said it before and nobody has decided, that is it."""
        mine = and_(LOGIN.c.login == login, LOGIN.c.member == member, LOGIN.c.state == LinkState.ASKED.value)
        row = self._connection.execute(select(LOGIN).where(mine)).first()
        if row is not None:
            return _link(row)
        values = {"login": login, "member": member, "state": LinkState.ASKED.value, "asked_at": now}
        return _link(self._connection.execute(insert(LOGIN).values(values).returning(LOGIN)).one())

    def decide_login(self, link: Link, state: LinkState, by: str, now: datetime) -> bool:
        """Have it in `state`; False if it is not as it was in `link` any more.

        A confirmed login is dropped for whom it was confirmed before, and for all others who have asked for it.
        """
        decided = {"decided_by": by, "decided_at": now}
        if state is LinkState.CONFIRMED:
            # Not "is confirmed or asked": two partial indexes in one OR are more than SQLite's planner can bear.
            live = LOGIN.c.state.not_in([LinkState.REFUSED.value, LinkState.DROPPED.value])
            others = and_(LOGIN.c.login == link.login, LOGIN.c.id != link.id, live)
            self._connection.execute(update(LOGIN).where(others).values(state=LinkState.DROPPED.value, **decided))
        same = and_(LOGIN.c.id == link.id, LOGIN.c.state == link.state.value)
        return self._connection.execute(update(LOGIN).where(same).values(state=state.value, **decided)).rowcount == 1


def _link(row: Row[Any]) -> Link:
    return Link(row.id, row.login, row.member, LinkState(row.state), row.asked_at, row.decided_by, row.decided_at)
