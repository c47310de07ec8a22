"""GPUs that leave the lab file and members who leave the workspace: what they held is re-placed or given back."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from bot.booking.amend import as_request
from bot.booking.calendar import Calendar
from bot.booking.decision import Placement
from bot.booking.lifecycle import State
from bot.booking.model import MINUTE, Reservation, Window, instant_of, minute_of
from bot.booking.notices import Notice, NoticeKind
from bot.booking.search import need_of, place
from bot.desk.base import CLOCK, Base
from storage.book import Book
from storage.waitlist import LEFT


class Departing(Base):
    """The use cases of what is gone. Holders and admins are told; nothing changes in silence."""

    def gpus_left(self, now: datetime) -> int:
        """Find other GPUs for what is on GPUs that the lab file no longer has; where there are none, displace it.

        Returns how many reservations were hit. To be called when the bot starts.
        """
        hit = 0
        while self._one_re_placed(now):
            hit += 1
        return hit

    def members_left(self, members: Iterable[str], now: datetime) -> int:
        """Cancel what those who left had not begun yet. Returns how many reservations that were."""
        gone = dict.fromkeys(members)
        with self._writing(now) as (book, calendar):
            held = (one for member in gone for one in calendar.of(member))
            waiting = [one for one in held if one.state is not State.ACTIVE]
            for one in waiting:
                entered = self._change(book, CLOCK, "cancelled", one, replace(one, state=State.CANCELLED), now)
                self._tell_admins_too(book, entered, now, act="cancelled", reason="its holder has left")
            for waits in self._waiting(book, calendar):
                if waits.member in gone:
                    book.waits_no_more(waits.id, LEFT, now)
                    book.audit(CLOCK.id, f"{waits.label} left with its member", waits, None, now)
            return len(waiting)

    def _one_re_placed(self, now: datetime) -> bool:
        """One at a time, each with the calendar as the one before has left it."""
        with self._writing(now) as (book, calendar):
            one = next(self._stranded(calendar), None)
            if one is None:
                return False
            found = None if one.state is State.ACTIVE else self._elsewhere(calendar, one, now)
            if found is None:
                act, changed = "displaced", _displaced(one, now)
            else:
                act, changed = "re-placed", replace(one, gpus=found.gpus, named=False)
            way = None if found is None else (calendar, found)
            entered = self._change(book, CLOCK, act, one, changed, now, way)
            reason = "GPUs of it left the lab"
            self._tell_member(book, NoticeKind.DECISION, entered, now, act=act, reason=reason)
            self._tell_admins_too(book, entered, now, act=act, reason=reason)
            return True

    def _stranded(self, calendar: Calendar) -> Iterator[Reservation]:
        known = self.lab.gpus
        return (one for one in calendar.live.values() if any(gpu not in known for gpu in one.gpus))

    def _elsewhere(self, calendar: Calendar, one: Reservation, now: datetime) -> Placement | None:
        if one.pool not in calendar.pools or one.window.start <= now:
            return None
        with calendar.without(one):
            request = replace(as_request(one, one.window), gpus=())
            found = place(calendar, need_of(request, calendar.pools[one.pool], one.count), one.window, minute_of(now))
        return found if isinstance(found, Placement) else None

    def _tell_admins_too(self, book: Book, reservation: Reservation, now: datetime, **facts: str) -> None:
        for to in self._admins():
            book.owe(Notice(NoticeKind.DECISION, to, reservation.id, now, now, facts))


def _displaced(one: Reservation, now: datetime) -> Reservation:
    """It holds nothing any more; one that runs ends now."""
    if one.state is not State.ACTIVE:
        return replace(one, state=State.DISPLACED)
    end = min(max(instant_of(minute_of(now)), one.window.start + MINUTE), one.window.end)
    return replace(one, state=State.DISPLACED, window=Window(one.window.start, end))
