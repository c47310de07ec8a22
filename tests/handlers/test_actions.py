"""Buttons: what each does, and what those are told whose button came too late or was never theirs."""

import json
from datetime import timedelta
from threading import Barrier

import pytest

from bot.booking.lifecycle import State
from bot.sandbox.workspace import RESPONSE_URL
from make import monday
from racing import at_once
from worlds import Play, all_of, buttons_of

BOOK = "/gpu book 2 a100 tomorrow 9am for 8h"
WANTS_ALL = "/gpu book 4 a100 2026-11-03T09:00Z/2026-11-03T13:00Z"


def labels(play: Play, name: str) -> list[str]:
    return [button.label for button in buttons_of(play.last(name))]


def test_release_turns_the_card_into_one_with_undo_and_undo_turns_it_back(play: Play) -> None:
    before = play.type("alice", BOOK)
    play.click("alice", "Release")
    released = play.last("alice")
    assert released.ts == before.ts
    assert released.text.startswith("R1 is cancelled.")
    assert labels(play, "alice") == ["Undo"]
    assert play.reservations()[0].state is State.CANCELLED
    play.click("alice", "Undo")
    assert play.last("alice").ts == before.ts
    assert play.last("alice").text.startswith("Undone. R1 is as it was")
    assert play.reservations()[0].state is State.BOOKED


def test_extend_opens_a_form_whose_answer_goes_onto_the_card(play: Play) -> None:
    card = play.type("alice", BOOK)
    play.click("alice", "Extend")
    assert "2 × A100 on atlas" in play.form("alice")
    assert play.submit("alice", length="3h").problem == ""
    assert play.form("alice") == ""
    assert play.last("alice").ts == card.ts
    assert play.last("alice").text.startswith("R1 extended by 3 h")
    assert play.reservations()[0].window.end == monday(19, day=1)


def test_move_opens_a_form_and_keeps_the_length(play: Play) -> None:
    play.type("alice", BOOK)
    play.click("alice", "Move")
    play.submit("alice", when="wed 10:00")
    moved = play.reservations()[0].window
    assert (moved.start, moved.length) == (monday(9, day=2), timedelta(hours=8))
    assert play.last("alice").text.startswith("R1 moved:")


def test_show_lays_the_card_below_the_list_and_leaves_the_list(play: Play) -> None:
    play.type("alice", BOOK)
    play.type("alice", "/gpu book 1 3090 wed 9am for 2h")
    listed = play.type("alice", "/gpu mine")
    play.click("alice", "Show")
    shown = play.last("alice")
    assert shown.ts != listed.ts
    assert shown.only_for == "U0ALICE"
    assert shown.text.startswith("R1: 2 × A100 on atlas")
    assert play.workspace.timeline.find(listed.channel, listed.ts) == listed


def test_book_opens_the_booking_form(play: Play) -> None:
    play.type("alice", "/gpu free")
    play.click("alice", "Book")
    assert "How many GPUs" in play.form("alice")


def test_an_offer_books_exactly_what_it_says_in_place_of_the_refusal(play: Play) -> None:
    play.type("alice", BOOK)
    refusal = play.type("bob", WANTS_ALL)
    offer = json.loads(buttons_of(refusal)[0].element["value"])
    play.click("bob", buttons_of(refusal)[0].label)
    taken = play.reservations()[1]
    assert play.last("bob").ts == refusal.ts
    assert "are yours" in play.last("bob").text
    assert offer["line"].startswith(f"book {taken.count} {taken.pool} {taken.window.start:%Y-%m-%dT%H:%M}")


def test_an_offer_clicked_twice_books_once_and_answers_the_same(play: Play) -> None:
    play.type("alice", BOOK)
    refusal = play.type("bob", WANTS_ALL)
    first = buttons_of(refusal)[0].label
    play.click("bob", first, on=refusal)
    answer = play.last("bob")
    play.click("bob", first, on=refusal)
    again = play.last("bob")
    assert (again.text, again.ts) == (answer.text, refusal.ts)
    assert len(play.reservations()) == 2


