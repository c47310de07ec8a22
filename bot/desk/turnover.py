"""What time does: reservations end, undecided requests expire, reservations start."""

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime

from bot.booking.asking import as_if
from bot.booking.calendar import Calendar
from bot.booking.decision import Placement
from bot.booking.lifecycle import State
from bot.booking.model import Reservation
from bot.booking.notices import NoticeKind
from bot.booking.postponing import postponed
from bot.booking.weighing import expires_at
from bot.desk.base import CLOCK
from bot.desk.binding import Binding
from bot.desk.instead import Instead
from bot.desk.weighing import Weighing
from storage.book import Book
from storage.offers import offers_to_json


class Turnover(Binding, Weighing, Instead):
    """The use case that nobody asks for."""

    def finish(self, now: datetime) -> int:
        """The first half of `turnover`: what is over ends, and lapses. Returns how many changed."""
        if not self._anything_due(now):
            return 0
        with self._writing(now) as (book, calendar):
            return self._finish(book, calendar, book.due(now, self.lab.policy.approval_timeout), now)

    def turnover(self, now: datetime) -> int:
        """Do what is due: ends before starts, so that GPUs are free for who is next. Returns how many changed.

        At its start a reservation's GPUs, tentative until then, are bound. Harmless when several bots do it.
        """
        if not self._anything_due(now):
            return 0
        with self._writing(now) as (book, calendar):
            due = book.due(now, self.lab.policy.approval_timeout)
            starting = (one for one in due if one.state is State.BOOKED)
            return self._finish(book, calendar, due, now) + self._start(book, starting, now)

    def _anything_due(self, now: datetime) -> bool:
        """A tick in which nothing is keeps nobody from writing."""
        with self._looking(now) as (book, _):
            return bool(book.due(now, self.lab.policy.approval_timeout))

    def _finish(self, book: Book, calendar: Calendar, due: list[Reservation], now: datetime) -> int:
        ended = self._end(book, (one for one in due if one.state is State.ACTIVE), now)
        return ended + self._expire(book, calendar, (one for one in due if one.state is State.PENDING), now)

    def _end(self, book: Book, due: Iterable[Reservation], now: datetime) -> int:
        return sum(bool(self._change(book, CLOCK, "ended", one, replace(one, state=State.ENDED), now)) for one in due)

    def _expire(self, book: Book, calendar: Calendar, due: Iterable[Reservation], now: datetime) -> int:
        """Nobody decided: those whose deadline leaves time for that wait on, the others lapse."""
        undecided = [one for one in due if now >= expires_at(one, self.lab.policy.approval_timeout)]
        done: set[int] = set()
        with ExitStack() as as_if_it_were:
            for one in undecided:
                if one.id in done:
                    continue
                later = postponed(one, self._scene(book, calendar, one.member, now))
                if later is not None:
                    entered = self._postpone(book, one, later, now)
                    as_if_it_were.enter_context(as_if(calendar, one, entered))
                    done.add(one.id)
                else:
                    done |= self._lapse(book, calendar, one, now)
        return len(done)

    def _postpone(self, book: Book, pending: Reservation, later: Placement, now: datetime) -> Reservation:
        after = replace(pending, window=later.window, gpus=later.gpus)
        entered = self._change(book, CLOCK, "postponed", pending, after, now)
        was = f"{pending.window.start.isoformat()}/{pending.window.end.isoformat()}"
        self._tell_member(book, NoticeKind.DECISION, entered, now, act="postponed", was=was)
        self._nag(book, entered, now)
        return entered

    def _lapse(self, book: Book, calendar: Calendar, one: Reservation, now: datetime) -> set[int]:
        """The member is offered what of it needs nobody's word, if there is such a part. The ids that have changed."""
        part = self._part(book, calendar, one, now) if one.group is None else None
        if part is not None:
            self._offer_instead(book, CLOCK.id, one, part, now, act="part")
            return {one.id}
        offers = self._instead_of_asked(book, calendar, one, now)
        entered = self._change(book, CLOCK, "expired", one, replace(one, state=State.EXPIRED), now)
        pieces = self._decide_pieces(book, CLOCK, "expired", one, entered, now)
        facts = {"offers": offers_to_json(offers)} if offers else {}
        self._tell_member(book, NoticeKind.DECISION, entered, now, act="expired", **facts)
        return {entered.id, *(piece.id for piece in pieces)}

    def _start(self, book: Book, due: Iterable[Reservation], now: datetime) -> int:
        return sum(bool(self._change(book, CLOCK, "started", one, self._begun_on(book, one, now), now)) for one in due)
