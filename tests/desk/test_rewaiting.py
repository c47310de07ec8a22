"""A deadline that moves or is dropped: what waits for it waits for the new date, and whose turn it is is seen anew."""

from datetime import timedelta

import pytest

from bot.booking.lab import Policy
from bot.booking.lifecycle import State
from bot.booking.model import Before, Promise, Request, Waiting
from bot.booking.notices import NoticeKind
from bot.desk import Desk, Waitlisted
from desks import NOW, booked, changed, stands
from handlers.views.notices import message
from make import ADA, ALICE, BOB, CAROL, lab, monday, request
from storage.ledger import Ledger

MARGIN = timedelta(hours=1)


@pytest.fixture
def desk(ledger: Ledger) -> Desk:
    desk = Desk(ledger, lab(policy=Policy(max_share=1, margin=MARGIN)))
    desk.add_deadline(ADA, "neurips", monday(30), "UTC", NOW)
    return desk


@pytest.fixture
def words(owed):
    """`words()`: (to, what) of all that was told to those who wait."""
    return lambda: [(one.to, one.facts["what"]) for one in owed() if one.kind is NoticeKind.WAITING]


def by(at: float, hours: float = 4, member: str = BOB.id, count: int = 4) -> Request:
    run = Before(timedelta(hours=hours), Promise(monday(at), monday(at) - MARGIN, "neurips"), NOW)
    return Request(member, count, run, pool="a100", asked_by=member)


def waits(desk: Desk, wanted: Request) -> Waiting:
    who = {BOB.id: BOB, CAROL.id: CAROL}[wanted.member]
    outcome = desk.wait(wanted, who, NOW)
    assert isinstance(outcome, Waitlisted), outcome
    return outcome.waiting


def open_ones(desk: Desk) -> dict[str, Waiting]:
    with desk.ledger.reading() as book:
        return {one.label: one for one in book.waitlist()}


def move(desk: Desk, at: float, now: float = 8) -> None:
    desk.add_deadline(ADA, "neurips", monday(at), "UTC", monday(now))


def test_what_waits_for_a_deadline_that_moves_waits_for_the_new_date_and_is_told(desk, words, owed):
    booked(desk, ALICE, request(4, 8, 30))
    waits(desk, by(30))
    move(desk, 40)
    assert open_ones(desk)["W1"].request == by(40)
    assert words() == [(BOB.id, "redated")]
    (told,) = [one for one in owed() if one.kind is NoticeKind.WAITING]
    shown = str(message(told, None, late=False, zone=monday().tzinfo))
    assert "neurips has moved" in shown
    assert "W1 goes on waiting, now for 4 × A100" in shown


def test_a_later_date_makes_room_that_is_offered_at_once(desk):
    booked(desk, ALICE, request(4, 9, 30))
    waits(desk, by(30))
    assert [one.state for one in desk.mine(BOB.id, NOW)] == []
    move(desk, 40)
    (offer,) = desk.mine(BOB.id, NOW)
    assert (offer.state, offer.window.start) == (State.OFFERED, monday(30))


def test_a_sooner_date_that_cannot_be_made_ends_the_wait_and_is_told(desk, words):
    booked(desk, ALICE, request(4, 8, 30))
    waits(desk, by(30))
    move(desk, 12.5)
    assert open_ones(desk) == {}
    assert words() == [(BOB.id, "redated"), (BOB.id, "expired")]


def test_a_dropped_one_leaves_what_waits_to_be_done_by_then_without_the_name(desk, words):
    booked(desk, ALICE, request(4, 8, 30))
    waits(desk, by(30))
    desk.drop_deadline(ADA, "neurips", NOW)
    when = open_ones(desk)["W1"].request.when
    assert when == Before(timedelta(hours=4), Promise(monday(30), monday(29), None), NOW)
    assert words() == [(BOB.id, "undated")]


def test_who_waits_for_another_date_is_left_alone(desk, words):
    booked(desk, ALICE, request(4, 8, 30))
    waits(desk, by(29))
    own = desk.add_deadline(CAROL, "thesis", monday(29), "UTC", NOW)
    assert own is not None
    move(desk, 40)
    desk.drop_deadline(CAROL, "thesis", NOW)
    assert open_ones(desk)["W1"].request == by(29)
    assert words() == []


def offered(desk: Desk) -> int:
    held = booked(desk, ALICE, request(4, 8, 30))
    waits(desk, by(30))
    changed(desk.release(ALICE, held.id, monday(9)))
    (offer,) = desk.mine(BOB.id, monday(9))
    return offer.id


def test_an_offer_that_is_still_in_time_stays_and_is_promised_by_the_new_date(desk, owed):
    id_ = offered(desk)
    move(desk, 20, now=9.1)
    held = stands(desk, id_)
    assert (held.state, held.promise) == (State.OFFERED, Promise(monday(20), monday(19), "neurips"))
    assert open_ones(desk)["W1"].offered == id_
    assert NoticeKind.DEADLINE not in {one.kind for one in owed()}, "one word about it is enough"
    assert changed(desk.accept(BOB, id_, monday(9.2))).state is State.ACTIVE


def test_an_offer_that_would_be_over_too_late_falls_and_is_never_booked_by_that(desk, words):
    id_ = offered(desk)
    move(desk, 13.5, now=9.1)
    assert stands(desk, id_).state is State.EXPIRED
    assert open_ones(desk) == {}
    assert words() == [(BOB.id, "redated"), (BOB.id, "expired")]
    assert desk.mine(BOB.id, monday(9.1)) == ()


def test_a_withdrawn_claim_loses_its_turn(desk):
    held = booked(desk, ALICE, request(4, 8, 30))
    waits(desk, request(4, 8, 10, member=CAROL.id))
    waits(desk, by(30, hours=16))
    assert [shadow.waiting.member for shadow in desk.waiting(NOW)] == [BOB.id, CAROL.id]
    desk.withdraw(ADA, "W2", NOW)
    assert [shadow.waiting.member for shadow in desk.waiting(NOW)] == [CAROL.id, BOB.id]
    changed(desk.release(ALICE, held.id, monday(9)))
    assert [one.state for one in desk.mine(CAROL.id, monday(9))] == [State.OFFERED]
