"""What time does: reservations end, undecided requests expire, reservations start."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.booking.lifecycle import State
from bot.booking.model import Reservation
from bot.booking.notices import NoticeKind
from bot.desk.base import CLOCK
from bot.desk.binding import Binding
from storage.book import Book

LEAST_TO_DECIDE = timedelta(hours=1)  # for a request that was to start at once or soon


class Turnover(Binding):
    """The use case that nobody asks for."""

    def turnover(self, now: datetime) -> int:
        """Do what is due: ends before starts, so that GPUs are free for who is next. Returns how many changed.

        At its start a reservation's GPUs, tentative until then, are bound. Harmless when several bots do it.
        """
        with self._writing(now) as (book, _):
            due = book.due(now, self.lab.policy.approval_timeout)
            return sum(
                (
                    self._end(book, (one for one in due if one.state is State.ACTIVE), now),
                    self._expire(book, (one for one in due if one.state is State.PENDING), now),
                    self._start(book, (one for one in due if one.state is State.BOOKED), now),
                )
            )

    def _end(self, book: Book, due: Iterable[Reservation], now: datetime) -> int:
        return sum(bool(self._change(book, CLOCK, "ended", one, replace(one, state=State.ENDED), now)) for one in due)

    def _expire(self, book: Book, due: Iterable[Reservation], now: datetime) -> int:
        expired = [one for one in due if now >= expires_at(one, self.lab.policy.approval_timeout)]
        for one in expired:
            entered = self._change(book, CLOCK, "expired", one, replace(one, state=State.EXPIRED), now)
            self._tell_member(book, NoticeKind.DECISION, entered, now, act="expired")
        return len(expired)

    def _start(self, book: Book, due: Iterable[Reservation], now: datetime) -> int:
        return sum(bool(self._change(book, CLOCK, "started", one, self._begun_on(book, one, now), now)) for one in due)


def expires_at(pending: Reservation, timeout: timedelta) -> datetime:
    """When an undecided request lapses: at the timeout or its start, but not within the first hour; at its end."""
    start = max(pending.window.start, pending.created_at + LEAST_TO_DECIDE)
    return min(pending.created_at + timeout, start, pending.window.end)
