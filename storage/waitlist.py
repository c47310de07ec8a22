"""The waitlist: requests that wait for GPUs to fall free, until they end."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update

from bot.booking.model import Waiting, minute_of, window_of
from bot.booking.snapshot import Spent
from bot.errors import WrongState
from storage.requests import request_from_json, request_to_json
from storage.tables import ALLOCATION, RESERVATION, WAITING
from storage.transaction import Transaction

# How a wait ends: its GPUs were taken; its member left; too many offers passed it by; it was too late for it.
TAKEN, LEFT, LAPSED, EXPIRED = "taken", "left", "lapsed", "expired"


class Waitlist(Transaction):
    """The part of a Book that keeps who waits. Its changes count as changes of the ledger."""

    waitlist_changed = False

    def waitlist(self) -> tuple[Waiting, ...]:
        """Everything that waits, first come first."""
        return tuple(_from_row(row) for row in self._connection.execute(_OPEN))

    def waited(self, id: int) -> tuple[Waiting, str | None] | None:  # noqa: A002
        """A request that waits or did, and how that ended (None: it waits); None if there never was one."""
        row = self._connection.execute(select(WAITING).where(WAITING.c.id == id)).first()
        return None if row is None else (_from_row(row), row.end)

    def past(self, since: datetime, now: datetime) -> dict[str, list[Spent]]:
        """All members' GPU time between `since` and `now`, as `spent` counts it: their order rests on it."""
        starts, ends = ALLOCATION.c.starts, ALLOCATION.c.ends
        rows = self._connection.execute(
            select(RESERVATION.c.member, ALLOCATION.c.reservation_id, starts, ends, func.count())
            .select_from(ALLOCATION.join(RESERVATION))
            .where(ALLOCATION.c.counted, ends > minute_of(since), starts < minute_of(now))
            .group_by(RESERVATION.c.member, ALLOCATION.c.reservation_id, starts, ends)
        )
        found: dict[str, list[Spent]] = {}
        for member, reservation_id, start, end, count in rows:
            found.setdefault(member, []).append(Spent(reservation_id, window_of(start, end), count))
        return found

    def wait(self, waiting: Waiting) -> Waiting:
        """Enter one, whose id must be 0, and return it with the id that it got."""
        if waiting.id:
            raise ValueError(f"{waiting.label} is in the ledger already")
        self._touch()
        row = {"member": waiting.member, "created_at": waiting.created_at, "end": None, "ended_at": None}
        id_ = self._connection.scalar(insert(WAITING).returning(WAITING.c.id), row | _values(waiting))
        return _from_row(self._connection.execute(select(WAITING).where(WAITING.c.id == id_)).one())

    def still_waits(self, waiting: Waiting) -> None:
        """Write down what has changed for one that goes on waiting. Raises WrongState if it does not wait any more."""
        self._write(waiting.id, _values(waiting))

    def waits_no_more(self, id: int, end: str, now: datetime, got: int | None = None) -> None:  # noqa: A002
        """It ends (TAKEN, LEFT, LAPSED, EXPIRED). Raises WrongState if it did before.

        `got`: the reservation that it became, where that was not offered to it before.
        """
        became = {} if got is None else {"reservation_id": got}
        self._write(id, {"end": end, "ended_at": now, **became})

    def _write(self, id_: int, values: dict[str, Any]) -> None:
        self._touch()
        open_one = update(WAITING).where(WAITING.c.id == id_, WAITING.c.ended_at.is_(None))
        if self._connection.execute(open_one.values(values)).rowcount != 1:
            raise WrongState(f"W{id_} does not wait any more.")

    def _touch(self) -> None:
        self._stamp()
        self.waitlist_changed = True


def _values(waiting: Waiting) -> dict[str, Any]:
    # What only waiting needs lies beside the request: nobody looks for it in SQL.
    kept = {
        "request": request_to_json(waiting.request),
        "sooner_than": _iso(waiting.sooner_than),
        "rests_until": _iso(waiting.rests_until),
    }
    return {
        "request": kept,
        "auto": waiting.auto,
        "withdrawn": waiting.withdrawn,
        "declined": waiting.declined,
        "reservation_id": waiting.offered,
        "held_until": waiting.until,
    }


def _from_row(row: Any) -> Waiting:
    kept = row.request
    return Waiting(
        id=row.id,
        request=request_from_json(kept["request"]),
        created_at=row.created_at,
        auto=row.auto,
        withdrawn=row.withdrawn,
        offered=row.reservation_id,
        until=row.held_until,
        declined=row.declined,
        sooner_than=_instant(kept["sooner_than"]),
        rests_until=_instant(kept["rests_until"]),
    )


def _iso(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


_OPEN = select(WAITING).where(WAITING.c.ended_at.is_(None)).order_by(WAITING.c.created_at, WAITING.c.id)
