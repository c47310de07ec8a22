"""Nobody waits in the dark: who is not served in time, or waits for something else now, is told, with what is left."""

from dataclasses import replace
from datetime import UTC, timedelta

import pytest

from bot.booking.lab import Deadline, Policy
from bot.booking.model import Before, Promise, Request, Waiting
from bot.booking.notices import Notice, NoticeKind
from bot.desk import Desk, Waitlisted, Withdrawn
from bot.desk.offering import MOST_OFFERS, REST
from desks import NOW, before, booked, changed
from handlers.views.notices import message
from make import ADA, ALICE, BOB, CAROL, lab, monday, request
from storage.ledger import Ledger

NEURIPS = Deadline("neurips", monday(56), source="file")


@pytest.fixture
def desk(ledger: Ledger) -> Desk:
    return Desk(ledger, lab(policy=Policy(max_share=1, margin=timedelta()), deadlines=(NEURIPS,)))


@pytest.fixture
def words(owed):
    """`words()`: all that was told to those who wait."""
    return lambda: [notice for notice in owed() if notice.kind is NoticeKind.WAITING]


def full(desk: Desk, hours: float = 12) -> int:
    return booked(desk, ALICE, request(4, 8, 8 + hours)).id


def waits(desk: Desk, wanted: Request, *, now=NOW) -> Waiting:
    outcome = desk.wait(wanted, BOB, now)
    assert isinstance(outcome, Waitlisted), outcome
    return outcome.waiting


def labels(notice: Notice) -> list[str]:
    blocks = message(notice, None, late=False, zone=UTC)["blocks"]
    return [one["text"]["text"] for block in blocks for one in block.get("elements", ()) if one["type"] == "button"]


def drawn(notice: Notice) -> str:
    return str(message(notice, None, late=False, zone=UTC))


def test_who_cannot_make_the_deadline_any_more_is_told_with_what_can_be_had_instead(desk, words):
    full(desk)
    waits(desk, before(4, 16, count=2, member=BOB.id))
    assert words() == []
    desk.serve_waitlist(monday(12.1))
    (told,) = words()
    assert (told.to, told.reservation, told.facts["what"], told.facts["waiting"]) == (BOB.id, 0, "expired", "W1")
    shown = drawn(told)
    assert "W1 was not served in time" in shown
    assert "It cannot be over by" in shown
    assert labels(told)[0] == "2 from 20:00", "the next window that fits, one click away"
    assert labels(told)[-1] == "Book"
    assert "Leave" not in labels(told)


def test_who_had_nothing_in_their_window_is_told_once_and_goes_on_waiting(desk, words, ledger):
    full(desk, 30)
    waits(desk, request(4, 9, 11, member=BOB.id))
    assert desk.tell_passed(monday(10.9)) == 0
    assert desk.tell_passed(monday(11)) == 1
    assert desk.tell_passed(monday(12)) == 0
    Desk(ledger, desk.lab).tell_passed(monday(12))
    (told,) = words()
    assert told.facts["what"] == "passed"
    assert "Nothing fell free in your window" in drawn(told)
    assert labels(told)[-1] == "Leave"
    assert [shadow.waiting.member for shadow in desk.waiting(monday(12))] == [BOB.id]


def test_who_has_an_offer_is_not_told_that_there_was_none(desk, words):
    held = full(desk)
    waits(desk, request(4, 9, 11, member=BOB.id))
    changed(desk.release(ALICE, held, monday(10.75)))
    assert desk.tell_passed(monday(11)) == 0
    assert words() == []


def test_the_last_offer_given_back_by_hand_is_told_as_the_end_of_the_wait(desk, words):
    held = full(desk)
    one = waits(desk, request(4, 9, 11, member=BOB.id))
    changed(desk.release(ALICE, held, monday(9)))
    now = monday(9)
    for _ in range(MOST_OFFERS):
        assert words() == []
        (offer,) = desk.mine(BOB.id, now)
        changed(desk.release(BOB, offer.id, now))
        now += REST
        desk.serve_waitlist(now)
    (told,) = words()
    assert (told.facts["what"], told.facts["waiting"]) == ("lapsed", one.label)
    assert "has lapsed" in drawn(told)


def named(hours: float = 4, member: str = BOB.id) -> Request:
    promise = Promise(NEURIPS.at, NEURIPS.at, "neurips")
    return Request(member, 4, Before(timedelta(hours=hours), promise, NOW), pool="a100", asked_by=member)


def test_who_waits_is_told_that_their_claim_is_withdrawn_and_still_waits(desk, words):
    full(desk, 47)
    waits(desk, named())
    outcome = desk.withdraw(ADA, "W1", NOW)
    assert isinstance(outcome, Withdrawn)
    (told,) = words()
    assert (told.to, told.facts["what"], told.facts["by"]) == (BOB.id, "withdrawn", ADA.id)
    assert "The claim of W1 to neurips is withdrawn by <@U0ADA>" in drawn(told)
    assert labels(told)[-1] == "Leave"
    assert [shadow.waiting.withdrawn for shadow in desk.waiting(NOW)] == [True]


def test_an_admin_who_waited_for_somebody_asks_nobody_to_read_it_as_theirs(desk, words):
    full(desk)
    wanted = replace(before(4, 16, count=4, member=CAROL.id), asked_by=ADA.id)
    outcome = desk.wait(wanted, ADA, NOW)
    assert isinstance(outcome, Waitlisted)
    desk.serve_waitlist(monday(12.1))
    (told,) = words()
    assert told.to == CAROL.id
    assert "U0ADA" not in told.facts["offers"]
