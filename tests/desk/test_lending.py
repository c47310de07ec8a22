"""A part of a pool that is kept for a deadline and was lent out: its holders are asked once somebody needs it."""

from datetime import UTC, timedelta

import pytest

from bot.booking.lab import Crunch, Deadline, Policy
from bot.booking.model import Before, Promise, Request
from bot.booking.notices import NoticeKind
from bot.desk import Desk, Waitlisted
from desks import NOW, booked, changed
from handlers.views.notices import message
from make import ALICE, BOB, CAROL, lab, monday, request
from storage.engine import open_engine
from storage.ledger import Ledger

NEURIPS = Deadline("neurips", monday(56), crunch=Crunch(days=3, keep=0.5, pools=("a100",)))


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
def desk(ledger: Ledger) -> Desk:
    return Desk(ledger, lab(policy=Policy(max_share=1, margin=timedelta()), deadlines=(NEURIPS,)))


@pytest.fixture
def asked(owed):
    """`asked()`: (member, reservation) of all who were asked."""
    return lambda: [(one.to, one.reservation) for one in owed() if one.kind is NoticeKind.LENT]


def bob_waits(desk: Desk) -> None:
    promise = Promise(NEURIPS.at, NEURIPS.at, "neurips")
    wanted = Request(BOB.id, 4, Before(timedelta(hours=20), promise, NOW), pool="a100", asked_by=BOB.id)
    assert isinstance(desk.wait(wanted, BOB, NOW), Waitlisted)


def test_holders_are_asked_once_when_somebody_with_the_deadline_waits(desk, asked, owed, ledger):
    three, one = booked(desk, ALICE, request(3, 8, 44)), booked(desk, CAROL, request(1, 9, 44, member=CAROL.id))
    booked(desk, CAROL, request(1, 9, 44, pool="3090", member=CAROL.id))
    assert desk.ask_back(NOW) == 0
    bob_waits(desk)
    assert desk.ask_back(NOW) == 2
    assert desk.ask_back(NOW) == 0
    other = open_engine(str(ledger.engine.url))
    Desk(Ledger(other), desk.lab).ask_back(monday(9))
    other.dispose()
    assert asked() == [(ALICE.id, three.id), (CAROL.id, one.id)]
    (told, _) = [notice for notice in owed() if notice.kind is NoticeKind.LENT]
    shown = str(message(told, three, late=False, zone=UTC))
    assert "Is R1 still needed? Somebody waits for GPUs before neurips." in shown
    assert "Still needed" in shown


def test_nobody_is_asked_where_the_kept_part_is_free_or_the_days_have_not_come(desk, asked):
    booked(desk, ALICE, request(2, 8, 44))
    booked(desk, CAROL, request(2, 30, 54, member=CAROL.id))
    bob_waits(desk)
    assert desk.ask_back(NOW) == 0, "two of four are used within the notice of a move"
    assert desk.ask_back(monday(20)) == 2
    assert desk.ask_back(monday(56)) == 0


def test_what_was_released_is_told_as_that(desk, owed):
    held = booked(desk, ALICE, request(4, 8, 44))
    bob_waits(desk)
    desk.ask_back(NOW)
    (told,) = [notice for notice in owed() if notice.kind is NoticeKind.LENT]
    after = changed(desk.release(ALICE, held.id, NOW))
    assert "Still needed" not in str(message(told, after, late=False, zone=UTC))
