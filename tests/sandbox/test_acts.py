"""What people do in the chat besides commands: messages, mentions, shortcuts, Home, closing a form."""

from collections.abc import Iterator

import pytest

from bot.errors import InputError
from bot.sandbox.script import Close, Home, Shortcut, TypeCommand, Write, read_act
from worlds import Play, playing


@pytest.fixture
def play(sqlite_url: str) -> Iterator[Play]:
    with playing(sqlite_url) as play:
        yield play


@pytest.mark.parametrize(
    ("said", "act"),
    [
        ("@crunchtime free", Write("@crunchtime free")),
        ("say hello", Write("hello")),
        ("Thread @crunchtime mine", Write("@crunchtime mine", thread=True)),
        ("dm free", Write("free", direct=True)),
        ("shortcut book gpus", Shortcut(on_message=False)),
        ("shortcut Book for this", Shortcut(on_message=True)),
        ("home", Home()),
        ("close", Close()),
        ("/gpu home", TypeCommand("/gpu home")),
    ],
)
def test_what_is_done_is_read(said: str, act: object) -> None:
    assert read_act(said) == act


@pytest.mark.parametrize("said", ["home now", "close 2", "say", "dm", "thread", "shortcut", "shortcut dance"])
def test_what_is_not_understood_is_told_with_what_is(said: str) -> None:
    with pytest.raises(InputError) as caught:
        read_act(said)
    assert "shortcut book gpus" in caught.value.hint


def test_home_is_shown_and_its_buttons_are_pressed_by_number(play: Play) -> None:
    play.say("alice: /gpu book 2 a100 now for 8h")
    shown = play.say("alice: home")
    assert "R1: 2 × A100 on atlas" in shown
    assert "[1 Book GPUs] [2 Who has what]" in shown
    assert "[3 Extend] [4 Release]" in shown
    assert "R1 is released." in play.say("alice: click 4")
    assert "No form is open" not in play.say("alice: click 1")  # [Undo], of the answer over Home
    assert play.reservations()[0].holds


def test_after_a_command_the_buttons_are_those_of_its_answer(play: Play) -> None:
    play.say("alice: home")
    play.say("alice: /gpu book 2 a100 now for 8h")
    assert "Form: Extend R1" in play.say("alice: click 1")


def test_a_number_too_large_for_home_is_told(play: Play) -> None:
    play.say("alice: home")
    assert "there are 3 buttons" in play.say("alice: click 4").lower()


def test_messages_are_written_where_they_belong(play: Play) -> None:
    assert "no message yet" not in play.say("bob: thread @crunchtime free")  # below the board
    play.say("bob: say I need 2 a100 tomorrow 9am for 8h")
    assert "Pool = A100" in play.say("alice: shortcut book for this")
    assert "Nobody waits" in play.say("carol: dm waitlist")


def test_a_shortcut_on_a_message_needs_one(play: Play) -> None:
    assert "Nobody has written a message yet" in play.say("alice: shortcut book for this")


def test_a_form_that_is_closed_shows_the_one_below(play: Play) -> None:
    play.say("bob: /gpu book 2 a100 2026-11-03T08:00Z/2026-11-03T16:00Z")
    play.say("alice: shortcut book gpus")
    assert "2 are free" in play.say('alice: submit when="tomorrow 9am for 8h" pool=a100 count=4')
    assert "Form: Book GPUs" in play.say("alice: close")
    assert "(no answer)" in play.say("alice: close")
