"""What asking for a reservation and handing one over share: questions that wait for one member's answer."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.booking.asking import Question, lapsed
from bot.booking.lifecycle import State
from bot.booking.members import Member
from bot.booking.model import Reservation
from bot.booking.notices import Notice, NoticeKind
from bot.desk.base import SINCE_DRAWN, Base
from bot.desk.outcome import Kept, Once, Outcome, Settled
from bot.errors import NotFound, NotYours, WrongState
from storage.book import Book

DECLINED, LAPSED = "declined", "lapsed"
_ANSWERED = {DECLINED: "declined", LAPSED: "question lapsed about"}  # in the audit


class Asking(Base):
    """Declining, and what lapses."""

    def decline(self, who: Member, id_: int, now: datetime, *, once: Once | None = None) -> Outcome | Kept:
        """No to a question or to a hand-over. Raises NotFound, NotYours, WrongState (answered already), Busy."""

        def do(book: Book, _: object) -> Outcome:
            question = self._asked_of(book, who, id_)
            held = self._found(book, question.reservation, None)
            self._answer(book, question, DECLINED, who.id, held, now)
            return Settled(self._again(book, id_), held, held)

        return self._once(once, now, do)

    def lapse_questions(self, now: datetime) -> int:
        """Close the questions of which nothing can come any more, and tell who asked. Returns how many."""
        with self._looking(now) as (book, _):
            if not self._lapsed(book, now):
                return 0
        with self._writing(now) as (book, _):
            over = self._lapsed(book, now)
            for question, held in over:
                self._answer(book, question, LAPSED, "", held, now)
            return len(over)

    def _lapsed(self, book: Book, now: datetime) -> list[tuple[Question, Reservation]]:
        asked = [(one, self._found(book, one.reservation, None)) for one in book.open_questions()]
        return [(one, held) for one, held in asked if lapsed(one, held, now)]

    def _asked_of(self, book: Book, who: Member, id_: int) -> Question:
        """The open question, which must be theirs to answer."""
        question = book.question(id_)
        if question is None:
            raise NotFound("There is no such question any more.")
        if question.holder != who.id:
            raise NotYours("This is for somebody else to answer.")
        if question.answer is not None:
            told = "has lapsed" if question.answer == LAPSED else "is answered already"
            raise WrongState(f"This {told}.", who=question.holder, when=question.answered_at)
        return question

    def _still(self, book: Book, question: Question, version: int | None, now: datetime) -> Reservation:
        """The reservation that a question is about, unless something but its start happened to it since."""
        held = self._found(book, question.reservation, None)
        if lapsed(question, held, now):
            raise self._too_late(book, held) if not held.holds else WrongState("Too late: that time has passed.")
        last = book.history(held.id)[-1:]
        started = 1 if last and last[0].act == "started" else 0
        drawn = version or question.version
        if held.version not in {drawn, drawn + started}:
            raise self._too_late(book, held, SINCE_DRAWN)
        if held.state not in (State.BOOKED, State.ACTIVE):
            raise self._too_late(book, held)
        return held

    def _enter_question(self, book: Book, question: Question, refusal: str, now: datetime, **facts: str) -> Question:
        """Written down and told to who is to answer. Raises WrongState with `refusal` where the day has one already."""
        earlier = book.asked_that_day(question)
        if earlier is not None:
            raise WrongState(refusal, when=earlier.asked_at)
        entered = book.ask(question)
        facts |= {"act": f"question {entered.id}", "question": str(entered.id), "by": entered.asker}
        facts["version"] = str(entered.version)
        book.owe(Notice(NoticeKind.QUESTION, entered.holder, entered.reservation, now, now, facts))
        return entered

    def _answer(
        self,
        book: Book,
        question: Question,
        answer: str,
        by: str,
        about: Reservation,
        now: datetime,
        *,
        too: tuple[str, ...] = (),
    ) -> None:
        """Write the answer down, and tell who asked, and others `too`. `about` is the reservation shown to them."""
        if not book.answer(question.id, answer, now):
            raise WrongState("This is answered already.", who=question.holder, when=now)
        after = replace(question, answer=answer, answered_at=now)
        act = f"{_ANSWERED.get(answer, 'answered yes about')} R{question.reservation}"
        book.audit(by, act, question, after, now)
        facts = {"act": f"answer {question.id}", "answer": answer, "by": by, "of": f"R{question.reservation}"}
        facts["holder"] = question.holder
        if question.give:
            facts["give"] = "yes"
        for to in dict.fromkeys((question.asker, *too)):
            book.owe(Notice(NoticeKind.ANSWER, to, about.id, now, now, facts))

    def _again(self, book: Book, id_: int) -> Question:
        question = book.question(id_)
        assert question is not None  # noqa: S101 - it was there a moment ago, in this transaction
        return question

    def _day(self, who: Member, now: datetime) -> str:
        """The member's local date, of the lab's where their zone is not known."""
        try:
            zone = ZoneInfo(who.zone)
        except (KeyError, ValueError, OSError):
            zone = ZoneInfo(self.lab.timezone)
        return now.astimezone(zone).date().isoformat()
