"""Shortcuts: the booking form from anywhere, and from a message with what it says."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from handlers.context import Context
from handlers.gleaned import MOST_TRIES, gleaned
from handlers.ids import CallbackId
from handlers.shortcuts import link_to
from handlers.views.fields import BookingForm
from make import ALICE, BOB, PEOPLE, lab, monday
from worlds import Play

BERLIN = Context(ALICE, lab(), PEOPLE, monday(8))


def elements(play: Play, name: str) -> dict[str, Any]:
    view = play.workspace.modal(play.person(name).id)
    assert view is not None
    return {block["block_id"]: block["element"] for block in view.content["blocks"] if block["type"] == "input"}


def test_book_gpus_opens_an_empty_form_that_books(play: Play) -> None:
    assert play.hands.shortcut(play.person("alice"), CallbackId.BOOK_GPUS).status == 200
    assert elements(play, "alice")["pool"]["initial_option"]["text"]["text"] == "Any pool"
    play.submit("alice", when="tomorrow 9am", length="8h", count="2")
    assert len(play.reservations()) == 1


def test_book_for_this_means_what_its_author_meant_and_keeps_the_link(play: Play) -> None:
    written = play.workspace.write("U0BOB", "C0GPUS", "Can I have 2 a100 tomorrow 9am for 8h? For the demo.")
    play.world.clock.move(timedelta(hours=3))
    assert play.hands.shortcut_on(play.person("alice"), written, CallbackId.BOOK_FOR_THIS).status == 200
    form = elements(play, "alice")
    # Bob in Los Angeles wrote it at midnight on Monday.
    assert form["start"]["initial_date_time"] == int(monday(17, day=1).timestamp())
    assert (form["count"]["initial_value"], form["length"]["initial_value"]) == ("2", "8 h")
    assert form["pool"]["initial_option"]["value"] == "a100"
    assert play.submit("alice").errors == {}
    (booked,) = play.reservations()
    assert (booked.member, booked.window.start, booked.window.hours) == ("U0ALICE", monday(17, day=1), 8)
    assert booked.reason == f"https://lab.slack.com/archives/C0GPUS/p{written.ts.replace('.', '')}"


def test_a_start_that_is_over_is_left_to_be_chosen(play: Play) -> None:
    written = play.workspace.write("U0BOB", "C0GPUS", "I took 1 3090 now for 2h")
    play.world.clock.move(timedelta(hours=5))
    play.hands.shortcut_on(play.person("alice"), written, CallbackId.BOOK_FOR_THIS)
    form = elements(play, "alice")
    assert "initial_date_time" not in form["start"]
    assert form["length"]["initial_value"] == "2 h"


def test_a_form_that_a_shortcut_could_not_open_is_offered_by_message(play: Play) -> None:
    play.workspace.fail_next("views.open", 200, "expired_trigger_id", times=2)
    play.hands.shortcut(play.person("alice"), CallbackId.BOOK_GPUS)
    told = play.last("alice")
    assert told.channel == "D0ALICE"
    play.click("alice", "Book", told)
    assert "How many GPUs" in play.form("alice")


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("2 a100 tomorrow 9am for 8h", BookingForm("a100", "2", "", monday(32), "8 h")),
        ("Hi all! I need *1 3090 now for 90m*, sorry.", BookingForm("3090", "1", "", monday(8), "1 h 30 min")),
        ("we had 3 talks\nplease: 4 gpus fri 14:00-18:00 (demo)", BookingForm("", "4", "", monday(13, day=4), "4 h")),
        (
            "could do with 2 a100 for 10h before fri 6pm",
            BookingForm("a100", "2", "for 10h after 2026-11-02T08:00Z before 2026-11-06T17:00Z"),
        ),
        (
            "1 gpu with 40gb now for 2h",
            BookingForm("", "1", "with 40gb 2026-11-02T08:00Z/2026-11-02T10:00Z"),
        ),
        ("40 gpu-hours a100 before fri 6pm", BookingForm()),
        ("see you at 9 tomorrow", BookingForm()),
        ("3 papers are due on friday", BookingForm()),
        ("", BookingForm()),
    ],
)
def test_what_a_message_says_of_a_booking_is_found(text: str, form: BookingForm) -> None:
    assert gleaned(text, BERLIN) == form


def test_times_are_those_of_who_wrote_it() -> None:
    there = replace(BERLIN, member=BOB)
    assert gleaned("1 a100 today 18:00 for 2h", there).start == monday(26)  # 18:00 in Los Angeles


def test_a_long_message_is_not_read_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    def read(text: str, _: Context) -> None:
        tried.append(text)

    monkeypatch.setattr("handlers.gleaned.read_booking", read)
    assert gleaned("1 2 3 4 5 6 7 8 9 \n" * 4000, BERLIN) == BookingForm()
    assert len(tried) == MOST_TRIES


def test_without_a_channel_there_is_no_link() -> None:
    assert link_to({"team": {"id": "T0LAB"}, "message": {"ts": "1.2"}}) == ""
