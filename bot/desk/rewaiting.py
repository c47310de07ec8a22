"""What a moved or dropped deadline does to the requests that wait to be done by it."""

from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime

from bot.booking.calendar import Calendar
from bot.booking.lab import Deadline
from bot.booking.lifecycle import State
from bot.booking.members import Member
from bot.booking.model import Fixed, Promise, Reservation, Waiting, instant_of, minute_of
from bot.desk.waiters import Waiters, promised
from storage.book import Book


class Rewaiting(Waiters):
    """The part of the desk that keeps the waitlist true when deadlines change."""

    def _wait_anew(
        self, book: Book, calendar: Calendar, was: Deadline, promise: Promise | None, who: Member, now: datetime
    ) -> None:
        """Each request that waits for the deadline waits for `promise` (None: until then, but for no deadline).

        Its member is told. One that cannot make it any more expires when the waitlist is looked through next.
        """
        for one in self._waiting(book, calendar):
            when = one.request.when
            if isinstance(when, Fixed) or not is_by(when.promise, was, one):
                continue
            after = promised(one, promise or replace(when.promise, name=None))
            # GPUs that are held for it stay so, where they still are in time: see `_offer_fell`.
            held = None if one.offered is None else book.find(one.offered)
            if held is None or held.state is not State.OFFERED:
                after = replace(after, offered=None, until=None)
            book.still_waits(after)
            act = "undated" if promise is None else "redated"
            book.audit(who.id, f"{act} {one.label}", one, after, now)
            to = {} if promise is None else {"to": promise.at.isoformat()}
            facts = {"name": was.label, "from": was.at.isoformat(), **to}
            self._tell_waiting(book, calendar, after, act, now, facts)

    def _offer_fell(
        self, book: Book, calendar: Calendar, as_if: ExitStack, who: Member, held: Reservation, now: datetime
    ) -> Reservation:
        """What was held for somebody who waits would be over too late by now: it is free for others again."""
        (entered,) = book.change([(held, replace(held, state=State.EXPIRED))], now)
        book.audit(who.id, "lapsed", held, entered, now)
        as_if.enter_context(calendar.without(held))
        return entered


def is_by(promise: Promise | None, deadline: Deadline, of: Waiting | Reservation) -> bool:
    """Whether what somebody has, or waits for, is promised by this very date."""
    asked_by = of.request.asked_by if isinstance(of, Waiting) else of.asked_by
    return (
        promise is not None
        and (promise.name or "").lower() == deadline.label.lower()
        and promise.at == instant_of(minute_of(deadline.at))
        and deadline.member in ("", of.member, asked_by)
    )
