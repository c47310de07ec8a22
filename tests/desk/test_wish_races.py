"""Two or more want the same wish at the same moment, of several bots on one database: one of them has it."""

import threading
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from bot.booking.lab import Policy
from bot.booking.lifecycle import State
from bot.booking.members import Member
from bot.booking.model import Before, Fixed, Promise, Request
from bot.booking.notices import NoticeKind
from bot.desk import Asked, Booked, Changed, Desk, Passed, Settled, Waitlisted
from bot.errors import NotYours, WrongState
from desks import booked, changed, stands
from make import ADA, ALICE, BOB, CAROL, lab, monday, request, window
from racing import at_once
from storage.engine import open_engine
from storage.ledger import Ledger

NOW = monday()
HOUR = timedelta(hours=1)
FREE = lab(policy=Policy(max_share=1, margin=timedelta()))


@pytest.fixture
def bots(database_url, ledger):
    """Two desks on one database, each with connections of its own, as in two processes."""
    engines = [open_engine(database_url) for _ in range(2)]
    yield [Desk(Ledger(engine), FREE) for engine in engines]
    for engine in engines:
        engine.dispose()


def all_at_once(*acts) -> list[object]:
    """What each gives, or the WrongState that stopped it."""

    def act(client: int, barrier: threading.Barrier) -> object:
        barrier.wait()
        try:
            return acts[client]()
        except (WrongState, NotYours) as late:
            return late

    return at_once(len(acts), act)


def day(number: int) -> float:
    return 24.0 * number


def test_an_offer_is_taken_once_or_passed_on_by_whichever_click_comes_first(bots, rounds):
    for number in range(rounds(2, 60)):
        now = monday(day(number))
        held = booked(bots[0], ALICE, request(4, day(number), day(number) + 6), now=now)
        waits = bots[1].wait(request(4, day(number), day(number) + 2, member=BOB.id), BOB, now)
        assert isinstance(waits, Waitlisted)
        changed(bots[0].release(ALICE, held.id, now))
        (offer,) = [one for one in bots[1].mine(BOB.id, now) if one.state is State.OFFERED]
        acts = [
            lambda desk=desk, who=who, act=act, id_=offer.id, now=now: act(desk, who, id_, now, version=1)
            for desk in bots
            for who, act in ((BOB, Desk.accept), (ADA, Desk.accept), (BOB, Desk.let_go))
        ]
        answers = all_at_once(*acts)
        assert sum(isinstance(answer, Changed | Passed) for answer in answers) == 1, answers
        taken = any(isinstance(answer, Changed) for answer in answers)
        assert stands(bots[0], offer.id).state is (State.ACTIVE if taken else State.CANCELLED)
        assert [one.id for one in waits_open(bots[1])] == ([] if taken else [waits.waiting.id])
        for one in waits_open(bots[1]):
            bots[1].leave(BOB, one.id, now)
        for one in bots[0].mine(BOB.id, now):
            bots[0].release(BOB, one.id, now)


def waits_open(desk: Desk):
    with desk.ledger.reading() as book:
        return book.waitlist()


def test_of_two_bots_that_serve_at_once_each_who_waits_is_offered_one_place(bots, rounds):
    for number in range(rounds(2, 60)):
        now = monday(day(number))
        held = booked(bots[0], ALICE, request(4, day(number), day(number) + 6), now=now)
        for who in (BOB, CAROL):
            bots[1].wait(request(4, day(number), day(number) + 2, member=who.id), who, now)
        with bots[0].ledger.writing() as book:  # released, but nobody has looked through the waitlist yet
            book.change([(held, replace(held, state=State.CANCELLED))], now)
        all_at_once(*[lambda desk=desk, now=now: desk.serve_waitlist(now) for desk in bots * 3])
        with bots[0].ledger.reading() as book:
            offers = [one for one in book.everything() if one.state is State.OFFERED]
        first, then = window(day(number), day(number) + 2), window(day(number) + 2, day(number) + 4)
        assert [(one.member, one.window) for one in offers] == [(BOB.id, first), (CAROL.id, then)]
        for one in waits_open(bots[0]):
            bots[0].leave(Member(one.member, ""), one.id, now)


def question(desk: Desk, number: int, now: datetime) -> tuple[int, int, str]:
    """Bob asks alice for one of her two GPUs; (her reservation, the question, a choice that gives one)."""
    start = day(number) + 1
    hers = booked(desk, ALICE, request(4, start, start + 4), now=now)
    wish = Request(BOB.id, 1, Fixed(window(start, start + 2)), pool="a100", asked_by=BOB.id)
    asked = desk.ask(BOB, hers.id, wish, now)
    assert isinstance(asked, Asked)
    return hers.id, asked.question.id, asked.concessions[0].key


