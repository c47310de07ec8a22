"""Admins' decisions: the first one counts, nobody decides on their own request, a denial has a reason."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.booking.lifecycle import State
from bot.booking.model import Reservation
from bot.booking.notices import NoticeKind
from bot.desk import Desk
from bot.errors import InputError, NotFound, NotYours, WrongState
from desks import EVE, NOW, booked, changed, stands
from make import ADA, ALICE, BOB, lab, monday, request
from storage.offers import offers_from_json

SOON = NOW + timedelta(minutes=20)


@pytest.fixture
def desk(ledger) -> Desk:
    """A desk of a lab with two admins, ada and eve."""
    return Desk(ledger, lab(admins=(ADA.id, EVE.id)))


@pytest.fixture
def asked(desk) -> Reservation:
    """What alice asked for and an admin has to decide."""
    return booked(desk, count=4)


def test_what_is_approved_is_booked_and_its_member_is_told_by_whom(desk, asked, owed):
    approved = changed(desk.approve(ADA, asked.id, SOON))
    assert approved == replace(asked, state=State.BOOKED, approved_by=ADA.id, version=2)
    assert stands(desk, asked.id) == approved
    assert desk.pending(SOON) == ()
    (told,) = [notice for notice in owed() if notice.kind is NoticeKind.DECISION]
    assert (told.to, told.reservation, told.due_at) == (ALICE.id, asked.id, SOON)
    assert told.facts == {"act": "approved", "by": ADA.id, "reason": ""}


def test_what_is_denied_is_free_for_others_and_its_member_is_told_why(desk, asked, owed):
    assert changed(desk.deny(ADA, asked.id, "the ICLR runs come first", SOON)).state is State.DENIED
    assert booked(desk, BOB, count=2).state is State.BOOKED
    (told,) = [notice for notice in owed() if notice.kind is NoticeKind.DECISION]
    facts = dict(told.facts)
    found = offers_from_json(facts.pop("offers"))
    assert facts == {"act": "denied", "by": ADA.id, "reason": "the ICLR runs come first"}
    assert found
    assert not any(one.asks for one in found)


@pytest.mark.parametrize("reason", ["", "   ", "\n\t"])
def test_a_denial_needs_a_reason(desk, asked, reason):
    with pytest.raises(InputError, match="needs a reason") as wrong:
        desk.deny(ADA, asked.id, reason, SOON)
    assert wrong.value.example.startswith(f"deny {asked.label} ")
    assert stands(desk, asked.id) == asked


@pytest.mark.parametrize("first", ["approve", "deny"])
@pytest.mark.parametrize("second", ["approve", "deny"])
@pytest.mark.parametrize("with_version", [True, False])
def test_the_first_admin_wins_and_the_second_is_told_who_and_when(desk, asked, first, second, with_version):
    def decide(who, act, now):
        version = asked.version if with_version else None
        if act == "approve":
            return desk.approve(who, asked.id, now, version=version)
        return desk.deny(who, asked.id, "not now", now, version=version)

    decided = changed(decide(ADA, first, SOON))
    with pytest.raises(WrongState, match=r"is (booked|denied) already") as late:
        decide(EVE, second, SOON + timedelta(minutes=1))
    assert (late.value.who, late.value.when) == (ADA.id, SOON)
    assert stands(desk, asked.id) == decided


def test_only_admins_decide(desk, asked):
    for who in (ALICE, BOB):
        with pytest.raises(NotYours, match="Only admins"):
            desk.approve(who, asked.id, SOON)
        with pytest.raises(NotYours, match="Only admins"):
            desk.deny(who, asked.id, "why not", SOON)
    assert stands(desk, asked.id) == asked


def test_nobody_decides_on_their_own_request_while_there_is_another_admin(desk):
    own = booked(desk, ADA, count=4)
    for decide in (lambda: desk.approve(ADA, own.id, SOON), lambda: desk.deny(ADA, own.id, "no", SOON)):
        with pytest.raises(NotYours, match="while there is another admin"):
            decide()
    assert changed(desk.approve(EVE, own.id, SOON)).approved_by == EVE.id


def test_nor_on_what_they_asked_for_somebody_else(desk):
    for_bob = booked(desk, ADA, replace(request(4, member=BOB.id), asked_by=ADA.id))
    with pytest.raises(NotYours, match="while there is another admin"):
        desk.approve(ADA, for_bob.id, SOON)
    assert changed(desk.approve(EVE, for_bob.id, SOON)).member == BOB.id


def test_the_only_admin_may_decide_on_their_own(ledger):
    alone = Desk(ledger, lab())
    own = booked(alone, ADA, count=4)
    assert changed(alone.approve(ADA, own.id, SOON)).state is State.BOOKED


def test_what_is_approved_after_its_start_is_active_at_once(desk):
    one = booked(desk, count=4, start=8)
    assert one.state is State.PENDING
    assert changed(desk.approve(ADA, one.id, SOON)).state is State.ACTIVE


@pytest.mark.parametrize("end", [State.CANCELLED, State.OFFERED])
def test_what_was_taken_back_or_has_lapsed_is_not_decided(desk, asked, end):
    if end is State.CANCELLED:
        desk.release(ALICE, asked.id, SOON)
    else:
        desk.turnover(monday(9))
    assert stands(desk, asked.id).state is end
    with pytest.raises(WrongState):
        desk.approve(ADA, asked.id, monday(9))


def test_a_button_of_a_request_that_was_changed_is_too_late(desk, asked):
    desk.release(ALICE, asked.id, SOON, keep=3)
    with pytest.raises(WrongState, match="has changed since this card was drawn: it waits for an admin"):
        desk.approve(ADA, asked.id, SOON, version=asked.version)
    assert changed(desk.approve(ADA, asked.id, SOON, version=2)).count == 3


def test_nothing_is_decided_that_is_not_there(desk):
    with pytest.raises(NotFound):
        desk.approve(ADA, 77, NOW)


def test_what_would_be_over_by_now_cannot_be_approved_any_more(desk):
    asked = booked(desk, count=4, start=9, end=10)
    with pytest.raises(WrongState, match="would be over by now"):
        desk.approve(ADA, asked.id, monday(10))
