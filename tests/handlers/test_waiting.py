"""The waitlist as people meet it: wait, an offer by message, take it or pass it on."""

from collections.abc import Iterator

import pytest

from bot.booking.lab import Policy
from bot.booking.lifecycle import State
from bot.errors import InputError
from handlers.parse import Context, parse
from handlers.said import Leave, Pass, Take, Waitlist
from make import ALICE, PEOPLE, lab, monday
from worlds import Play, all_of, buttons_of, playing

FULL = "alice: /gpu book 4 a100 now for 8h"


@pytest.fixture
def play(sqlite_url: str) -> Iterator[Play]:
    with playing(sqlite_url, now=monday(8), lab=lab(policy=Policy(max_share=1))) as play:
        yield play


def test_a_refusal_offers_the_waitlist_and_a_release_brings_a_message_whose_button_takes_the_gpus(play: Play) -> None:
    play.say(FULL)
    refused = play.say("carol: /gpu book 4 a100 now for 2h because ICLR")
    assert "Tell me if sooner]" in refused
    play.world.advance(monday(0.1) - monday(0))
    play.click("carol", "Tell me if sooner")
    waits = play.last("carol")
    assert all_of(waits).startswith("*You wait for 4 × A100")
    assert "You are next. Expected: " in all_of(waits)
    assert [one.label for one in buttons_of(waits)] == ["Leave"]
    assert "W1 · 4 × A100" in play.say("carol: /gpu mine")
    assert "W1 · @carol, 4 × A100" in play.say("dan: /gpu waitlist")
    released = play.say("alice: /gpu release R1")
    assert "→ @carol (DM):" in released
    assert "4 × A100 on atlas are free for you" in released
    assert "[1 Take it] [2 Pass]" in released
    assert "Not Today" in play.say("dan: /gpu book 1 a100 now for 1h")
    play.click("carol", "Take it")
    assert all_of(play.last("carol")).startswith("*4 × A100 on atlas are yours*")
    (_, taken) = play.reservations()
    assert (taken.member, taken.state, taken.reason) == ("U0CAROL", State.ACTIVE, "ICLR")
    assert "Nobody waits." in play.say("carol: /gpu waitlist")
    assert any("R2 booked from the waitlist" in line for line in play.thread())


def test_an_offer_that_is_not_answered_goes_to_the_next(play: Play) -> None:
    play.say(FULL)
    play.say("carol: /gpu wait 4 a100 now for 2h")
    play.say("alice: /gpu release R1")
    play.say("dan: /gpu wait 4 a100 now for 3h")
    said = play.say("carol: advance 31m")
    assert "R2 went on to the next: 4 × A100 on atlas. W1 goes on waiting." in said
    assert "→ @dan (DM):" in said
    assert "You waited as W2." in said
    offer = play.card("carol", "Take it", "Pass")
    play.click("carol", "Take it", offer)
    assert "has lapsed: nobody answered in time" in all_of(play.last("carol"))
    play.click("dan", "Pass")
    assert "W2 goes on waiting." in all_of(play.last("dan"))


def test_leave_gives_the_place_up(play: Play) -> None:
    play.say(FULL)
    play.say("carol: /gpu wait 4 a100 now for 2h")
    play.click("carol", "Leave")
    assert all_of(play.last("carol")).startswith("*W1 does not wait any more:*")
    assert "it was left" in play.say("carol: /gpu leave W1")


def test_who_says_auto_has_the_gpus_without_a_click(play: Play) -> None:
    play.say(FULL)
    assert "It is booked for you by itself" in play.say("carol: /gpu wait auto 2 a100 for 2h before 2026-11-02T14:00Z")
    assert "booked for you" in play.say("alice: /gpu release R1")
    assert [one.member for one in play.reservations() if one.state is State.ACTIVE] == ["U0CAROL"]


def test_a_movable_request_is_waited_for_with_its_button(play: Play) -> None:
    play.say(FULL)
    assert "Tell me if sooner" in play.say("carol: /gpu book 4 a100 for 4h before 2026-11-02T14:00Z")
    play.click("carol", "Tell me if sooner")
    assert "for 4 h before" in all_of(play.last("carol"))
    assert "Nothing is in sight yet." in all_of(play.last("carol"))


def test_what_can_be_booked_at_once_does_not_wait(play: Play) -> None:
    assert "are yours" in play.say("carol: /gpu wait 2 a100 now for 2h")


CONTEXT = Context(ALICE, lab(), PEOPLE, monday(9))


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("waitlist", Waitlist()),
        ("leave W3", Leave(3)),
        ("leave 3", Leave(3)),
        ("take R12", Take(12)),
        ("pass 12", Pass(12)),
    ],
)
def test_the_commands_are_read(line: str, command: object) -> None:
    assert parse(line, CONTEXT) == command


@pytest.mark.parametrize("line", ["wait", "wait auto", "leave", "leave R3", "take", "pass W3", "waitlist now"])
def test_what_is_not_understood_comes_with_an_example_that_is(line: str) -> None:
    with pytest.raises(InputError) as refused:
        parse(line, CONTEXT)
    assert refused.value.example
    parse(refused.value.example, CONTEXT)


def test_a_movable_reservation_is_offered_an_earlier_start_once_and_moves_with_one_click(play: Play) -> None:
    play.say(FULL)
    play.say("dan: /gpu book 4 a100 for 4h before tomorrow 6pm")
    released = play.say("alice: /gpu release R1")
    assert "R2 could start sooner: now instead of Today 16:00" in released
    assert "could start sooner" not in play.say("alice: /gpu book 1 3090 now for 1h")
    play.click("dan", "Start now")
    assert play.reservations()[1].window.start.hour == 8
    assert play.reservations()[1].state is State.ACTIVE


def test_nobody_is_woken_for_an_earlier_start(play: Play) -> None:
    play.say(FULL)
    play.say("bob: /gpu book 4 a100 for 4h before tomorrow 6pm")
    assert "could start sooner" not in play.say("alice: /gpu release R1"), "it is midnight in Los Angeles"


def test_boards_say_who_waits_for_what_and_until_when_where_it_matters(play: Play) -> None:
    play.say(FULL)
    assert "Waiting:" not in play.say("dan: /gpu free")
    play.say("carol: /gpu wait 4 a100 now for 2h because <!here> ICLR")
    for line in ("free", "who", "free a100", "who atlas:2"):
        told = play.say(f"dan: /gpu {line}")
        assert "Waiting: @carol, 4 × A100" in told, line
        assert "(W1, expected Today 16:00)" in told
    for line in ("free 3090", "who titan"):
        assert "Waiting:" not in play.say(f"dan: /gpu {line}")
    (board,) = [message for message in play.workspace.timeline if message.channel == "C0GPUS" and message.edited]
    assert "*Waiting:* <@U0CAROL>, 4 × A100" in all_of(board)
    assert "ICLR" not in all_of(board)
    play.say("alice: /gpu release R1")
    assert "(W1, R2 is held for it)" in play.say("dan: /gpu free")