def test_of_the_offers_of_one_refusal_only_one_is_taken(play: Play) -> None:
    play.type("alice", BOOK)
    refusal = play.type("bob", WANTS_ALL)
    first, second, *_ = (button.label for button in buttons_of(refusal))
    play.click("bob", first, on=refusal)
    play.click("bob", second, on=refusal)
    assert play.last("bob").text.startswith("One of these offers was taken already.")
    assert len(play.reservations()) == 2


def test_an_offer_that_is_gone_says_why_and_may_be_tried_again(play: Play) -> None:
    play.type("alice", BOOK)
    refusal = play.type("bob", WANTS_ALL)
    first = buttons_of(refusal)[0].label
    play.type("carol", "/gpu book 1 a100 2026-11-03T08:00Z/2026-11-05T08:00Z")
    play.click("bob", first, on=refusal)
    gone = play.last("bob")
    assert gone.text.startswith("Not <!date^")
    assert "<@U0CAROL>" in all_of(gone)
    assert len(play.reservations()) == 2
    play.type("carol", "/gpu release R2")
    play.click("bob", first, on=refusal)
    assert "are yours" in play.last("bob").text


@pytest.mark.parametrize("label", ["Extend", "Release", "Move", "Undo"])
def test_the_button_of_an_old_card_says_what_it_is_now_and_changes_nothing(play: Play, label: str) -> None:
    old = play.type("alice", BOOK)
    play.type("alice", "/gpu extend R1 2h")
    before = play.reservations()
    play.click("alice", label, on=old)
    told = play.last("alice")
    assert told.only_for == "U0ALICE"
    assert told.ts != old.ts
    assert told.text.startswith("R1 has changed since this card was drawn: it is booked already.")
    assert play.reservations() == before
    assert play.form("alice") == ""


@pytest.mark.parametrize("label", ["Release", "Undo"])
def test_the_button_of_somebody_else_is_refused_with_how_to_ask_for_it(play: Play, label: str) -> None:
    card = play.type("alice", BOOK)
    play.click("bob", label, on=card)
    assert play.last("bob").text == "R1 is not yours. `/gpu ask R1` asks for it, or for a part."
    assert play.last("bob").only_for == "U0BOB"
    assert play.reservations()[0].version == 1


@pytest.mark.parametrize("label", ["Extend", "Move"])
def test_the_form_behind_somebody_elses_button_is_refused_at_the_latest_when_it_is_sent(play: Play, label: str) -> None:
    card = play.type("alice", BOOK)
    play.click("bob", label, on=card)
    if play.form("bob"):
        play.submit("bob", **{"length": "2h"} if label == "Extend" else {"when": "wed 10:00"})
        assert "R1 is not yours." in play.form("bob")
    else:
        assert play.last("bob").text.startswith("R1 is not yours.")
    assert play.reservations()[0].version == 1


@pytest.mark.parametrize("value", ["", "R1", "R1:1:1", "R-1:1", "R1:x", "R" + "9" * 30 + ":1", "{}"])
def test_a_button_of_another_time_is_too_old_to_be_understood(play: Play, value: str) -> None:
    card = play.type("alice", BOOK)
    play.click("alice", "Release", on=card, value=value)
    assert play.last("alice").text.startswith("This button is too old to be understood.")
    assert play.reservations()[0].version == 1


@pytest.mark.parametrize(
    "value", ["", "no JSON", "[]", "{}", '{"line": 3, "key": "k"}', '{"line": "book 1 a100 now for 1h"}']
)
def test_an_offer_of_another_time_is_too_old_to_be_understood(play: Play, value: str) -> None:
    play.type("alice", BOOK)
    refusal = play.type("bob", WANTS_ALL)
    play.click("bob", buttons_of(refusal)[0].label, on=refusal, value=value)
    assert play.last("bob").text.startswith("This button is too old to be understood.")
    assert len(play.reservations()) == 1


