"""What members have set, by member; who never did has what is usual. And who has come to what they hold."""

from collections.abc import Iterable
from datetime import datetime, time
from typing import Any

from sqlalchemy import insert, select, update

from bot.booking.settings import MemberSettings, Reminder
from bot.booking.waking import Quiet
from storage.correspondence import PRESENCE, SETTINGS
from storage.transaction import Transaction


class Settings(Transaction):
    """The part of a Book that keeps members' settings."""

    def settings(self, members: Iterable[str]) -> dict[str, MemberSettings]:
        """Those of these members, each in it."""
        found = dict.fromkeys(members, MemberSettings())
        rows = self._connection.execute(select(SETTINGS).where(SETTINGS.c.member.in_(list(found)))) if found else ()
        return found | {row.member: _from_row(row) for row in rows}

    def set(self, member: str, settings: MemberSettings, now: datetime) -> None:
        """Keep them."""
        values = _to_row(settings) | {"changed_at": now}
        # Writers come one at a time: what is not there to be updated cannot appear before it is inserted.
        mine = update(SETTINGS).where(SETTINGS.c.member == member)
        if self._connection.execute(mine.values(values)).rowcount == 0:
            self._connection.execute(insert(SETTINGS).values(values | {"member": member}))

    def has_come(self, reservation: int) -> bool:
        """Whether the holder of a reservation has said, or was seen, to be there."""
        mine = select(PRESENCE.c.reservation_id).where(PRESENCE.c.reservation_id == reservation)
        return self._connection.execute(mine).first() is not None

    def come(self, reservation: int, said_by: str, now: datetime) -> bool:
        """Its holder has come: `said_by` them, or seen by the watch (""). Once is enough; whether this is the first."""
        if self.has_come(reservation):
            return False
        row = {"reservation_id": reservation, "said_by": said_by, "at": now}
        self._connection.execute(insert(PRESENCE).values(row))
        return True


def _to_row(settings: MemberSettings) -> dict[str, Any]:
    quiet = settings.quiet
    return {
        "reminders": ",".join(sorted(settings.reminders)),
        "quiet_start": None if quiet is None else quiet.start.hour * 60 + quiet.start.minute,
        "quiet_end": None if quiet is None else quiet.end.hour * 60 + quiet.end.minute,
        "delegate": settings.delegate,
        "auto": settings.auto,
    }


def _from_row(row: Any) -> MemberSettings:
    kept = set(row.reminders.split(","))
    quiet = None if row.quiet_start is None else Quiet(_time(row.quiet_start), _time(row.quiet_end))
    return MemberSettings(frozenset(one for one in Reminder if one in kept), quiet, row.delegate, row.auto)


def _time(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)
