"""Forms: errors beside their fields, answers in the form's place or on the card, each form taken once."""

from typing import Any

import pytest

from bot.booking.lifecycle import State
from bot.errors import Busy
from bot.sandbox import payloads
from bot.sandbox.workspace import RESPONSE_URL
from make import monday
from worlds import Play, words_of

GOOD = {"when": "tomorrow 9am", "length": "8h", "pool": "a100", "count": "2"}


@pytest.fixture
def booking(play: Play) -> Play:
    """Alice has the booking form in front of her."""
    play.hands.type(play.person("alice"), "/gpu", "C0GPUS")
    assert "How many GPUs" in play.form("alice")
    return play


def test_a_filled_form_books_what_it_says_and_shows_the_card(booking: Play) -> None:
    assert booking.submit("alice", **GOOD, reason="ablations <!channel>").problem == ""
    assert "*2 × A100 on atlas are yours*" in booking.form("alice")
    (booked,) = booking.reservations()
    assert (booked.count, booked.pool, booked.reason) == (2, "a100", "ablations <!channel>")
    assert (booked.window.start, booked.window.end) == (monday(8, day=1), monday(16, day=1))
    assert "ablations &lt;!channel&gt;" in booking.form("alice")


def test_the_picker_and_a_length_book_too(booking: Play) -> None:
    booking.submit("alice", start="2026-11-03T09:00", length="90m", pool="3090")
    (booked,) = booking.reservations()
    assert (booked.window.start, booked.window.minutes, booked.pool) == (monday(8, day=1), 90, "3090")


