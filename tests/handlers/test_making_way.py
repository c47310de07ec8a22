"""What people see of reservations that make way, and of runs in pieces."""

import re
from datetime import timedelta

import pytest

from bot.booking.lab import Policy
from bot.errors import InputError
from handlers.spoken.pieces import take_pieces
from make import lab, node
from worlds import all_of, buttons_of, playing

ONE = lab(node("atlas", "a100", 1), policy=Policy(max_share=1))


@pytest.fixture
def play(sqlite_url):
    with playing(sqlite_url, lab=ONE) as opened:
        yield opened


def test_the_holder_is_told_and_can_click_another_time(play):
    play.type("carol", "/gpu book 1 a100 now for 20h")
    play.type("bob", "/gpu book 1 a100 for 4h before 2026-11-06T16:00Z")
    answer = play.type("alice", "/gpu book 1 a100 2026-11-03T04:00Z/2026-11-03T08:00Z")
    assert "are yours" in answer.text or "is yours" in answer.text
    assert "R2 made way: it now begins" in all_of(answer)
    play.world.settle()
    card = next(message for message in play.workspace.visible("U0BOB") if message.text.startswith("R2 moved"))
    text = all_of(card)
    assert "so that <@U0ALICE> fits in" in text
    assert "It won't move again" in text
    before = next(one for one in play.reservations() if one.label == "R2")
    times = [one for one in buttons_of(card) if "move R2 to" in str(one.element.get("value"))]
    assert times
    play.click("bob", times[0].label, on=card)
    after = next(one for one in play.reservations() if one.label == "R2")
    assert after.window.start != before.window.start
    assert f"{after.window.start:%Y-%m-%dT%H:%MZ}" in times[0].element["value"]


@pytest.mark.parametrize(
    ("typed", "least", "rest"),
    [
        ("1 a100 for 30h before fri 6pm in pieces of 4h", 4, "1 a100 for 30h before fri 6pm"),
        ("1 a100 in pieces for 30h before fri", 4, "1 a100 for 30h before fri"),
        ("1 a100 for 30h In Pieces Of 90min before fri", 1.5, "1 a100 for 30h before fri"),
        ("1 a100 for 30h before fri", None, "1 a100 for 30h before fri"),
    ],
)
def test_in_pieces_is_understood_wherever_it_stands(typed, least, rest):
    expected = None if least is None else timedelta(hours=least)
    assert take_pieces(typed.split()) == (expected, rest.split())


def test_pieces_of_no_length_are_asked_about():
    with pytest.raises(InputError, match="Pieces of what length"):
        take_pieces(["1", "a100", "for", "30h", "in", "pieces", "of", "cake"])


def test_the_card_lists_the_pieces(play):
    play.type("bob", "/gpu book 1 a100 2026-11-02T12:00Z/2026-11-02T16:00Z")
    answer = play.type("alice", "/gpu book 1 a100 for 8h before 2026-11-02T20:00Z in pieces of 4h")
    assert "R2" in answer.text
    assert re.search(r"then .* · R3", all_of(answer))
    assert [one.group for one in play.reservations()] == [None, 2, 2]
    assert "Pieces need a deadline" in play.type("alice", "/gpu book 1 a100 now for 8h in pieces of 4h").text
