"""Asking the holder of a reservation, who gives all, a part or another place of it, or declines."""

import json
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime

from bot.booking.amend import given_back
from bot.booking.asking import Question, as_if, conceded, concessions, remaining, with_it, without_it
from bot.booking.calendar import Calendar
from bot.booking.decide import decide
from bot.booking.decision import Granted, Refused
from bot.booking.giving import Gives, Plea, becoming
from bot.booking.lifecycle import State
from bot.booking.members import Member
from bot.booking.model import Fixed, Request, Reservation, Window, instant_of, minute_of
from bot.booking.reasons import Taken
from bot.desk.asking import Asking
from bot.desk.base import begun
from bot.desk.outcome import Asked, Kept, NotAsked, Once, Outcome, Settled
from bot.desk.reserving import Reserving
from bot.errors import InputError, NotYours, WrongState
from storage.book import Book
from storage.requests import request_to_json

NO_MORE = "This does not fit any more: nothing was changed."


class Questions(Asking, Reserving):
    """One question a day of each member to each holder, one answer to each."""

    def ask(
        self,
        who: Member,
        id_: int,
        request: Request | None,
        now: datetime,
        *,
        exchange: int | None = None,
        reason: str = "",
        once: Once | None = None,
    ) -> Outcome | Kept:
        """Ask R`id_`'s holder for room for the request (None: for all of R`id_`, from now or its start on).

        `exchange`: the asker's own reservation that they offer for it. Answers Asked or NotAsked.
        Raises NotFound, NotYours (for somebody else), WrongState (one's own; free anyway; asked today already), Busy.
        """

        def do(book: Book, calendar: Calendar) -> Outcome:
            held = self._askable(book, who, id_, now)
            wanted = _all_of(held, who, reason, now) if request is None else _like(held, request)
            if wanted.member != who.id:
                raise NotYours("Ask for yourself: the GPUs would be yours.")
            day = self._day(who, now)
            question = Question(held.id, held.version, held.member, who.id, day, wanted, now, exchange)
            plea = self._plea(book, calendar, question, held, now)
            if exchange is not None and (plea.exchange is None or plea.exchange.member != who.id):
                raise NotYours(f"R{exchange} is not yours to offer.")
            if exchange is None and isinstance(
                decide(wanted, plea.scene.snapshot, calendar, self.lab.policy, now), Granted
            ):
                raise WrongState("That is free: book it, nobody needs to be asked.")
            found = concessions(plea)
            if not found:
                return NotAsked(held, wanted, without_it(plea))
            refusal = f"You have asked the holder of {held.label} today already: one question a day."
            facts = {"request": json.dumps(request_to_json(wanted)), "choices": ",".join(one.key for one in found)}
            if plea.exchange is not None:
                facts["exchange"] = _offered(plea.exchange)
            entered = self._enter_question(book, question, refusal, now, **facts)
            book.audit(who.id, f"asked for {held.label}", None, entered, now)
            return Asked(entered, held, found)

        return self._once(once, now, do)

    def give_up(
        self, who: Member, id_: int, choice: str, now: datetime, *, version: int | None = None, once: Once | None = None
    ) -> Outcome | Kept:
        """Give the asker of question `id_` what `choice` (a concession's key) says. All of it happens, or nothing.

        Raises NotFound, NotYours, WrongState (answered, changed, or no room any more: with who and when), Busy.
        """

        def do(book: Book, calendar: Calendar) -> Outcome:
            question = self._asked_of(book, who, id_)
            held = self._still(book, question, version, now)
            plea = self._plea(book, calendar, question, held, now)
            kind, figure = _choice(choice)
            found = conceded(plea, kind, figure)
            if found is None:
                raise self._no_more(plea, kind, figure)
            exchanged = plea.exchange if found.kind is Gives.SWAP else None
            if exchanged is not None:
                self._unchanged(book, exchanged, question)
                given = given_back(exchanged, now)
                self._change(book, who, given.state.value, exchanged, given, now)
            after = self._change(book, who, _said(found.kind, found.becomes), held, found.becomes, now)
            placement = found.granted.placement
            with calendar.without(exchanged) if exchanged else nullcontext(), as_if(calendar, held, after):
                asker = Member(question.asker, question.asker)
                state = begun(placement.window, now)
                got, *_ = self._enter(book, calendar, plea.request, found.granted, state, asker, now)
            self._answer(book, question, found.key, who.id, got, now)
            return Settled(self._again(book, id_), held, after, got)

        return self._once(once, now, do)

    def _askable(self, book: Book, who: Member, id_: int, now: datetime) -> Reservation:
        held = self._found(book, id_, None)
        if held.member == who.id:
            raise WrongState(f"{held.label} is yours: nobody needs to be asked.")
        if held.state not in (State.BOOKED, State.ACTIVE) or held.window.end <= now:
            raise self._too_late(book, held)
        return held

    def _plea(self, book: Book, calendar: Calendar, question: Question, held: Reservation, now: datetime) -> Plea:
        scene = self._scene(book, calendar, question.asker, now)
        theirs = self._scene(book, calendar, held.member, now).snapshot
        exchange = None if question.exchange is None else calendar.live.get(question.exchange)
        return Plea(remaining(question.request, now), held, scene, theirs, exchange)

    def _unchanged(self, book: Book, exchanged: Reservation, question: Question) -> None:
        """Raises WrongState where what the holder was told is offered in exchange is something else by now."""
        last = book.history(exchanged.id)[-1]
        if last.at > question.asked_at:
            raise WrongState(f"{exchanged.label} has changed since it was offered.", who=last.who, when=last.at)

    def _no_more(self, plea: Plea, kind: Gives, figure: int) -> WrongState:
        """With who has the GPUs that are missing, and since when: whoever of them came last."""
        becomes = becoming(plea, kind, figure)
        why = None if becomes is None else with_it(plea, kind, becomes)
        taken = [one for one in why.refusals if isinstance(one, Taken)] if isinstance(why, Refused) else []
        live = plea.scene.calendar.live
        others = [live[holding.reservation] for one in taken for holding in one.holders]
        came = max((one for one in others if one.id != plea.held.id), key=lambda one: one.created_at, default=None)
        return WrongState(NO_MORE) if came is None else WrongState(NO_MORE, who=came.member, when=came.created_at)


