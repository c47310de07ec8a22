"""Reminders as the desk owes them, once, and as it looks at them again before they are told."""

from datetime import timedelta

import pytest

from bot.booking.notices import Notice, NoticeKind
from bot.booking.settings import Change, Reminder
from bot.desk import Desk
from desks import NOW, booked, named
from make import ALICE, BOB, CAROL, lab, monday
from storage.ledger import Ledger
from storage.people import KnownMember

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
MORE = Change(on=frozenset({Reminder.MORE}))


@pytest.fixture
def reminders(owed):
    """[(to, act, due)] of the reminders that were owed."""
    kinds = (NoticeKind.REMINDER, NoticeKind.NEEDED, NoticeKind.NO_SHOW)
    return lambda: [(one.to, one.facts["act"], one.due_at) for one in owed() if one.kind in kinds]


def run_until(desk: Desk, until: float, *, since: float = 8.75) -> None:
    """Every quarter of an hour what the turnover job does."""
    for quarter in range(int((until - since) * 4) + 1):
        now = monday(since + quarter / 4)
        desk.turnover(now)
        desk.owe_reminders(now)


def test_before_the_end_its_holder_is_told_if_somebody_is_next_on_the_same_gpus(desk, reminders):
    booked(desk, wanted=named("atlas:0", start=9, end=11))
    booked(desk, wanted=named("atlas:1", start=9, end=11))  # nobody follows here: its end is soft
    booked(desk, BOB, named("atlas:0", start=11, end=12, member=BOB.id))
    run_until(desk, 11)
    assert reminders() == [(ALICE.id, "next", monday(10.75))]


def test_who_follows_oneself_is_nobody(desk, reminders):
    booked(desk, wanted=named("atlas:0", start=9, end=11))
    booked(desk, wanted=named("atlas:0", start=11, end=12))
    run_until(desk, 11)
    assert reminders() == []


def test_somebody_who_comes_at_the_last_moment_is_told_at_once_and_not_as_late(desk, reminders):
    booked(desk, wanted=named("atlas:0", start=9, end=11))
    run_until(desk, 10.75)
    booked(desk, BOB, named("atlas:0", start=11, end=12, member=BOB.id), now=monday(10) + 55 * MINUTE)
    desk.owe_reminders(monday(10) + 56 * MINUTE)
    assert reminders() == [(ALICE.id, "next", monday(10) + 56 * MINUTE)]


def test_it_is_owed_once_however_many_bots_and_ticks_there_are(desk, ledger, reminders):
    booked(desk, wanted=named("atlas:0", start=9, end=11))
    booked(desk, BOB, named("atlas:0", start=11, end=12, member=BOB.id))
    other = Desk(Ledger(ledger.engine), lab())
    run_until(desk, 9)
    for minute in range(16):
        for one in (desk, other):
            one.owe_reminders(monday(10.75) + minute * MINUTE)
    assert len(reminders()) == 1


def test_an_extension_means_another_end_and_another_reminder(desk, reminders):
    one = booked(desk, wanted=named("atlas:0", start=9, end=11))
    booked(desk, BOB, named("atlas:0", start=12, end=13, member=BOB.id))
    run_until(desk, 10.5)
    desk.extend(ALICE, one.id, HOUR, monday(10.5))
    run_until(desk, 12, since=10.5)
    assert reminders() == [(ALICE.id, "next", monday(11.75))]


def test_more_comes_an_hour_before_start_and_end_to_those_who_want_it(desk, reminders):
    for who in (ALICE, BOB):
        booked(desk, who, start=10, end=14)
    desk.set(BOB, MORE, NOW)
    run_until(desk, 14)
    assert reminders() == [(BOB.id, "starting", monday(9)), (BOB.id, "ending", monday(13))]


def test_an_hour_before_the_end_it_is_said_who_is_next(desk, owed):
    booked(desk, wanted=named("atlas:0", start=9, end=12))
    booked(desk, BOB, named("atlas:0", start=12, end=13, member=BOB.id))
    desk.set(ALICE, MORE, NOW)
    run_until(desk, 11)
    (said,) = (one for one in words(desk, owed, monday(11)) if one.notice.facts["act"] == "ending")
    assert said.notice.facts["next"] == BOB.id


