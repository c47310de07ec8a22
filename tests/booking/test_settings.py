"""Settings: quiet hours over midnight and clock changes, and changes of some of them."""

from datetime import UTC, datetime, time, timedelta

import pytest

from bot.booking.settings import USUAL, Change, MemberSettings, Reminder
from bot.booking.waking import Quiet, quiet_until
from make import monday

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("hour", "zone", "until"),
    [
        (8, "UTC", None),
        (7, "UTC", 8),
        (22, "UTC", 32),
        (23.9, "UTC", 32),
        (21, "Europe/Berlin", 31),  # 22:00 there
        (7, "Europe/Berlin", None),  # 08:00 there
        (8, "America/Los_Angeles", 16),  # midnight there
        (23, "", None),
        (23, "Nowhere/Land", None),
    ],
)
def test_quiet_hours_are_those_of_the_members_clock(hour, zone, until):
    assert quiet_until(monday(hour), Quiet(), zone) == (None if until is None else monday(until))


def test_quiet_hours_of_one_day_end_on_it():
    siesta = Quiet(time(13), time(15, 30))
    assert quiet_until(monday(13), siesta, "UTC") == monday(15.5)
    assert quiet_until(monday(15.5), siesta, "UTC") is None
    assert quiet_until(monday(12.9), siesta, "UTC") is None


def test_who_wants_none_has_none():
    assert quiet_until(monday(23), None, "UTC") is None


def test_a_night_in_which_the_clock_changes_ends_at_eight_all_the_same():
    night = datetime(2026, 10, 24, 23, tzinfo=UTC)  # Berlin falls back at 01:00 UTC
    assert quiet_until(night, Quiet(), "Europe/Berlin") == datetime(2026, 10, 25, 7, tzinfo=UTC)


def test_hours_that_end_when_they_begin_are_none():
    with pytest.raises(ValueError, match="another time"):
        Quiet(time(8), time(8))


def test_a_change_leaves_what_it_does_not_speak_of():
    mine = MemberSettings(frozenset({Reminder.START, Reminder.MORE}), Quiet(time(1), time(2)), "U0BOB", auto=True)
    assert Change().applied(mine) == mine
    assert Change(off=frozenset({Reminder.MORE})).applied(mine).reminders == {Reminder.START}
    assert Change(quiet="off").applied(mine).quiet is None
    assert Change(delegate="", auto=False).applied(mine) == MemberSettings(mine.reminders, mine.quiet)


def test_what_is_usual_leaves_the_hour_before_out():
    assert set(Reminder) - {Reminder.MORE} == USUAL == MemberSettings().reminders
