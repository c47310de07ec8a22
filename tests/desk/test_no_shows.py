"""No-shows: asked about at half the grace, released after it, unless they were seen or say that they are there."""

from datetime import timedelta

import pytest

from bot.booking.lifecycle import State
from bot.booking.model import Window
from bot.booking.notices import NoticeKind
from bot.errors import NotYours
from desks import NOW, booked, stands
from make import ALICE, BOB, monday, request

MINUTE = timedelta(minutes=1)


@pytest.fixture
def one(desk):
    """Two GPUs from 9 to 17, running."""
    made = booked(desk, count=2)
    desk.turnover(monday(9))
    return made


@pytest.fixture
def told(owed):
    return lambda: [(n.to, n.facts["act"], n.due_at) for n in owed() if n.kind is NoticeKind.NO_SHOW]


def watch(desk, id_, since, until):
    """What the watch reports, every five minutes."""
    return sum(desk.unseen([id_], monday(9) + minute * MINUTE) for minute in range(since, until + 1, 5))


def test_who_does_not_come_is_asked_and_then_loses_the_rest(desk, one, told):
    assert watch(desk, one.id, 0, 25) == 0
    assert told() == [(ALICE.id, "unseen", monday(9.25))]
    assert watch(desk, one.id, 30, 60) == 1
    after = stands(desk, one.id)
    assert (after.state, after.window) == (State.NO_SHOW, Window(monday(9), monday(9.5)))
    assert told()[1:] == [(ALICE.id, "no_show", monday(9.5))]
    assert booked(desk, BOB, request(2, 9.5, 12, member=BOB.id), now=monday(9.5)).gpus == one.gpus


def test_who_says_that_they_are_there_keeps_it(desk, one, told):
    watch(desk, one.id, 0, 25)
    assert desk.here(ALICE, one.id, monday(9.4)).id == one.id
    assert watch(desk, one.id, 30, 120) == 0
    assert (stands(desk, one.id).state, len(told())) == (State.ACTIVE, 1)


def test_who_was_seen_once_is_no_no_show_later(desk, one, told):
    desk.seen([one.id], monday(9) + 5 * MINUTE)
    assert watch(desk, one.id, 10, 120) == 0
    assert told() == []


def test_somebody_elses_word_does_not_count(desk, one):
    with pytest.raises(NotYours):
        desk.here(BOB, one.id, monday(9.4))


def test_nobody_is_released_without_having_had_time_to_answer(desk, one, told):
    """As after an hour in which nothing was read."""
    assert desk.unseen([one.id], monday(10)) == 0
    assert told() == [(ALICE.id, "unseen", monday(10))]
    assert desk.unseen([one.id], monday(10) + 14 * MINUTE) == 0
    assert desk.unseen([one.id], monday(10) + 15 * MINUTE) == 1


def test_it_is_about_running_reservations_only(desk, told):
    later = booked(desk, start=12, end=14)
    gone = booked(desk, BOB, start=8, end=10)
    desk.release(BOB, gone.id, NOW)
    assert desk.unseen([later.id, gone.id, 99], monday(11)) == 0
    assert told() == []


def test_the_question_says_until_when_it_can_be_answered(desk, one, owed):
    desk.unseen([one.id], monday(9.25))
    (asked,) = [notice for notice in owed() if notice.kind is NoticeKind.NO_SHOW]
    assert asked.facts["until"] == monday(9.5).isoformat()
