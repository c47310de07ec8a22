"""Still needed? Owed for the time of the deadline that a reservation was booked for, once it is to outlive it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.booking.lifecycle import State
from bot.booking.model import Before, Promise, Request
from bot.booking.notices import NoticeKind
from bot.desk.telling import still_asked
from desks import NOW, booked, changed
from make import ALICE, monday, reservation

HOUR = timedelta(hours=1)


def before_iclr(name: str | None = "iclr") -> Request:
    """Two hours before Monday 20:00."""
    return Request(
        ALICE.id, 1, Before(2 * HOUR, Promise(monday(20), monday(20), name), NOW), pool="a100", asked_by=ALICE.id
    )


@pytest.fixture
def asked(owed):
    return lambda: [(one.to, one.facts["name"], one.due_at) for one in owed() if one.kind is NoticeKind.NEEDED]


def test_what_is_extended_beyond_its_deadline_is_asked_about_then_and_once(desk, asked):
    one = booked(desk, wanted=before_iclr())
    changed(desk.extend(ALICE, one.id, 40 * HOUR, NOW))
    changed(desk.extend(ALICE, one.id, 4 * HOUR, NOW))
    assert asked() == [(ALICE.id, "iclr", monday(20))]


def test_what_is_moved_behind_its_deadline_is_asked_about_too(desk, asked):
    one = booked(desk, wanted=replace(before_iclr(), when=replace(before_iclr().when, not_before=monday(10))))
    changed(desk.move(ALICE, one.id, monday(60), None, NOW))
    assert asked() == [(ALICE.id, "iclr", monday(20))]


def test_what_keeps_its_promise_or_had_no_name_for_it_is_not(desk, asked):
    one = booked(desk, wanted=before_iclr())
    changed(desk.extend(ALICE, one.id, 2 * HOUR, NOW))
    unnamed = booked(desk, wanted=before_iclr(None))
    changed(desk.extend(ALICE, unnamed.id, 40 * HOUR, NOW))
    assert asked() == []


@pytest.mark.parametrize(
    ("changes", "worth_it"),
    [
        ({}, True),
        ({"state": State.RELEASED}, False),
        ({"promise": Promise(monday(80), monday(80), "iclr")}, False),  # the change was undone
    ],
)
def test_it_is_asked_only_while_it_holds_gpus_for_more_than_a_day(changes, worth_it):
    one = replace(reservation(1, 9, 60), **changes)
    assert still_asked(one, monday(20)) is worth_it
    assert not still_asked(one, monday(36))
