"""Reminders: which there are and when; what makes them pointless; what can wait for the morning."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.booking.lifecycle import State
from bot.booking.notices import Notice, NoticeKind
from bot.booking.reminding import can_wait, is_gathered, is_pointless, is_wanted, morning_of, reminders
from bot.booking.settings import MemberSettings, Reminder
from make import ALICE, monday, reservation

ALL = MemberSettings(frozenset(Reminder))
MINUTE = timedelta(minutes=1)
R1 = reservation(1, 9, 17)
RUNNING = replace(R1, state=State.ACTIVE)


def due(one, now, *, settings=ALL, zone="UTC", is_next=True, until=None):
    """[act, when it is due, what instant it is about] of each."""
    found = reminders(one, settings, zone, is_next=is_next, now=now, until=until or now)
    return [(notice.facts["act"], notice.due_at, notice.about) for notice in found]


def test_an_hour_before_its_start_who_wants_that_is_reminded():
    assert due(R1, monday(8) - MINUTE) == []
    assert due(R1, monday(8)) == [("starting", monday(8), monday(9))]
    assert due(R1, monday(8), settings=MemberSettings()) == []
    assert due(R1, monday(9)) == []


def test_one_that_was_booked_within_the_hour_needs_no_such_reminder():
    assert due(replace(R1, created_at=monday(8) + MINUTE), monday(8.5)) == []


def test_before_its_end_it_is_told_if_somebody_is_next_and_else_it_is_soft():
    usual = MemberSettings()
    assert due(RUNNING, monday(16.75) - MINUTE, settings=usual) == []
    assert due(RUNNING, monday(16.75), settings=usual) == [("next", monday(16.75), monday(17))]
    assert due(RUNNING, monday(16.75), settings=usual, is_next=False) == []
    assert due(RUNNING, monday(17), settings=usual) == []


def test_an_hour_before_its_end_too_for_who_wants_more_and_has_more_than_an_hour():
    assert due(RUNNING, monday(16), is_next=False) == [("ending", monday(16), monday(17))]
    short = replace(reservation(1, 16, 17), state=State.ACTIVE)
    assert due(short, monday(16.5), is_next=False) == []


def test_what_was_booked_a_week_ahead_or_more_is_asked_about_on_its_morning():
    far = reservation(1, 7 * 24 + 12, 7 * 24 + 20)
    usual = MemberSettings()
    assert due(far, monday(7 * 24 + 8) - MINUTE, settings=usual) == []
    assert due(far, monday(7 * 24 + 8), settings=usual) == [("today", monday(7 * 24 + 8), monday(7 * 24 + 12))]
    nearer = replace(far, created_at=monday(12) + MINUTE)
    assert due(nearer, monday(7 * 24 + 8), settings=usual) == []


@pytest.mark.parametrize(
    ("start", "zone", "asked"),
    [
        (12, "UTC", 8),
        (9, "UTC", 8),
        (8.5, "UTC", -6),  # too near to the morning: at 18:00 of the day before
        (2, "UTC", -6),
        (12, "Europe/Berlin", 7),
        (12, "America/Los_Angeles", -22 + 24),  # 04:00 there: 18:00 of Sunday there
        (12, "", 8),
    ],
)
def test_the_morning_is_that_of_its_holder(start, zone, asked):
    assert morning_of(monday(start), zone) == monday(asked)


def notice(kind, act, about=9, **facts):
    return Notice(kind, ALICE.id, 1, monday(about), monday(about), {"act": act, **facts})


@pytest.mark.parametrize(
    ("told", "kept", "made_pointless"),
    [
        (notice(NoticeKind.START, "started"), RUNNING, replace(RUNNING, state=State.RELEASED)),
        (notice(NoticeKind.REMINDER, "starting"), R1, reservation(1, 10, 18)),
        (notice(NoticeKind.REMINDER, "starting"), R1, replace(R1, state=State.CANCELLED)),
        (notice(NoticeKind.REMINDER, "next", 17), RUNNING, replace(reservation(1, 9, 19), state=State.ACTIVE)),
        (notice(NoticeKind.REMINDER, "ending", 17), RUNNING, replace(RUNNING, state=State.RELEASED)),
        (notice(NoticeKind.NEEDED, "today"), R1, reservation(1, 33, 41)),
        (notice(NoticeKind.NO_SHOW, "unseen"), RUNNING, replace(RUNNING, state=State.RELEASED)),
        (notice(NoticeKind.OFFER, "offered"), replace(R1, state=State.OFFERED), replace(R1, state=State.EXPIRED)),
        (notice(NoticeKind.OFFER, "sooner", version="1"), R1, replace(R1, version=2)),
    ],
    ids=lambda value: value.facts["act"] if isinstance(value, Notice) else "",
)
def test_what_the_reservation_has_made_pointless_is_known(told, kept, made_pointless):
    assert not is_pointless(told, kept, monday(8.5))
    assert is_pointless(told, made_pointless, monday(8.5))


def test_time_makes_it_pointless_too():
    assert is_pointless(notice(NoticeKind.REMINDER, "starting"), R1, monday(9))
    assert is_pointless(notice(NoticeKind.REMINDER, "next", 17), RUNNING, monday(17))
    assert is_pointless(notice(NoticeKind.START, "started"), RUNNING, monday(17))


def test_a_decision_is_never_pointless():
    assert not is_pointless(notice(NoticeKind.DECISION, "denied"), replace(R1, state=State.DENIED), monday(30))


@pytest.mark.parametrize(
    ("told", "waits"),
    [
        (notice(NoticeKind.START, "started"), True),
        (notice(NoticeKind.REMINDER, "ending", 17), True),
        (notice(NoticeKind.NEEDED, "today"), True),
        (notice(NoticeKind.REMINDER, "next", 17), False),  # the last 15 minutes
        (notice(NoticeKind.DECISION, "approved"), False),
        (notice(NoticeKind.DECISION, "revoked"), False),
        (notice(NoticeKind.MOVED, "made way"), False),
        (notice(NoticeKind.OFFER, "offered"), False),
        (notice(NoticeKind.NO_SHOW, "unseen"), False),
    ],
    ids=lambda value: value.facts["act"] if isinstance(value, Notice) else "",
)
def test_what_can_wait_for_the_end_of_quiet_hours(told, waits):
    assert can_wait(told, R1, monday(9), monday(32)) is waits


def test_who_booked_just_now_is_awake_and_told_of_the_start():
    made = replace(R1, created_at=monday(8))
    assert not can_wait(notice(NoticeKind.START, "started"), made, monday(9), monday(32))
    assert can_wait(notice(NoticeKind.START, "started"), made, monday(10), monday(32))


def test_a_booking_by_somebody_else_waits_only_if_it_begins_after_the_night():
    told = notice(NoticeKind.BOOKED_FOR, "booked")
    assert not can_wait(told, R1, monday(1), monday(10))
    assert can_wait(told, R1, monday(1), monday(8))


def test_offers_questions_and_what_is_taken_away_are_told_by_themselves():
    together = [NoticeKind.START, NoticeKind.REMINDER, NoticeKind.DECISION, NoticeKind.MOVED, NoticeKind.NO_SHOW]
    assert all(is_gathered(notice(kind, "approved")) for kind in together)
    alone = [(NoticeKind.OFFER, "offered"), (NoticeKind.QUESTION, "asked"), (NoticeKind.ANSWER, "given")]
    taken = [(NoticeKind.DECISION, "revoked"), (NoticeKind.DECISION, "displaced"), (NoticeKind.NO_SHOW, "no_show")]
    assert not any(is_gathered(notice(kind, act)) for kind, act in [*alone, *taken])


def test_what_was_switched_off_is_not_wanted_and_decisions_cannot_be():
    none = MemberSettings(frozenset())
    off = [(NoticeKind.START, "started"), (NoticeKind.NEEDED, "today"), (NoticeKind.REMINDER, "next")]
    assert not any(is_wanted(notice(kind, act), none) for kind, act in off)
    assert is_wanted(notice(NoticeKind.DECISION, "denied"), none)
    assert not is_wanted(notice(NoticeKind.REMINDER, "ending"), MemberSettings())
