"""What time does: ends, lapses and starts, each once, however late and by however many bots."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.booking.lab import Policy, PoolRule
from bot.booking.lifecycle import State
from bot.booking.model import Window
from bot.booking.notices import NoticeKind
from bot.booking.weighing import expires_at
from bot.desk import Desk
from bot.errors import Busy, WrongState
from bot.jobs.turnover import turnover
from desks import NOW, booked, changed, named, stands
from make import ADA, ALICE, BOB, lab, monday, reservation
from storage.ledger import Ledger

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def acts(desk: Desk, id_: int) -> list[tuple[str, str]]:
    return [(entry.act, entry.who) for entry in desk.show(id_, NOW)[1]]


def test_a_reservation_starts_at_its_start_and_ends_at_its_end(desk):
    one = booked(desk)
    assert desk.turnover(monday(9) - MINUTE) == 0
    assert desk.turnover(monday(9)) == 1
    assert stands(desk, one.id) == replace(one, state=State.ACTIVE, version=2)
    assert desk.turnover(monday(17) - MINUTE) == 0
    assert desk.turnover(monday(17)) == 1
    assert stands(desk, one.id) == replace(one, state=State.ENDED, version=3)
    assert acts(desk, one.id) == [("booked", ALICE.id), ("started", ""), ("ended", "")]


def test_ends_come_before_starts_so_that_the_next_finds_its_gpus_free(desk):
    last = booked(desk, wanted=named("atlas:0", start=8, end=10))
    next_one = booked(desk, BOB, named("atlas:0", start=10, end=12, member=BOB.id))
    before = desk.version(NOW)
    assert desk.turnover(monday(10)) == 2
    assert desk.version(NOW) == before + 1
    assert (stands(desk, last.id).state, stands(desk, next_one.id).state) == (State.ENDED, State.ACTIVE)
    with desk.ledger.reading() as book:
        changes = [(entry.at, entry.act) for id_ in (last.id, next_one.id) for entry in book.history(id_)[1:]]
    assert changes == [(monday(10), "ended"), (monday(10), "started")]


def test_it_is_harmless_again_and_by_another_bot(desk, ledger):
    booked(desk)
    other = Desk(Ledger(ledger.engine), lab())
    assert other.turnover(monday(9)) == 1
    assert (desk.turnover(monday(9)), other.turnover(monday(9))) == (0, 0)


def test_with_nothing_due_it_waits_for_nobody_who_writes(ledger):
    desk = Desk(Ledger(ledger.engine, patience=0.05), lab())
    booked(desk)
    with ledger.writing():
        assert turnover(desk, monday(9) - 5 * MINUTE) == 0
        with pytest.raises(Busy):
            turnover(desk, monday(9))
    assert turnover(desk, monday(9)) == 1


def test_the_start_is_told_once_to_its_member_about_its_start(desk, owed):
    one = booked(desk)
    desk.extend(ALICE, one.id, HOUR, NOW)
    desk.turnover(monday(9) + MINUTE)
    desk.turnover(monday(9) + 2 * MINUTE)
    desk.extend(ALICE, one.id, HOUR, monday(10))
    desk.turnover(monday(10))
    (told,) = [notice for notice in owed() if notice.kind is NoticeKind.START]
    assert (told.to, told.reservation, told.about) == (ALICE.id, one.id, monday(9))
    assert told.due_at == monday(9) + MINUTE


def test_gpus_are_tentative_until_the_start_and_stay_from_then_on(desk):
    one = booked(desk)
    assert one.gpus == ("atlas:0",)
    booked(desk, BOB, named("atlas:0", start=12, end=13, member=BOB.id))
    at_start = stands(desk, one.id).gpus
    assert at_start != ("atlas:0",)
    desk.turnover(monday(9))
    outcome = desk.reserve(named(*at_start, start=14, end=15, member=BOB.id), BOB, monday(9))
    assert outcome.reservation is None
    assert stands(desk, one.id).gpus == at_start


def test_a_bot_that_was_down_catches_up_step_by_step(desk):
    one = booked(desk, start=9, end=10)
    assert desk.turnover(monday(12)) == 1
    assert desk.turnover(monday(12)) == 1
    assert [act for act, _ in acts(desk, one.id)] == ["booked", "started", "ended"]


@pytest.mark.parametrize(
    ("start", "end", "timeout", "lapses"),
    [
        (40, 50, 24, 24),  # at the timeout
        (10, 50, 24, 10),  # at its start
        (0, 50, 24, 1),  # not within the first hour
        (0.5, 50, 24, 1),
        (0, 0.25, 24, 0.25),  # but at its end
        (0, 50, 0.5, 0.5),
    ],
)
def test_an_undecided_request_lapses(start, end, timeout, lapses):
    asked = reservation(1, start, end, state=State.PENDING)
    assert expires_at(asked, timedelta(hours=timeout)) == monday(lapses)


@pytest.mark.parametrize(
    ("timeout", "start", "lapses"),
    [(24, 8, 9), (24, 8.5, 9), (24, 12, 12), (2, 12, 10)],
    ids=["from now on", "within the hour", "at its start", "at the timeout"],
)
def test_it_lapses_then_and_not_before_and_its_member_is_told(ledger, owed, timeout, start, lapses):
    asks = {"a100": PoolRule(approval=True)}  # every part of it needs an admin too
    desk = Desk(ledger, lab(policy=Policy(approval_timeout=timedelta(hours=timeout)), rules=asks))
    asked = booked(desk, count=4, start=start)
    assert asked.state is State.PENDING
    assert desk.turnover(monday(lapses) - MINUTE) == 0
    assert desk.turnover(monday(lapses)) == 1
    assert stands(desk, asked.id) == replace(asked, state=State.EXPIRED, version=2)
    (told,) = [notice for notice in owed() if notice.kind is NoticeKind.DECISION]
    assert (told.to, told.facts, told.due_at) == (ALICE.id, {"act": "expired"}, monday(lapses))
    assert desk.board(monday(lapses)).pools[0].steps[0][1] == 4


def test_a_request_that_was_decided_in_time_does_not_lapse(desk):
    asked = booked(desk, count=4, start=8)
    approved = changed(desk.approve(ADA, asked.id, NOW + 30 * MINUTE))
    assert desk.turnover(monday(9)) == 0
    assert stands(desk, asked.id) == approved


def test_the_gpus_of_what_has_ended_are_free_on_the_board(desk):
    booked(desk, count=4, start=12, end=13, who=ADA)
    desk.approve(ADA, 1, NOW)
    desk.turnover(monday(12))
    assert desk.board(monday(13)).pools[0].steps[0][1] == 4
    assert desk.board(monday(12.5), Window(monday(12.5), monday(13))).pools[0].steps == ((monday(12.5), 0),)


def test_one_that_is_extended_before_the_tick_that_starts_it_is_told_of_its_start_once(desk, owed):
    one = booked(desk, start=9, end=10)
    desk.extend(ALICE, one.id, timedelta(hours=1), monday(9))
    desk.turnover(monday(9))
    assert [notice.reservation for notice in owed() if notice.kind is NoticeKind.START] == [one.id]


@pytest.mark.parametrize("by", [HOUR / 2, 3 * HOUR], ids=["until then", "until later"])
def test_what_is_over_is_not_extended_though_no_tick_has_ended_it(desk, by):
    one = booked(desk, wanted=named("atlas:0", start=9, end=10))
    booked(desk, BOB, named("atlas:0", start=10, end=11, member=BOB.id))
    with pytest.raises(WrongState, match=f"^{one.label} is over\\.$"):
        desk.extend(ALICE, one.id, by, monday(11.25))
    assert stands(desk, one.id) == one


def test_nobody_is_told_of_a_start_that_is_over(desk, owed):
    booked(desk, start=9, end=10)
    desk.turnover(monday(11))
    assert [notice for notice in owed() if notice.kind is NoticeKind.START] == []