def test_approve_decides_for_everyone_who_sees_the_card_and_a_second_admin_is_told_who_was_first(play: Play) -> None:
    play.type("bob", WANTS_ALL)
    play.world.settle()
    card = play.card("ada", "Approve 4")
    play.click("ada", "Approve", on=card)
    decided = play.last("ada")
    assert (decided.ts, decided.only_for) == (card.ts, None)
    assert decided.text.startswith("R1 approved by <@U0ADA>")
    assert play.reservations()[0].state is State.BOOKED
    play.click("ada", "Approve", on=card)
    late = play.last("ada")
    assert late.only_for == "U0ADA"
    assert late.text.startswith("R1 is booked already. That was <@U0ADA>")


def test_deny_asks_for_a_reason_that_the_member_is_told(play: Play) -> None:
    play.type("bob", WANTS_ALL)
    play.world.settle()
    card = play.card("ada", "Approve 4")
    play.click("ada", "Deny", on=card)
    assert play.submit("ada").errors == {"reason": "Please complete this required field."}
    play.submit("ada", reason="ICLR <comes> first")
    assert play.last("ada").ts == card.ts
    assert play.last("ada").text.startswith("R1 denied by <@U0ADA>")
    assert play.reservations()[0].state is State.DENIED
    play.world.settle()
    assert "ICLR &lt;comes&gt; first" in play.last("bob").text


def test_only_admins_decide_whatever_button_they_press(play: Play) -> None:
    play.type("bob", WANTS_ALL)
    play.world.settle()
    card = play.card("ada", "Approve 4")
    play.click("bob", "Approve", on=card)
    assert play.last("bob").text == "Only admins decide on requests."
    assert play.reservations()[0].state is State.PENDING


def test_buttons_of_a_form_answer_in_its_place(play: Play) -> None:
    play.type("alice", "/gpu free")
    play.click("alice", "Book")
    play.submit("alice", when="tomorrow 9am", length="8h", pool="a100", count="2")
    play.click_in_form("alice", "Release")
    assert "R1 is cancelled." in play.form("alice")
    play.click_in_form("alice", "Undo")
    assert "Undone." in play.form("alice")
    play.click_in_form("alice", "Extend")
    play.submit("alice", length="2h")
    assert "R1 extended by 2 h" in play.form("alice")
    assert play.reservations()[0].window.end == monday(18, day=1)


def test_an_error_behind_a_button_of_a_form_is_told_in_the_form(play: Play) -> None:
    play.type("alice", "/gpu free")
    play.click("alice", "Book")
    play.submit("alice", when="tomorrow 9am", length="8h", pool="a100", count="2")
    play.type("alice", "/gpu extend R1 1h")
    play.click_in_form("alice", "Release")
    assert "R1 has changed since this card was drawn: it is booked already." in play.form("alice")
    assert play.reservations()[0].state is State.BOOKED


def test_a_reply_that_does_not_arrive_costs_nothing_but_itself(play: Play) -> None:
    play.type("alice", BOOK)
    play.workspace.fail_next(RESPONSE_URL, 500)
    assert play.click("alice", "Release").status == 200
    assert play.reservations()[0].state is State.CANCELLED


def test_a_form_that_slack_does_not_open_says_to_press_again(play: Play) -> None:
    play.type("alice", BOOK)
    play.workspace.fail_next("views.open", error="expired_trigger_id")
    play.click("alice", "Extend")
    assert play.last("alice").text.startswith("Slack did not open the form in time.")


def test_a_double_click_has_one_effect(play: Play) -> None:
    card = play.type("alice", BOOK)

    def click(_: int, barrier: Barrier) -> int:
        barrier.wait()
        return play.click("alice", "Release", on=card).status

    assert at_once(4, click) == [200] * 4
    assert (play.reservations()[0].state, play.reservations()[0].version) == (State.CANCELLED, 2)
    play.world.settle()
    assert sum(line.startswith("R1 cancelled") for line in play.thread()) == 1
