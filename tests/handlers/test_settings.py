"""Settings in a line and in the form."""

from datetime import time

import pytest

from bot.booking.settings import Change, Reminder
from bot.booking.waking import Quiet
from bot.errors import InputError
from handlers.context import Context
from handlers.parse import parse
from handlers.settings_line import SetSettings, Settings
from make import ALICE, BOB, PEOPLE, lab, monday
from worlds import Play, all_of

CONTEXT = Context(ALICE, lab(), PEOPLE, monday(8))
MORE = frozenset({Reminder.MORE})


@pytest.mark.parametrize(
    ("line", "change"),
    [
        ("settings more on", Change(on=MORE)),
        ("settings reminders more off", Change(off=MORE)),
        ("settings remind start no", Change(off=frozenset({Reminder.START}))),
        ("settings quiet 23-7", Change(quiet=Quiet(time(23), time(7)))),
        ("settings quiet 22:30 to 08:15", Change(quiet=Quiet(time(22, 30), time(8, 15)))),
        ("settings quiet 10pm until 8am", Change(quiet=Quiet())),
        ("settings quiet midnight-6", Change(quiet=Quiet(time(0), time(6)))),
        ("settings quiet off", Change(quiet="off")),
        ("settings delegate @bob", Change(delegate=BOB.id)),
        ("settings delegate <@U0BOB|bob>", Change(delegate=BOB.id)),
        ("settings delegate nobody", Change(delegate="")),
        ("settings auto on", Change(auto=True)),
        ("settings auto off", Change(auto=False)),
    ],
)
def test_a_line_changes_one_of_them(line, change):
    assert parse(line, CONTEXT) == SetSettings(change)


def test_bare_it_shows_them():
    assert parse("settings", CONTEXT) == Settings()


@pytest.mark.parametrize(
    "line",
    [
        "settings colour blue",
        "settings more",
        "settings more perhaps",
        "settings quiet",
        "settings quiet 8",
        "settings quiet 8-8",
        "settings quiet 25-99",
        "settings quiet tomorrow-friday",
        "settings quiet 1-2-3",
        "settings delegate",
        "settings delegate @nemo",
        "settings delegate @bob @carol",
        "settings delegate @alice",
        "settings auto",
    ],
)
def test_what_is_no_setting_is_answered_with_an_example_that_works(line):
    with pytest.raises(InputError) as caught:
        parse(line, CONTEXT)
    assert isinstance(parse(caught.value.example, CONTEXT), SetSettings)


def test_the_form_shows_what_is_set_and_changes_it(play: Play) -> None:
    assert "22:00–08:00" in all_of(play.type("alice", "/gpu settings"))
    play.click("alice", "Change")
    filled = {"reminders": "more", "quiet_start": "23:00", "quiet_end": "06:30", "delegate": "@bob", "auto": "auto"}
    play.submit("alice", **filled)
    assert "Your settings are changed." in play.form("alice")
    kept = play.bot.desk.settings(ALICE.id, monday(8))
    assert (kept.reminders, kept.quiet, kept.delegate, kept.auto) == (MORE, Quiet(time(23), time(6, 30)), BOB.id, True)
    shown = all_of(play.type("alice", "/gpu settings"))
    assert "<@U0BOB>" in shown
    assert "23:00–06:30" in shown
    assert "books by itself" in shown
    assert "are yours" not in play.type("bob", "/gpu book 1 a100 tomorrow 9am for 2h for @alice").text
    assert [one.member for one in play.reservations()] == [ALICE.id]


def test_emptied_fields_mean_none(play: Play) -> None:
    play.type("alice", "/gpu settings")
    play.click("alice", "Change")
    play.submit("alice", reminders="", quiet_start="", quiet_end="")
    kept = play.bot.desk.settings(ALICE.id, monday(8))
    assert (kept.reminders, kept.quiet, kept.delegate, kept.auto) == (frozenset(), None, "", False)
    play.click_in_form("alice", "Change…")
    assert "Quiet from" in play.form("alice") or play.form("alice")


def test_half_of_the_quiet_hours_is_an_error_beside_the_field(play: Play) -> None:
    play.type("alice", "/gpu settings")
    play.click("alice", "Change")
    outcome = play.submit("alice", quiet_end="")
    assert outcome.errors == {"quiet_end": "Pick both times, or neither to have no quiet hours."}
    same = play.submit("alice", quiet_start="08:00")
    assert set(same.errors) == {"quiet_end"}
