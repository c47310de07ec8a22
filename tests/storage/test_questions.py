"""Questions in the ledger: one a day of each pair, answered once; requests as JSON and back."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from bot.booking.asking import Question
from bot.booking.model import Before, Promise, Request, Work
from make import ALICE, BOB, CAROL, monday, request, reservation
from storage.requests import request_from_json, request_to_json

NOW = monday(8)
PROMISE = Promise(monday(48), monday(24), "neurips")


@pytest.fixture
def question(ledger) -> Question:
    with ledger.writing() as book:
        held = book.add(reservation(0))
    return Question(held.id, 1, ALICE.id, BOB.id, "2026-11-02", request(member=BOB.id, reason="é & <b>"), NOW)


@pytest.mark.parametrize(
    "wanted",
    [
        request(2, 9.25, 17),
        replace(request(1), gpus=("atlas:0",), pool=None, memory_gb=40),
        replace(request(2), node="atlas"),
        Request(BOB.id, 4, Before(timedelta(minutes=90), PROMISE, NOW), pool="a100", asked_by=ALICE.id),
        Request(BOB.id, 1, Before(timedelta(hours=9), PROMISE, NOW, timedelta(hours=3)), reason="runs"),
        Request(BOB.id, 0, Work(40.5, replace(PROMISE, name=None), NOW), pool="a100"),
    ],
    ids=["fixed", "named", "on a node", "before", "in pieces", "work"],
)
def test_a_request_comes_back_from_json(wanted):
    assert request_from_json(request_to_json(wanted)) == wanted


def test_a_question_comes_back_as_it_was_asked(ledger, question):
    with ledger.writing() as book:
        asked = book.ask(replace(question, exchange=9))
    assert asked == replace(question, exchange=9, id=asked.id)
    with ledger.reading() as book:
        assert book.question(asked.id) == asked
        assert book.question(99) is None
        assert book.open_questions() == book.open_questions(question.reservation) == [asked]
        assert book.open_questions(99) == []


def test_a_question_is_answered_once(ledger, question):
    with ledger.writing() as book:
        asked = book.ask(question)
        assert book.answer(asked.id, "all:0", monday(9))
        assert not book.answer(asked.id, "declined", monday(10))
        assert book.question(asked.id) == replace(asked, answer="all:0", answered_at=monday(9))
        assert book.open_questions() == []


def test_the_database_takes_one_question_a_day_of_a_pair(ledger, question):
    with ledger.writing() as book:
        first = book.ask(question)
        assert book.asked_that_day(question) == first
        for other in (
            replace(question, day="2026-11-03"),
            replace(question, asker=CAROL.id),
            replace(question, give=True),
        ):
            assert book.asked_that_day(other) is None
            given = book.ask(other)
            assert book.question(given.id) == given
    with pytest.raises(IntegrityError), ledger.writing() as book:
        book.ask(question)


def test_what_is_in_the_ledger_is_not_asked_again(ledger, question):
    with pytest.raises(ValueError, match="already"), ledger.writing() as book:
        book.ask(replace(question, id=3))
