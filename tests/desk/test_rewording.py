"""Another reason for a reservation."""

import pytest

from bot.booking.lifecycle import Act
from bot.desk import Changed, Desk
from bot.errors import NotYours, WrongState
from desks import NOW, booked, changed, stands
from make import ADA, ALICE, BOB, lab, monday


@pytest.fixture
def desk(ledger):
    return Desk(ledger, lab())


def test_its_holder_gives_it_another_reason_and_nothing_else_changes(desk):
    one = booked(desk)
    outcome = desk.reword(ALICE, one.id, "camera-ready runs", NOW)
    assert isinstance(outcome, Changed)
    assert outcome.act is Act.REASON
    after = stands(desk, one.id)
    assert (after.reason, after.window, after.gpus) == ("camera-ready runs", one.window, one.gpus)
    _, history = desk.show(one.id, NOW)
    assert [entry.act for entry in history] == ["booked", "reworded"]


def test_others_do_not_and_admins_do(desk):
    one = booked(desk)
    with pytest.raises(NotYours):
        desk.reword(BOB, one.id, "mine", NOW)
    assert changed(desk.reword(ADA, one.id, "for the review", NOW)).reason == "for the review"


def test_of_what_is_over_the_reason_stays(desk):
    one = booked(desk, start=9, end=10)
    desk.turnover(monday(9))
    desk.turnover(monday(10))
    with pytest.raises(WrongState):
        desk.reword(ALICE, one.id, "late words", monday(11))
    assert stands(desk, one.id).reason == one.reason
