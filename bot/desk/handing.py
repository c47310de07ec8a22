"""Handing a reservation over: another member takes it as it is, or does not."""

from dataclasses import replace
from datetime import datetime

from bot.booking.amend import as_request
from bot.booking.asking import Question
from bot.booking.calendar import Calendar
from bot.booking.decision import Granted, Held, Placement, Refused
from bot.booking.judge import judge
from bot.booking.lifecycle import State
from bot.booking.members import Member
from bot.booking.reasons import Alone
from bot.desk.asking import Asking
from bot.desk.base import own
from bot.desk.outcome import Asked, Kept, NotChanged, Once, Outcome, Settled
from bot.errors import InputError, NotFound
from storage.book import Book

TAKEN = "taken"


class Handing(Asking):
    """The use cases of giving away."""

    def give(self, who: Member, id_: int, to: str, now: datetime, *, once: Once | None = None) -> Outcome | Kept:
        """Offer a reservation to `to`, who must take it. Raises NotFound, NotYours, WrongState, InputError, Busy."""

        def do(book: Book, _: Calendar) -> Outcome:
            held = self._found(book, id_, None)
            own(who, held)
            if held.state not in (State.BOOKED, State.ACTIVE) or held.window.end <= now:
                raise self._too_late(book, held)
            if to == held.member:
                raise InputError(f"{held.label} is theirs already.", example=f"give {held.label} to @bob")
            known = book.member(None, to)
            if known is None or known.bot or known.deleted:
                raise NotFound("Nobody like that works here.")
            request = replace(as_request(held, held.window), member=to, asked_by=to)
            question = Question(held.id, held.version, to, who.id, self._day(who, now), request, now, give=True)
            refusal = f"{held.label} was offered to them today already."
            entered = self._enter_question(book, question, refusal, now, give="yes")
            book.audit(who.id, f"offered {held.label} to {to}", None, entered, now)
            return Asked(entered, held)

        return self._once(once, now, do)

    def take(
        self, who: Member, id_: int, now: datetime, *, version: int | None = None, once: Once | None = None
    ) -> Outcome | Kept:
        """Accept a hand-over: the member changes, all else stays, promises too.

        The limits are judged for who takes it: over one that binds it is NotChanged, and can still be declined.
        Raises NotFound, NotYours, WrongState (answered, or changed since), Busy.
        """

        def do(book: Book, calendar: Calendar) -> Outcome:
            question = self._asked_of(book, who, id_)
            held = self._still(book, question, version, now)
            request = replace(as_request(held, held.window), member=who.id, asked_by=who.id)
            with calendar.without(held):
                placement = Placement(held.pool, held.gpus, held.window)
                verdict = judge(request, placement, self._scene(book, calendar, who.id, now))
            match verdict:
                case Granted():
                    after = self._change(
                        book, who, "taken over", held, replace(held, member=who.id, asked_by=who.id), now
                    )
                    too = () if held.member == who.id else (held.member,)
                    self._answer(book, question, TAKEN, who.id, after, now, too=too)
                    return Settled(self._again(book, id_), held, after)
                case Held(limits=limits):
                    return NotChanged(held, request, Refused(tuple(map(Alone, limits))))
                case Refused():
                    return NotChanged(held, request, verdict)

        return self._once(once, now, do)