def test_what_comes_due_within_the_minute_is_owed_for_its_instant(desk, reminders):
    booked(desk, start=10, end=14)
    desk.set(ALICE, MORE, NOW)
    assert desk.owe_reminders(monday(9) - 2 * MINUTE) == 0
    assert desk.owe_reminders(monday(9) - MINUTE) == 1
    assert reminders() == [(ALICE.id, "starting", monday(9))]


def test_on_the_way_of_a_booking_nothing_of_this_is_owed(desk, reminders):
    desk.set(ALICE, MORE, NOW)
    one = booked(desk, start=9, end=12)
    desk.extend(ALICE, one.id, HOUR, NOW)
    assert reminders() == []


def words(desk: Desk, owed, now, kind=NoticeKind.REMINDER):
    notices = [one for one in owed() if one.kind is kind]
    return desk.words(notices, now)


def test_who_is_next_is_looked_up_again_before_it_is_told(desk, owed):
    booked(desk, wanted=named("atlas:0", start=9, end=11))
    next_one = booked(desk, BOB, named("atlas:0", start=11, end=12, member=BOB.id))
    run_until(desk, 10.75)
    assert [word.notice.facts["next"] for word in words(desk, owed, monday(10.75))] == [BOB.id]
    desk.release(BOB, next_one.id, monday(10.8))
    assert [word.pointless for word in words(desk, owed, monday(10.8))] == ["nobody is next any more"]
    booked(desk, CAROL, named("atlas:0", start=11, end=12, member=CAROL.id), now=monday(10.8))
    assert [word.notice.facts["next"] for word in words(desk, owed, monday(10.8))] == [CAROL.id]


def test_what_was_switched_off_since_it_was_owed_is_not_told(desk, owed):
    booked(desk, start=9, end=12)
    desk.turnover(monday(9))
    assert [word.pointless for word in words(desk, owed, monday(9), NoticeKind.START)] == [""]
    desk.set(ALICE, Change(off=frozenset({Reminder.START})), monday(9))
    assert [word.pointless for word in words(desk, owed, monday(9), NoticeKind.START)] != [""]


def test_a_start_in_the_night_waits_for_the_morning_of_its_holder(desk, owed):
    known = KnownMember("T0LAB", BOB.id, BOB.name, BOB.zone, bot=False, deleted=False, seen_at=NOW)
    desk.remember([known], NOW)
    booked(desk, BOB, start=12, end=20)  # 04:00 there
    desk.turnover(monday(12))
    (word,) = words(desk, owed, monday(12), NoticeKind.START)
    assert (word.pointless, word.waits_until) == ("", monday(16))
    desk.set(BOB, Change(quiet="off"), monday(12))
    (word,) = words(desk, owed, monday(12), NoticeKind.START)
    assert word.waits_until is None


def test_the_turnover_ends_then_promotes_then_starts(monkeypatch: pytest.MonkeyPatch, desk):
    from bot.jobs.turnover import turnover  # noqa: PLC0415

    done = []
    for name in ("finish", "serve_waitlist", "turnover", "owe_reminders"):
        real = getattr(desk, name)
        monkeypatch.setattr(desk, name, lambda now, name=name, real=real: (done.append(name), real(now))[1])
    turnover(desk, NOW)
    assert done == ["finish", "serve_waitlist", "turnover", "owe_reminders"]


def test_a_zone_that_another_bot_heard_of_counts_here_within_five_minutes(desk, ledger):
    def moved_to(zone: str) -> KnownMember:
        return KnownMember("T0LAB", ALICE.id, ALICE.name, zone, bot=False, deleted=False, seen_at=NOW)

    other, night = Desk(Ledger(ledger.engine), lab()), monday(23)
    late = booked(desk, start=32, end=33)
    notice = Notice(NoticeKind.BOOKED_FOR, ALICE.id, late.id, night, night, {"act": "booked for"})
    desk.remember([moved_to("Europe/Berlin")], NOW)
    assert other.words([notice], night)[0].waits_until is not None
    desk.remember([moved_to("America/Los_Angeles")], night)
    assert other.words([notice], night + 5 * MINUTE)[0].waits_until is None
