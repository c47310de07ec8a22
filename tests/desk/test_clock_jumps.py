"""The clock jumps, by minutes and by months, forwards and back: the ledger stays legal, and the desk goes on."""

import random
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.booking.calendar import Calendar
from bot.booking.lifecycle import State
from bot.booking.model import Fixed, Request, Window, minute_of
from bot.desk import Desk
from bot.errors import BotError
from desks import before, booked
from make import ALICE, BOB, CAROL, lab, monday
from storage.ledger import Ledger
from sweeping import Journal, found, wrong

JUMPS = [timedelta(minutes=minutes) for minutes in (-60 * 24 * 30, -60 * 24, -61, -1, 0, 5, 60, 60 * 24, 60 * 24 * 30)]
PEOPLE = (ALICE, BOB, CAROL)
HOUR = timedelta(hours=1)


def act(desk: Desk, chance: random.Random, now: datetime, number: int) -> str | None:
    """Anything that a member, time or a job does; the reason of what was booked."""
    who, id_ = chance.choice(PEOPLE), chance.randint(1, number // 3 + 1)
    start = now.replace(second=0, microsecond=0) + chance.randint(0, 5) * HOUR
    fixed = Request(who.id, 1, Fixed(Window(start, start + 6 * HOUR)), pool="a100", asked_by=who.id, reason=f"{number}")
    deeds = [
        lambda: desk.reserve(fixed, who, now),
        lambda: desk.reserve(before(2, 24 * chance.randint(1, 5), member=who.id), who, now),
        lambda: desk.extend(who, id_, HOUR, now),
        lambda: desk.move(who, id_, now + 3 * HOUR, None, now),
        lambda: desk.release(who, id_, now),
        lambda: desk.undo(who, id_, now),
        lambda: desk.turnover(now),
        lambda: desk.owe_reminders(now),
        lambda: desk.board(now),
    ]
    try:
        chance.choice(deeds)()
    except BotError:  # too late, not theirs, not there: an answer
        return None
    return f"{number}"


def test_whichever_way_the_clock_jumps_the_ledger_stays_legal_and_no_answer_is_a_bug(desk: Desk, rounds) -> None:
    chance, number, now = random.Random(4), 0, monday(8)
    for number in range(rounds(120, 20_000)):
        now = monday(8) + chance.choice(JUMPS) + timedelta(seconds=chance.randint(-600, 600))
        act(desk, chance, now, number)
    there = found(desk.ledger.engine)
    marks = {one["reason"]: (one["id"],) for one in there.reservations}
    # What a clock that was ahead has ended stays so, and its GPUs were free for others.
    still = [one for one in there.reservations if one["state"] not in ("ended", "released")]
    mistakes = wrong(Journal(booked=marks), replace(there, reservations=still))
    assert [one for one in mistakes if one.startswith(("overlap", "chain", "ghost"))] == []
    assert len(there.reservations) > number / 20
    with desk.ledger.reading() as book, desk._looking(now) as (_, warm):
        new = Calendar(desk.lab, minute_of(now))
        new.apply(book.changes(0), book.version)
        assert warm.live == new.live


def test_a_clock_that_jumps_past_a_whole_reservation_starts_and_ends_it(desk: Desk) -> None:
    one = booked(desk, start=9, end=10)
    desk.turnover(monday(12))
    desk.turnover(monday(12))
    assert desk.show(one.id, monday(12))[0].state is State.ENDED


def test_a_clock_that_jumps_back_starts_nothing_twice_and_books_on(desk: Desk, owed) -> None:
    one = booked(desk, start=9, end=17)
    desk.turnover(monday(10))
    told = [notice.key for notice in owed()]
    for now in (monday(8), monday(8, day=-30), monday(9), monday(10)):
        desk.turnover(now)
        assert desk.show(one.id, now)[0].state is State.ACTIVE
    assert [notice.key for notice in owed()] == told
    assert booked(desk, BOB, now=monday(8), start=9, end=10).gpus[0] not in one.gpus


def test_another_bots_clock_may_be_off(ledger: Ledger) -> None:
    ahead, behind = (Desk(Ledger(ledger.engine), lab()) for _ in range(2))
    one = booked(ahead, start=9, end=17, now=monday(8.2))
    other = booked(behind, BOB, start=9, end=17, now=monday(7.8))
    assert not {*one.gpus} & {*other.gpus}
    ahead.turnover(monday(9.1))
    behind.turnover(monday(8.9))
    assert behind.show(one.id, monday(8.9))[0].state is State.ACTIVE
    with pytest.raises(BotError):
        behind.move(ALICE, one.id, monday(12), None, monday(8.9))