def test_when_may_say_it_all(booking: Play) -> None:
    booking.submit("alice", when="for 10h before fri 6pm", count="2")
    (booked,) = booking.reservations()
    assert booked.movable
    assert booked.window.hours == 10


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"when": "whenever"}, "when", 'I did not understand "whenever".'),
        ({"when": ""}, "when", "When?"),
        ({"when": "tomorrow 9am", "length": ""}, "when", "How long?"),
        ({"length": "banana"}, "when", "banana"),
        ({"start": "2026-11-03T09:00"}, "start", "not both"),
        ({"when": "", "start": "2026-11-03T09:00", "length": ""}, "length", "For how long?"),
        ({"count": "5"}, "count", "A100 has 4 GPUs"),
        ({"count": "1000000000"}, "count", "A100 has 4 GPUs"),
        ({"when": "yesterday 9am"}, "when", "is over"),
        ({"when": "tomorrow 9am for 40 days", "length": ""}, "length", "too long"),
        ({"when": "\x00"}, "when", "NUL"),
        ({"reason": "x" * 400}, "reason", "300 characters"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_the_form_stays(
    booking: Play, typed: dict[str, str], field: str, words: str
) -> None:
    outcome = booking.submit("alice", **GOOD | typed)
    assert list(outcome.errors) == [field], outcome
    assert words in outcome.errors[field]
    assert booking.reservations() == []
    assert "How many GPUs" in booking.form("alice")


@pytest.mark.parametrize("typed", [{"when": "whenever"}, {"when": "tomorrow 9am", "length": ""}])
def test_the_example_beside_a_field_works_in_that_field(booking: Play, typed: dict[str, str]) -> None:
    error = booking.submit("alice", **GOOD | typed).errors["when"]
    example = error.partition("For example: ")[2]
    booking.submit("alice", when=example, length="", count="1")
    assert len(booking.reservations()) == 1, example


def test_a_corrected_form_is_taken(booking: Play) -> None:
    booking.submit("alice", **GOOD | {"when": "whenever"})
    booking.submit("alice", **GOOD)
    assert len(booking.reservations()) == 1


def test_a_refusal_with_offers_takes_the_forms_place_and_its_buttons_book(play: Play) -> None:
    play.type("bob", "/gpu book 2 a100 2026-11-03T08:00Z/2026-11-03T16:00Z")
    play.hands.type(play.person("alice"), "/gpu", "C0GPUS")
    play.submit("alice", **GOOD | {"count": "4"})
    assert "you need 4 A100, 2 are free" in play.form("alice")
    view = play.workspace.modal("U0ALICE")
    assert view is not None
    row = next(block for block in view.content["blocks"] if block["type"] == "actions")
    play.click_in_form("alice", row["elements"][0]["text"]["text"])
    assert "are yours" in play.form("alice")
    assert len(play.reservations()) == 2


def test_a_form_that_comes_twice_books_once_and_is_answered_the_same(booking: Play) -> None:
    alice = booking.person("alice")
    view = booking.workspace.modal(alice.id)
    assert view is not None
    values, _ = booking.hands._filled(alice, view, GOOD)
    sent = payloads.submission(booking.workspace, alice, view, values)
    first, again = (booking.world.deliver(sent.body(), sent.headers("", monday(8))) for _ in range(2))
    assert first == again
    assert first[0] == 200
    assert "are yours" in first[1]
    assert len(booking.reservations()) == 1


def test_a_form_sent_again_with_other_content_is_not_taken(booking: Play) -> None:
    alice = booking.person("alice")
    view = booking.workspace.modal(alice.id)
    assert view is not None
    for count in ("2", "1"):
        values, _ = booking.hands._filled(alice, view, GOOD | {"count": count})
        sent = payloads.submission(booking.workspace, alice, view, values)
        _, body = booking.world.deliver(sent.body(), sent.headers("", monday(8)))
    assert "This was answered before, for another request." in body
    assert len(booking.reservations()) == 1


def card_form(play: Play, button: str, day: str = "tomorrow") -> None:
    play.type("alice", f"/gpu book 2 a100 {day} 9am for 8h")
    play.click("alice", button)


@pytest.mark.parametrize(
    ("button", "field", "typed", "words"),
    [
        ("Extend", "length", "banana", 'I did not understand "banana".'),
        ("Extend", "length", "until tomorrow 10:00", "R1 already ends then or later."),
        ("Move", "when", "banana", 'I did not understand "banana".'),
    ],
)
def test_a_change_that_cannot_be_read_is_told_beside_its_field(
    play: Play, button: str, field: str, typed: str, words: str
) -> None:
    card_form(play, button, "thu")
    errors = play.submit("alice", **{field: typed}).errors
    assert words in errors[field]
    example = errors[field].partition("For example: ")[2]
    assert play.submit("alice", **{field: example}).errors == {}
    assert play.reservations()[0].version == 2, example


def test_an_extension_until_a_time_of_day_is_until_that_of_the_day_on_which_it_ends(play: Play) -> None:
    card_form(play, "Extend", "thu")
    assert play.submit("alice", length="until 18:00").errors == {}
    assert play.reservations()[0].window.hours == 9


def test_a_refused_change_is_answered_in_the_form_with_its_offers(play: Play) -> None:
    card_form(play, "Extend")
    play.type("bob", "/gpu book 4 a100 2026-11-03T16:00Z/2026-11-03T20:00Z")
    play.submit("alice", length="2h")
    told = play.form("alice")
    assert "<@U0BOB>" in told
    assert "R1 stays as it is" in told
    assert play.reservations()[0].version == 1


def test_a_form_of_an_old_card_changes_nothing_and_says_what_it_is_now(play: Play) -> None:
    card_form(play, "Extend")
    play.bot.desk.release(play.bot.desk.member(play.bot.people.find("U0ALICE", monday(8))), 1, monday(8))
    play.submit("alice", length="2h")
    assert "R1 has changed since this card was drawn: it is cancelled already." in play.form("alice")
    assert play.reservations()[0].state is State.CANCELLED


def test_a_card_that_cannot_be_reached_any_more_costs_only_the_picture(play: Play) -> None:
    card_form(play, "Extend")
    play.workspace.fail_next(RESPONSE_URL, 404)
    assert play.submit("alice", length="2h").status == 200
    assert play.reservations()[0].window.hours == 10


def test_a_busy_ledger_leaves_the_form_as_it_was_filled(booking: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: Any, **__: Any) -> None:
        raise Busy("no turn")

    monkeypatch.setattr(booking.bot.desk, "reserve", busy)
    outcome = booking.submit("alice", **GOOD)
    assert outcome.errors == {"pool": "The ledger is busy; nothing was changed. Please try again in a moment."}
    monkeypatch.undo()
    booking.submit("alice", **GOOD)
    assert len(booking.reservations()) == 1


def test_the_form_is_filled_with_what_was_typed(play: Play) -> None:
    play.hands.type(play.person("alice"), "/gpu book 3 3090 because of <b>ICLR</b> & co", "C0GPUS")
    view = play.workspace.modal("U0ALICE")
    assert view is not None
    elements = {block["block_id"]: block["element"] for block in view.content["blocks"] if block["type"] == "input"}
    assert elements["pool"]["initial_option"]["value"] == "3090"
    assert elements["count"]["initial_value"] == "3"
    assert elements["reason"]["initial_value"] == "of <b>ICLR</b> & co"
    assert "Los_Angeles" not in words_of(view.content["blocks"])