def _like(held: Reservation, request: Request) -> Request:
    """The request, of the pool that it is asked of where it names none."""
    return request if request.pool or request.gpus else replace(request, pool=held.pool)


def _offered(mine: Reservation) -> str:
    """What is given in exchange, as the notice's fact."""
    window = mine.window
    return json.dumps([mine.label, mine.count, mine.pool, window.start.isoformat(), window.end.isoformat()])


def _choice(key: str) -> tuple[Gives, int]:
    kind, _, figure = key.partition(":")
    try:
        return Gives(kind), int(figure)
    except ValueError:
        raise InputError("I do not understand this choice.", hint="Press one of the question's buttons.") from None


def _all_of(held: Reservation, who: Member, reason: str, now: datetime) -> Request:
    """What the holder has, from the moment on at which it can be used."""
    window = Window(max(held.window.start, instant_of(minute_of(now))), held.window.end)
    return Request(who.id, held.count, Fixed(window), pool=held.pool, reason=reason, asked_by=who.id)


def _said(kind: Gives, becomes: Reservation) -> str:
    """The act as the audit and the lab's channel have it."""
    match kind:
        case Gives.ALL:
            return becomes.state.value
        case Gives.FEWER:
            return "kept"
        case Gives.SHORTER | Gives.LATER:
            return "shortened"
        case Gives.MOVED:
            return "moved"
        case Gives.SWAP:
            return "swapped"
