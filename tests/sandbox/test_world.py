"""The whole bot in the sandbox, as `crunchtime try` shows it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from make import monday
from worlds import Play, playing


@pytest.fixture
def play(sqlite_url: str) -> Iterator[Play]:
    with playing(sqlite_url) as play:
        yield play


def test_a_first_conversation_is_right_in_each_readers_zone(play: Play) -> None:
    booked = play.say("alice: /gpu book 2 a100 tomorrow 9am for 8h")
    assert "2 × A100 on atlas are yours Tomorrow 09:00–17:00 (8 h) · R1" in booked
    assert "[1 Extend] [2 Release] [3 Move] [4 Undo]" in booked
    assert "→ #gpus (thread): R1 booked · @alice" in booked

    refused = play.say("bob: /gpu book 4 a100 tomorrow 0:00 for 8h")
    assert "Not Tomorrow 00:00: you need 4 A100, 2 are free. @alice has 2 until 08:00 · R1." in refused
    assert "[1 2 from Tue 00:00, twice as long*]" in refused
    taken = play.say("bob: click 1")
    assert "2 × A100 on atlas are yours Tomorrow 00:00–16:00 (16 h) · R2" in taken

    assert "8 of 8 GPUs free now · A100: 4, then none from Tomorrow 09:00" in play.say("alice: /gpu free")
    assert "R1: 2 × A100 on atlas · Tomorrow 09:00–17:00 (8 h) · booked" in play.say("alice: /gpu mine")
    play.say("alice: click 1")
    assert "R1 extended by 2 h, until 19:00" in play.say("alice: submit length=2h")
    assert "R1 is cancelled." in play.say("alice: click 2")
    assert "Undone. R1 is as it was: 2 × A100 on atlas, Tomorrow 09:00–19:00 (10 h)." in play.say("alice: click 1")
    started = play.say("alice: advance 23h")
    assert "It is Tuesday 3 November 2026, 08:00 (Europe/Berlin)." in started
    started = play.say("alice: advance 1h")
    assert "→ @alice (DM):" in started
    assert "R1 has begun: 2 × A100 on atlas are yours" in started
    assert "CUDA_VISIBLE_DEVICES=" in started


def test_buttons_of_a_form_can_be_pressed_and_typing_closes_it(play: Play) -> None:
    play.say("alice: /gpu")
    assert "[1 Extend] [2 Release]" in play.say('alice: submit when="tomorrow 9am" length=8h count=2 pool=a100')
    assert "R1 is cancelled." in play.say("alice: click 2")
    assert "Undone." in play.say("alice: click 1")
    play.say("alice: /gpu free")
    assert play.form("alice") == ""
    assert "No form is open for you." in play.say("alice: submit when=now")


def test_a_message_that_came_after_the_form_takes_the_click(play: Play) -> None:
    play.say("bob: /gpu")
    play.say('bob: submit when="tomorrow 9am" length=1h pool=3090')
    assert "@bob (DM)" in play.say("ada: /gpu book 1 a100 now for 2h for @bob")
    assert "Form: Extend R2" in play.say("bob: click 1")


def test_a_click_behind_an_open_form_closes_it(play: Play) -> None:
    play.say("alice: /gpu book 1 a100 now for 2h")
    play.say("alice: click 1")
    assert "R1 is released." in play.say("alice: click 2")
    assert play.form("alice") == ""


def test_a_quiet_month_passes_at_once_and_nothing_in_it_is_missed(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    play.say("alice: /gpu book 1 a100 wed 9am for 2h")
    settled, settle = [], play.world.settle
    monkeypatch.setattr(play.world, "settle", lambda: settled.append(settle()))
    told = play.say("alice: advance 31 days")
    assert len(settled) < 31 * 24  # of 44,640 minutes
    assert "R1 has started" in told
    assert "R1 has ended" in told
    assert play.world.clock() - monday(8) - timedelta(days=31) < timedelta(seconds=1)
    (started,) = [message for message in play.workspace.visible("U0ALICE") if "has begun" in message.text]
    assert started.ts.startswith(str(int(monday(8, day=2).timestamp())))


def test_changes_of_the_same_minute_are_each_told(play: Play) -> None:
    play.say("alice: /gpu book 1 a100 tomorrow 9am for 2h")
    for _ in range(2):
        play.say("alice: /gpu extend R1 1h")
        play.say("alice: /gpu undo R1")
    lines = [line.partition(" · ")[0] for line in play.thread()]
    assert lines == ["R1 booked", "R1 extended", "R1 undone", "R1 extended", "R1 undone"]


def test_the_same_script_again_on_a_kept_database_is_another_conversation(sqlite_url: str) -> None:
    for labels in (["R1", "R2"], ["R1", "R2", "R3", "R4"]):
        with playing(sqlite_url) as play:
            assert "is yours" in play.say("alice: /gpu book 1 a100 tomorrow 9am for 2h")
            play.say("alice: /gpu")
            assert "is yours" in play.say('alice: submit when="wed 9am for 1h"')
            assert [one.label for one in play.reservations()] == labels
