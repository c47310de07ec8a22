"""Settings at the desk: kept, and what follows from a delegate and from a waitlist that books by itself."""

from dataclasses import replace
from datetime import time

import pytest

from bot.booking.settings import Change, MemberSettings, Reminder
from bot.booking.waking import Quiet
from bot.errors import NotYours
from desks import NOW, booked
from make import ADA, ALICE, BOB, CAROL, request

FOR_ALICE = replace(request(1, member=ALICE.id), asked_by=BOB.id)


def test_who_never_set_anything_has_what_is_usual(desk):
    assert desk.settings(ALICE.id, NOW) == MemberSettings()


def test_what_is_set_is_kept_and_changes_only_what_it_speaks_of(desk):
    desk.set(ALICE, Change(on=frozenset({Reminder.MORE}), quiet=Quiet(time(23, 30), time(6))), NOW)
    desk.set(ALICE, Change(off=frozenset({Reminder.START}), auto=True), NOW)
    kept = MemberSettings(
        frozenset({Reminder.END, Reminder.NEEDED, Reminder.MORE, Reminder.PULSE}),
        Quiet(time(23, 30), time(6)),
        "",
        auto=True,
    )
    assert desk.settings(ALICE.id, NOW) == kept
    desk.set(ALICE, Change(quiet="off", off=frozenset(Reminder)), NOW)
    assert desk.settings(ALICE.id, NOW) == MemberSettings(frozenset(), None, "", auto=True)
    assert desk.settings(BOB.id, NOW) == MemberSettings()


def test_a_delegate_may_book_and_wait_for_who_named_them_and_for_nobody_else(desk):
    with pytest.raises(NotYours, match="in their settings"):
        desk.reserve(FOR_ALICE, BOB, NOW)
    desk.set(ALICE, Change(delegate=BOB.id), NOW)
    one = booked(desk, BOB, FOR_ALICE)
    assert (one.member, one.asked_by) == (ALICE.id, BOB.id)
    assert desk.wait(replace(FOR_ALICE, reason="another"), BOB, NOW)
    with pytest.raises(NotYours):
        desk.reserve(replace(FOR_ALICE, member=CAROL.id), BOB, NOW)
    with pytest.raises(NotYours):
        desk.wait(replace(FOR_ALICE, member=CAROL.id), BOB, NOW)
    desk.set(ALICE, Change(delegate=""), NOW)
    with pytest.raises(NotYours):
        desk.reserve(FOR_ALICE, BOB, NOW)


def test_a_delegate_may_give_back_what_they_booked_but_nothing_else(desk):
    desk.set(ALICE, Change(delegate=BOB.id), NOW)
    theirs, own = booked(desk, BOB, FOR_ALICE), booked(desk)
    desk.release(BOB, theirs.id, NOW)
    with pytest.raises(NotYours):
        desk.release(BOB, own.id, NOW)


def test_nobody_is_their_own_delegate(desk):
    assert desk.set(ALICE, Change(delegate=ALICE.id), NOW).delegate == ""


@pytest.mark.parametrize("auto", [False, True])
def test_what_waits_for_who_set_that_is_booked_by_itself(desk, auto):
    desk.set(CAROL, Change(auto=auto), NOW)
    booked(desk, ADA, count=4)
    outcome = desk.wait(request(1, member=CAROL.id), CAROL, NOW)
    assert outcome.waiting.auto is auto
