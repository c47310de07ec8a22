"""The lab's report at the desk: who sees it, of which months there is one, and when it is owed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.booking.decision import Refused
from bot.booking.model import Fixed, Window
from bot.booking.notices import NoticeKind
from bot.desk import Desk
from bot.errors import InputError, NotYours
from bot.report.months import Month
from desks import NOW, before, booked, changed, refused
from make import ADA, ALICE, BOB, CAROL, lab, monday, request

NOVEMBER = Month(2026, 11)
LATER = datetime(2026, 12, 1, 8, tzinfo=UTC)  # nine in Berlin


def test_only_admins_see_it_and_no_month_that_is_to_come(desk):
    with pytest.raises(NotYours):
        desk.month_report(ALICE, NOVEMBER, NOW)
    with pytest.raises(InputError, match="has not begun"):
        desk.month_report(ADA, Month(2026, 12), NOW)
    with pytest.raises(InputError, match="has not begun"):
        desk.month_report(ADA, NOVEMBER, NOVEMBER.window(ZoneInfo("Europe/Berlin")).start)


def test_a_month_before_anything_was_is_empty_and_so_is_the_first_that_there_is(desk):
    found = desk.month_report(ADA, Month(2026, 9), NOW)
    assert found.figures.is_empty
    assert found.before.is_empty
    assert desk.month_report(ADA, Month(2000, 1), NOW).before is None


def test_what_was_given_back_early_counts_up_to_then(desk):
    one = booked(desk, ALICE, request(2, 8, 18))
    part = changed(desk.release(ALICE, one.id, monday(10), keep=1))
    desk.release(ALICE, part.id, monday(12))
    found = desk.report_on(NOVEMBER, monday(20)).figures
    assert found.hours.reserved == (1 * 2 + 1 * 4) * 60
    assert found.pools["a100"].reserved == found.hours.reserved


def test_of_the_present_month_only_what_is_over_counts(desk):
    booked(desk, ALICE, request(2, 8, 18))
    booked(desk, BOB, request(2, 100, 110, member=BOB.id))
    report = desk.report_on(NOVEMBER, monday(10))
    assert report.so_far
    assert report.figures.hours.reserved == 2 * 2 * 60
    assert report.figures.window.end == monday(10)


def test_what_is_refused_for_want_of_gpus_is_kept_and_nothing_else(desk):
    booked(desk, ALICE, request(4, 8, 18))
    refused(desk, BOB, request(2, 9, 13, member=BOB.id, reason="a secret"))
    refused(desk, BOB, replace(request(2, 9, 13, member=BOB.id), count=99))
    refused(desk, BOB, request(1, -20, -10, member=BOB.id))
    refused(desk, CAROL, before(8, 17, count=4, member=CAROL.id))
    with desk.ledger.reading() as book:
        kept = book.refusals(Window(monday(-9), monday(90)))
    assert [(one.member, one.gpu_minutes, one.wanted) for one in kept] == [
        (BOB.id, 8 * 60, monday(9)),
        (CAROL.id, 32 * 60, NOW),
    ]
    assert kept[1].deadline == monday(17)
    found = desk.report_on(NOVEMBER, monday(20)).figures
    assert (found.demand.tries, found.demand.refused, found.demand.in_vain) == (2, 40 * 60, 2)


def test_of_one_members_refusals_no_more_are_kept_than_a_day_is_worth(desk):
    booked(desk, ALICE, request(4, 8, 18))
    for minute in range(60):
        refused(desk, BOB, request(4, 9, 13, member=BOB.id), now=NOW + timedelta(minutes=minute))
    with desk.ledger.reading() as book:
        assert len(book.refusals(Window(monday(-9), monday(90)))) == 50


def test_what_joins_the_waitlist_and_gets_its_gpus_is_as_old_as_the_wait(desk):
    one = booked(desk, ALICE, request(2, 8, 18))
    booked(desk, CAROL, request(2, 8, 18, member=CAROL.id))
    wanted = replace(request(2, 9, 13, member=BOB.id), when=Fixed(Window(NOW, NOW + timedelta(hours=4))))
    refused(desk, BOB, wanted)
    desk.wait(wanted, BOB, NOW + timedelta(minutes=1), auto=True)
    desk.release(ALICE, one.id, monday(11))
    desk.serve_waitlist(monday(11))
    found = desk.report_on(NOVEMBER, monday(20)).figures
    assert (found.demand.waited, found.demand.taken, found.demand.in_vain) == (1, 1, 0)
    assert (found.waits.count, found.waits.wait_90) == (3, 3 * 60)


def test_a_report_is_owed_to_the_admins_once_at_the_digests_hour_on_the_first(desk, owed):
    booked(desk, ALICE, request(2, 8, 18))
    assert not desk.owe_month(LATER - timedelta(minutes=1))
    assert desk.owe_month(LATER)
    assert not desk.owe_month(LATER + timedelta(minutes=1))
    (told,) = [one for one in owed() if one.kind is NoticeKind.MONTH]
    assert (told.to, told.facts["month"]) == ("C0ADMIN", "2026-11")
    assert desk.next_month_at(NOW) == LATER
    assert desk.next_month_at(LATER) == datetime(2027, 1, 1, 8, tzinfo=UTC)


def test_two_bots_and_a_restart_owe_it_once(desk, ledger, owed):
    booked(desk, ALICE, request(2, 8, 18))
    others = [Desk(ledger, lab()) for _ in range(2)]
    assert [one.owe_month(LATER + timedelta(hours=1)) for one in (desk, *others)] == [True, False, False]
    assert len([one for one in owed() if one.kind is NoticeKind.MONTH]) == 1


def test_of_an_empty_month_none_is_owed_nor_long_after_the_first(desk, owed):
    assert not desk.owe_month(LATER)
    booked(desk, ALICE, request(2, 8, 18))
    late = Desk(desk.ledger, lab())
    assert not late.owe_month(LATER + timedelta(days=4))
    assert not [one for one in owed() if one.kind is NoticeKind.MONTH]


def test_a_refusal_that_leads_to_nothing_is_no_change_of_the_ledger(desk):
    booked(desk, ALICE, request(4, 8, 18))
    version = desk.version(NOW)
    assert isinstance(refused(desk, BOB, request(2, 9, 13, member=BOB.id)), Refused)
    assert desk.version(NOW) == version
