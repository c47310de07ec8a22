"""What members ask of the holders of reservations, and reservations that are handed over: open until answered."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, insert, select, update

from bot.booking.asking import Question
from storage.requests import request_from_json, request_to_json
from storage.tables import QUESTION
from storage.transaction import Transaction

_OPEN = QUESTION.c.answer.is_(None)


class Questions(Transaction):
    """The part of a Book that keeps questions. Of a pair the ledger takes one a day; hand-overs are apart."""

    def ask(self, question: Question) -> Question:
        """Enter a new question, whose id must be 0, and return it with its id; see `asked_that_day` before."""
        if question.id:
            raise ValueError(f"question {question.id} is in the ledger already")
        row_id = self._connection.scalar(_ADD, _to_row(question))
        assert row_id is not None  # noqa: S101  # an INSERT ... RETURNING that did not raise returns its row
        return replace(question, id=row_id)

    def asked_that_day(self, question: Question) -> Question | None:
        """The pair's question of the same day, answered or not: it leaves no place for another one."""
        wanted = (QUESTION.c.asker == question.asker, QUESTION.c.holder == question.holder)
        return next(iter(self._questions(*wanted, QUESTION.c.day == _day(question))), None)

    def question(self, id: int) -> Question | None:  # noqa: A002
        """The question as it is now."""
        return next(iter(self._questions(QUESTION.c.id == id)), None)

    def open_questions(self, reservation: int | None = None) -> list[Question]:
        """Those that nobody has answered, first come first; of one reservation or of all."""
        return self._questions(_OPEN, *(() if reservation is None else (QUESTION.c.reservation_id == reservation,)))

    def answer(self, id: int, answer: str, now: datetime) -> bool:  # noqa: A002
        """Write the answer down. False if there is one already."""
        result = self._connection.execute(
            update(QUESTION).where(QUESTION.c.id == id, _OPEN).values(answer=answer, answered_at=now)
        )
        return result.rowcount == 1

    def _questions(self, *where: ColumnElement[bool]) -> list[Question]:
        rows = self._connection.execute(select(QUESTION).where(*where).order_by(QUESTION.c.id))
        return [_from_row(row) for row in rows]


_ADD = insert(QUESTION).returning(QUESTION.c.id)


def _day(question: Question) -> str:
    """The day by which the ledger tells a pair's questions apart: hand-overs are counted by themselves."""
    return f"{question.day} give R{question.reservation}" if question.give else question.day


def _to_row(question: Question) -> dict[str, Any]:
    more = {"exchange": question.exchange, "give": question.give}
    return {
        "reservation_id": question.reservation,
        "version": question.version,
        "holder": question.holder,
        "asker": question.asker,
        "day": _day(question),
        "request": request_to_json(question.request) | more,
        "asked_at": question.asked_at,
        "answer": question.answer,
        "answered_at": question.answered_at,
    }


def _from_row(row: Any) -> Question:
    return Question(
        reservation=row.reservation_id,
        version=row.version,
        holder=row.holder,
        asker=row.asker,
        day=row.day.partition(" ")[0],
        request=request_from_json(row.request),
        asked_at=row.asked_at,
        exchange=row.request.get("exchange"),
        give=row.request.get("give", False),
        id=row.id,
        answer=row.answer,
        answered_at=row.answered_at,
    )