def test_an_answer_while_the_holder_releases_is_all_or_nothing(bots, rounds):
    for number in range(rounds(2, 60)):
        now = monday(day(number))
        id_, asked, choice = question(bots[0], number, now)
        given, released = all_at_once(
            lambda asked=asked, choice=choice, now=now: bots[0].give_up(ALICE, asked, choice, now),
            lambda id_=id_, now=now: bots[1].release(ALICE, id_, now),
        )
        hers = stands(bots[0], id_)
        got = [one for one in bots[0].mine(BOB.id, now) if one.window.start >= now]
        assert isinstance(released, Changed), "the release is of the reservation as it is"
        assert hers.state is State.CANCELLED
        assert len(got) == (1 if isinstance(given, Settled) else 0), given
        for one in got:
            bots[0].release(BOB, one.id, now)


def test_a_question_is_answered_once_by_whichever_click_comes_first(bots, rounds):
    for number in range(rounds(2, 60)):
        now = monday(day(number))
        id_, asked, choice = question(bots[0], number, now)
        answers = all_at_once(
            *[lambda desk=desk, a=asked, c=choice, now=now: desk.give_up(ALICE, a, c, now) for desk in bots * 2],
            *[lambda desk=desk, a=asked, now=now: desk.decline(ALICE, a, now) for desk in bots * 2],
        )
        assert sum(isinstance(answer, Settled) for answer in answers) == 1
        assert all(isinstance(answer, Settled | WrongState) for answer in answers)
        got = bots[0].mine(BOB.id, now)
        (settled,) = [answer for answer in answers if isinstance(answer, Settled)]
        assert len(got) == (1 if settled.got is not None else 0)
        for one in got:
            bots[0].release(BOB, one.id, now)
        bots[0].release(ALICE, id_, now)


def test_a_hand_over_is_taken_once(bots, rounds, owed):
    for number in range(rounds(2, 60)):
        now = monday(day(number))
        hers = booked(bots[0], ALICE, request(2, day(number) + 1, day(number) + 4), now=now)
        offered = bots[0].give(ALICE, hers.id, BOB.id, now) if _knows(bots[0], BOB, now) else None
        assert isinstance(offered, Asked)
        before = len(owed())
        answers = all_at_once(
            *[lambda d=desk, q=offered, now=now: d.take(BOB, q.question.id, now) for desk in bots * 4]
        )
        assert Counter(type(answer) for answer in answers) == {Settled: 1, WrongState: 7}
        now_his = stands(bots[1], hers.id)
        assert (now_his.member, now_his.version) == (BOB.id, hers.version + 1)
        told = [notice.to for notice in owed()[before:] if notice.kind is NoticeKind.ANSWER]
        assert told == [ALICE.id], "she is told once"
        bots[1].release(BOB, hers.id, now)


def _knows(desk: Desk, who: Member, now: datetime) -> bool:
    with desk.ledger.writing() as book:
        book.remember("T", who.id, who.name, "UTC", bot=False, deleted=False, now=now)
    return True


def test_a_deadline_that_moves_while_bookings_come_in_leaves_no_promise_by_the_old_date(bots, rounds):
    """Whoever booked by the old date is re-planned or told; a booking that comes after it has the new one."""
    for number in range(rounds(2, 40)):
        now, name = monday(day(number)), f"conf{number}"
        old, new = monday(day(number) + 20), monday(day(number) + 10)
        bots[0].add_deadline(ADA, name, old, "UTC", now)
        run = Before(2 * HOUR, Promise(old, old, name), now)

        def book(who: Member, desk: Desk, run: Before = run, now: datetime = now) -> object:
            return desk.reserve(Request(who.id, 1, run, pool="a100", asked_by=who.id), who, now)

        first = book(ALICE, bots[0])
        assert isinstance(first, Booked)
        all_at_once(
            lambda now=now, name=name, new=new: bots[0].add_deadline(ADA, name, new, "UTC", now),
            *[lambda who=who, desk=desk: book(who, desk) for who in (ALICE, BOB, CAROL) for desk in bots],
        )
        with bots[1].ledger.reading() as reading:
            held = [one for one in reading.everything() if one.holds and one.promise and one.promise.name == name]
        assert len(held) >= 1
        assert stands(bots[1], first.reservation.id).promise == Promise(new, new, name)
        for gpu in {gpu for one in held for gpu in one.gpus}:
            mine = sorted((one for one in held if gpu in one.gpus), key=lambda one: one.window.start)
            assert all(one.window.end <= other.window.start for one, other in pairwise(mine))
        assert all(one.window.end <= one.promise.by for one in held)
        for one in held:
            bots[0].release(Member(one.member, ""), one.id, now)
