"""New claims to the lab's deadlines reach the admins as they come: gathered, each a line that can be withdrawn."""

import json
from datetime import timedelta

import pytest

from bot.booking.lab import Deadline, Policy
from bot.booking.model import Before, Promise, Request
from bot.booking.notices import Notice, NoticeKind
from bot.desk import Desk, Waitlisted
from desks import NOW, before, booked
from make import ALICE, BOB, CAROL, lab, monday, request
from storage.gathering import MOST_LINES
from storage.ledger import Ledger
from storage.outbox import Outbox

AT = monday(56)
NEURIPS = Deadline("neurips", AT)
OWN = Deadline("thesis", AT, member=ALICE.id, source="member")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def desk(ledger: Ledger) -> Desk:
    return Desk(ledger, lab(policy=Policy(max_share=1), deadlines=(NEURIPS, OWN)))


@pytest.fixture
def claims(owed):
    """`claims()`: the messages of claims that are owed."""
    return lambda: [notice for notice in owed() if notice.kind is NoticeKind.CLAIMS]


def wanted(name: str = "neurips", member: str = ALICE.id, hours: float = 4, count: int = 1) -> Request:
    run = Before(timedelta(hours=hours), Promise(AT, AT, name), NOW)
    return Request(member, count, run, pool="a100", asked_by=member)


def lines(notice: Notice) -> list[str]:
    return [line["label"] for line in json.loads(notice.facts["claims"])]


def test_claims_of_half_an_hour_are_one_message_to_the_admins(desk, claims):
    first = booked(desk, ALICE, wanted())
    second = booked(desk, BOB, wanted(member=BOB.id), now=NOW + 29 * MINUTE)
    (told,) = claims()
    assert (told.to, told.reservation, told.due_at) == ("C0ADMIN", 0, NOW + 30 * MINUTE)
    assert lines(told) == [first.label, second.label]


def test_what_comes_once_it_is_due_or_was_claimed_for_sending_begins_another(desk, claims, ledger):
    booked(desk, ALICE, wanted())
    third = booked(desk, BOB, wanted(member=BOB.id), now=NOW + 30 * MINUTE)
    assert [lines(one) for one in claims()] == [["R1"], [third.label]]
    assert len(Outbox(ledger).claim(NOW + 61 * MINUTE, MINUTE, 10)) >= 1
    booked(desk, BOB, wanted(member=BOB.id), now=NOW + 50 * MINUTE)
    assert len(claims()) == 3, "a bot whose clock is ahead has it in hand"


def test_a_full_message_is_followed_by_another(desk, claims):
    for number in range(MOST_LINES + 1):
        booked(desk, ALICE, wanted(hours=0.25), now=NOW + timedelta(seconds=number))
    assert [len(lines(one)) for one in claims()] == [MOST_LINES, 1]


def test_what_is_for_no_deadline_of_the_labs_is_no_claim(desk, claims):
    booked(desk, ALICE, wanted("thesis"))
    booked(desk, ALICE, before(2, 30))
    booked(desk, ALICE, request())
    assert claims() == []


def test_a_request_that_waits_for_the_deadline_is_a_claim_too(desk, claims):
    booked(desk, ALICE, request(4, 8, 55))
    outcome = desk.wait(wanted(member=CAROL.id, count=4), CAROL, NOW)
    assert isinstance(outcome, Waitlisted)
    (told,) = claims()
    assert lines(told) == ["W1"]


def test_a_run_in_pieces_is_one_claim(desk, claims):
    booked(desk, ALICE, request(4, 10, 54))
    run = Before(timedelta(hours=4), Promise(AT, AT, "neurips"), NOW, timedelta(hours=1))
    outcome = desk.reserve(Request(BOB.id, 4, run, pool="a100", asked_by=BOB.id), BOB, NOW)
    assert len(outcome.pieces) == 1
    (told,) = claims()
    assert lines(told) == [outcome.reservation.label]
