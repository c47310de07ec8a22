"""What was typed into a form stays: under errors, below a refusal, and after what went wrong."""

import pytest

from bot.errors import Busy
from handlers.ids import BlockId
from worlds import Play

TYPED = {"when": "tomorrow 9am", "length": "8h", "pool": "a100", "count": "4"}


@pytest.fixture
def booking(play: Play) -> Play:
    play.type("bob", "/gpu book 2 a100 2026-11-03T08:00Z/2026-11-03T16:00Z")
    play.hands.type(play.person("alice"), "/gpu", "C0GPUS")
    return play


def test_a_refusal_lies_upon_the_form_which_is_there_again_when_it_is_closed(booking: Play) -> None:
    booking.submit("alice", **TYPED)
    assert "you need 4 A100, 2 are free" in booking.form("alice")
    booking.say("alice: close")
    assert "How many GPUs" in booking.form("alice")
    booking.submit("alice", **TYPED | {"count": "2"})
    assert len(booking.reservations()) == 2


def test_an_offer_that_is_taken_upon_the_form_closes_it_too(booking: Play) -> None:
    booking.submit("alice", **TYPED)
    view = booking.workspace.modal("U0ALICE")
    assert view is not None
    row = next(block for block in view.content["blocks"] if block["type"] == "actions")
    booking.click_in_form("alice", row["elements"][0]["text"]["text"])
    after = booking.workspace.modal("U0ALICE")
    assert after is not None
    assert after.content["clear_on_close"]
    assert "are yours" in booking.form("alice")


def test_a_form_upon_three_others_takes_the_place_of_the_last(play: Play) -> None:
    play.say("alice: /gpu book 2 a100 tomorrow 9am for 8h")
    alice = play.person("alice")
    play.hands.type(alice, "/gpu", "C0GPUS")
    play.submit("alice", when="thu 9am for 8h", count="2")
    view = play.workspace.modal(alice.id)
    assert view is not None
    for _ in range(2):
        play.workspace.modals.push(alice.id, view.content)
    play.click_in_form("alice", "Extend")
    assert "By how long" in play.form("alice")


@pytest.mark.parametrize(("line", "field"), [("/gpu extend", BlockId.LENGTH), ("/gpu move", BlockId.WHEN)])
def test_a_bare_command_lets_the_reservation_be_chosen(play: Play, line: str, field: BlockId) -> None:
    play.say("alice: /gpu book 2 a100 thu 9am for 8h")
    play.say("alice: /gpu book 1 3090 fri 9am for 8h")
    play.say("bob: /gpu book 1 3090 fri 9am for 8h")
    alice = play.person("alice")
    play.hands.type(alice, line, "C0GPUS")
    view = play.workspace.modal(alice.id)
    assert view is not None
    offered = play.hands.suggest(alice, view, BlockId.RESERVATION, "value", "")
    assert [option["value"] for option in offered] == ["R1:1", "R2:1"]
    typed = {"reservation": "R2", field: "2h" if field is BlockId.LENGTH else "sat 9am"}
    assert play.submit("alice", **typed).errors == {}
    assert [one.version for one in play.reservations()] == [1, 2, 1]


def test_what_cannot_be_extended_is_not_offered(play: Play) -> None:
    play.say("alice: /gpu book 4 a100 thu 9am for 8h")  # which waits for an admin
    alice = play.person("alice")
    play.hands.type(alice, "/gpu extend", "C0GPUS")
    view = play.workspace.modal(alice.id)
    assert view is not None
    assert play.hands.suggest(alice, view, BlockId.RESERVATION, "value", "") == []


def test_a_menu_that_cannot_be_filled_leaves_the_form_as_it_is(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object) -> None:
        raise Busy("no turn")

    alice = play.person("alice")
    play.hands.type(alice, "/gpu", "C0GPUS")
    view = play.workspace.modal(alice.id)
    assert view is not None
    assert len(play.hands.suggest(alice, view, BlockId.POOL, "value", "")) == 3
    monkeypatch.setattr(play.bot.desk, "board", busy)
    assert play.hands.suggest(alice, view, BlockId.POOL, "value", "") == []
    assert "How many GPUs" in play.form("alice")
