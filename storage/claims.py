"""Claims of requests that wait: an admin may withdraw one."""

from sqlalchemy import update

from storage.tables import WAITING
from storage.transaction import Transaction


class Claims(Transaction):
    """The part of a Book that takes a waiting request's claim to its deadline away."""

    waitlist_changed = False

    def withdraw_waiting(self, id: int) -> bool:  # noqa: A002
        """Whether it waits and had its claim until now."""
        self._stamp()
        self.waitlist_changed = True
        open_one = update(WAITING).where(WAITING.c.id == id, WAITING.c.ended_at.is_(None), ~WAITING.c.withdrawn)
        return self._connection.execute(open_one.values(withdrawn=True)).rowcount == 1
