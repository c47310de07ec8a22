"""No-shows: what the watch has seen of reservations, asked about and, after the grace, given back."""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from bot.booking.lifecycle import State
from bot.booking.members import Member
from bot.booking.model import MINUTE, Reservation, Window, instant_of, minute_of
from bot.booking.notices import Notice, NoticeKind
from bot.desk.base import CLOCK, own
from bot.desk.offering import Offering
from bot.errors import Busy
from storage.book import Book


class NoShows(Offering):
    """The use cases that the watch feeds. Only fresh readings are evidence: what was not read must not come here."""

    def unseen(self, ids: Collection[int], now: datetime) -> int:
        """Nothing has run on any GPU of these running reservations since their starts. Returns how many were released.

        From half the grace on their holders are asked; with the grace over, those who did not say that they are here
        lose what is left. Nobody is released who was not asked at least half a grace before.
        """
        grace = self.lab.policy.no_show_grace
        released = 0
        if not ids:
            return 0
        with self._writing(now) as (book, calendar):
            for id_ in sorted(ids):
                one = calendar.live.get(id_)
                if one is None or one.state is not State.ACTIVE or now - one.window.start < grace / 2:
                    continue
                asked = _question(one, now, grace)
                if book.has_come(one.id):
                    continue
                asked_at = book.owed_since(asked)
                if asked_at is None:
                    book.owe(asked)
                elif now >= max(one.window.start + grace, asked_at + grace / 2):
                    self._release(book, one, now)
                    released += 1
        if released:
            with suppress(Busy):
                self.serve_waitlist(now)
        return released

    def seen(self, ids: Collection[int], now: datetime) -> None:
        """Something of their holders ran on GPUs of these: they are no no-shows any more, whatever is seen later."""
        if not ids:
            return
        with self._writing(now) as (book, calendar):
            for id_ in sorted(ids):
                if id_ in calendar.live and book.come(id_, CLOCK.id, now):
                    book.audit(CLOCK.id, f"saw work on R{id_}", None, None, now)

    def here(self, who: Member, id_: int, now: datetime) -> Reservation:
        """Its holder says that they are here: it is not released as a no-show. The reservation as it is now.

        Raises NotFound, NotYours and Busy.
        """
        with self._writing(now) as (book, _):
            one = self._found(book, id_, None)
            own(who, one)
            if one.state is State.ACTIVE and book.come(one.id, who.id, now):
                book.audit(who.id, f"said to be there for {one.label}", None, None, now)
            return one

    def _release(self, book: Book, one: Reservation, now: datetime) -> None:
        end = min(max(instant_of(minute_of(now)), one.window.start + MINUTE), one.window.end)
        changed = replace(one, state=State.NO_SHOW, window=Window(one.window.start, end))
        entered = self._change(book, CLOCK, "no_show", one, changed, now)
        self._tell_member(book, NoticeKind.NO_SHOW, entered, now, act="no_show")


def _question(one: Reservation, now: datetime, grace: timedelta) -> Notice:
    """About its start: asked once. `until`: when it is released if nobody answers."""
    until = max(one.window.start + grace, now + grace / 2)
    until = instant_of(-(-int(until.timestamp()) // 60))
    facts = {"act": "unseen", "until": until.isoformat()}
    return Notice(NoticeKind.NO_SHOW, one.member, one.id, one.window.start, now, facts)
