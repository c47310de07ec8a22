"""GPUs that are kept for a deadline and were lent out: once somebody with the deadline waits, holders are asked."""

from collections.abc import Iterator
from datetime import datetime

from bot.booking.calendar import Calendar
from bot.booking.crunch import claimed_by, claims, days_of, kept_gpus
from bot.booking.lab import Deadline, Pool
from bot.booking.lifecycle import State
from bot.booking.model import Reservation, Window, instant_of, minute_of
from bot.booking.notices import Notice, NoticeKind
from bot.booking.snapshot import Snapshot
from bot.desk.base import Base


class Lending(Base):
    """One more use case that nobody asks for. Nothing is changed by it: holders release, if they like."""

    _asked_back: frozenset[tuple[int, str]] = frozenset()  # so that what was asked is not written again at every tick

    def ask_back(self, now: datetime) -> int:
        """Ask holders of lent GPUs whether they still need them. Returns how many; each is asked once a deadline.

        Asked are those without the deadline who have GPUs now or within the notice of a move, in a pool of which so
        many are in use that its kept part is not free.
        """
        if not any(one.crunch is not None and one.crunch.keep for one in self.lab.deadlines):
            return 0
        with self._looking(now) as (book, calendar):
            snapshot = self._scene(book, calendar, "", now).snapshot
            found = [
                (one, deadline)
                for deadline, pool in self._crunched(now)
                for one in _lent(
                    deadline, pool, calendar, snapshot, Window(_minute(now), _minute(now + self.lab.policy.move_notice))
                )
            ]
        fresh = [(one, deadline) for one, deadline in found if (one.id, deadline.label) not in self._asked_back]
        if not fresh:
            return 0
        with self._writing(now) as (book, _):
            for one, deadline in fresh:
                facts = {"act": f"lent {deadline.label}", "name": deadline.label}
                book.owe(Notice(NoticeKind.LENT, one.member, one.id, deadline.at, now, facts))
        self._asked_back |= {(one.id, deadline.label) for one, deadline in fresh}
        return len(fresh)

    def _crunched(self, now: datetime) -> Iterator[tuple[Deadline, Pool]]:
        """Deadlines in whose days it is, each with the pools of which it keeps a part."""
        for deadline in self.lab.deadlines:
            crunch = deadline.crunch
            if crunch is None or not crunch.keep or not days_of(deadline, crunch).start <= now < deadline.at:
                continue
            for pool in self.lab.pools.values():
                if crunch.pools is None or pool.name in crunch.pools:
                    yield deadline, pool


def _lent(deadline: Deadline, pool: Pool, calendar: Calendar, snapshot: Snapshot, soon: Window) -> list[Reservation]:
    waits = claimed_by(snapshot, deadline.name, pool)
    held = calendar.holders(pool.name, soon) if waits else ()
    others = [one for one in held if not claims(one, deadline.name) and one.state in (State.BOOKED, State.ACTIVE)]
    keep = deadline.crunch.keep if deadline.crunch is not None else None
    used = {gpu for one in others for gpu in one.gpus}
    if pool.size - len(used) >= kept_gpus(pool, keep or 0):
        return []
    return [one for one in others if one.member not in waits]


def _minute(at: datetime) -> datetime:
    return instant_of(minute_of(at))
