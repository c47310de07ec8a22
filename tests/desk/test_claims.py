"""Claims to the lab's deadlines: admins see them and withdraw them; the promise stands."""

from dataclasses import replace
from datetime import UTC, timedelta

import pytest
from sqlalchemy import insert

from bot.booking.lab import Crunch, Deadline
from bot.booking.lifecycle import State
from bot.booking.model import Before, Promise, Request
from bot.booking.notices import NoticeKind
from bot.desk import Desk, Withdrawn
from bot.errors import NotFound, NotYours, WrongState
from desks import NOW, before, booked, stands
from handlers.views.notices import message
from make import ADA, ALICE, BOB, lab, monday
from storage.tables import WAITING

AT = monday(56)
NEURIPS = Deadline("neurips", AT, crunch=Crunch(days=1, max_share=0.25))
OWN = Deadline("thesis", AT, member=ALICE.id, source="member")


@pytest.fixture
def desk(ledger) -> Desk:
    return Desk(ledger, lab(deadlines=(NEURIPS, OWN)))


def wanted(name: str = "neurips", member: str = ALICE.id) -> Request:
    return Request(member, 1, Before(timedelta(hours=4), Promise(AT, AT, name), NOW), pool="a100", asked_by=member)


def test_admins_see_what_is_promised_for_the_labs_deadlines_and_nobody_else_does(desk):
    claim = booked(desk, ALICE, wanted())
    booked(desk, ALICE, wanted("thesis"))
    booked(desk, BOB, before(2, 30, member=BOB.id))
    (found,) = desk.claims(ADA, NOW)
    assert (found.of, found.deadline) == (claim, NEURIPS)
    with pytest.raises(NotYours):
        desk.claims(ALICE, NOW)
    assert desk.claims(ADA, monday(70)) == ()


def test_a_claim_is_withdrawn_the_promise_stands_and_the_holder_is_told(desk, owed):
    claim = booked(desk, ALICE, wanted())
    outcome = desk.withdraw(ADA, "r1", NOW)
    assert isinstance(outcome, Withdrawn)
    after = stands(desk, claim.id)
    assert after == replace(claim, withdrawn=True, version=2) == outcome.claim.of
    (told,) = [notice for notice in owed() if notice.kind is NoticeKind.DECISION]
    assert (told.to, told.facts) == (ALICE.id, {"act": "withdrawn", "by": ADA.id, "reason": "neurips"})
    last = desk.show(claim.id, NOW)[1][-1]
    assert (last.who, last.act, last.after) == (ADA.id, "claim to neurips withdrawn", after)
    assert desk.claims(ADA, NOW)[0].of.withdrawn


def test_what_is_withdrawn_is_not_withdrawn_again_and_not_given_back_by_undo(desk):
    claim = booked(desk, ALICE, wanted())
    desk.withdraw(ADA, claim.label, NOW)
    with pytest.raises(WrongState, match="already"):
        desk.withdraw(ADA, claim.label, NOW)
    with pytest.raises(WrongState):
        desk.undo(ALICE, claim.id, NOW)
    assert stands(desk, claim.id).withdrawn


def test_what_has_no_claim_cannot_lose_it(desk):
    own, none = booked(desk, ALICE, wanted("thesis")), booked(desk, BOB, before(2, 30, member=BOB.id))
    over = booked(desk, ALICE, wanted())
    desk.release(ALICE, over.id, NOW)
    for one in (own, none, over):
        with pytest.raises(WrongState, match="no claim"):
            desk.withdraw(ADA, one.label, NOW)
    for label in ("R99", "W9"):
        with pytest.raises(NotFound):
            desk.withdraw(ADA, label, NOW)
    with pytest.raises(NotYours):
        desk.withdraw(ALICE, over.label, NOW)


def test_crunch_rules_bind_while_the_claim_stands_and_the_admins_are_told_why(desk, owed):
    whole = replace(wanted(member=BOB.id), count=4)
    pending = booked(desk, BOB, whole)  # over the share, so that an admin has to decide: until then it waits
    assert pending.state is State.PENDING
    asked = booked(desk, ALICE, start=36, end=50, count=2)  # 28 GPU-hours where a quarter of the day's 96 is 24
    assert asked.state is State.PENDING
    (told,) = [one for one in owed() if one.facts["act"] == "asked" and one.reservation == asked.id]
    text = str(message(told, asked, late=False, zone=UTC))
    assert "<@U0ALICE> would have 28 GPU-h of A100 in the day before neurips without it (over 24 GPU-h)" in text
    desk.release(ALICE, asked.id, NOW)
    desk.withdraw(ADA, pending.label, NOW)
    assert booked(desk, ALICE, start=36, end=50, count=2).state is State.BOOKED


def test_a_claim_of_a_request_that_waits_is_withdrawn_in_its_row_once(ledger):
    row = {"member": BOB.id, "request": {}, "created_at": NOW, "auto": False, "withdrawn": False, "declined": 0}
    with ledger.writing() as book:
        book._connection.execute(insert(WAITING), row)
        book._connection.execute(insert(WAITING), row | {"end": "left", "ended_at": NOW})
    with ledger.writing() as book:
        assert book.withdraw_waiting(1)
        assert not book.withdraw_waiting(1)
        assert not book.withdraw_waiting(2)
        assert not book.withdraw_waiting(3)
        assert book.waitlist_changed
