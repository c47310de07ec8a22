"""Reminders as messages: what they say, whom they name, and the buttons that answer them."""

from dataclasses import replace
from datetime import UTC

import pytest

from bot.booking.lifecycle import State
from bot.booking.notices import Notice, NoticeKind
from bot.sandbox.limits import check_message
from handlers.views import notices
from handlers.views.reminders import welcome
from make import ALICE, BOB, CAROL, monday, reservation

R12 = reservation(12, 9, 17, ("atlas:0", "atlas:1"), version=3, reason="x" * 3000)
RUNNING = replace(R12, state=State.ACTIVE)


def told(kind, act, about=RUNNING, **facts):
    """The text and the labels of the buttons."""
    notice = Notice(kind, ALICE.id, about.id, monday(9), monday(9), {"act": act, **facts})
    message = notices.message(notice, about, late=False, zone=UTC)
    assert check_message(message) == []
    rows = [block["elements"] for block in message["blocks"] if block["type"] == "actions"]
    return message["text"], [button["text"]["text"] for row in rows for button in row]


def test_a_start_says_which_devices_are_theirs():
    notice = Notice(NoticeKind.START, ALICE.id, 12, monday(9), monday(9), {"act": "started"})
    message = notices.message(notice, RUNNING, late=False, zone=UTC)
    assert "CUDA_VISIBLE_DEVICES=0,1" in str(message["blocks"])


def test_the_last_quarter_of_an_hour_names_who_is_next():
    text, buttons = told(NoticeKind.REMINDER, "next", next=f"{BOB.id},{CAROL.id}")
    assert "<@U0BOB> and <@U0CAROL> are next" in text
    assert buttons == ["Extend", "Release"]
    assert "<@U0BOB> is next" in told(NoticeKind.REMINDER, "next", next=BOB.id)[0]
    assert "somebody is next" in told(NoticeKind.REMINDER, "next")[0]


def test_the_hour_before_says_that_the_end_is_soft_and_what_can_be_changed():
    assert "your job may run on" in told(NoticeKind.REMINDER, "ending")[0]
    assert "<@U0BOB> is next" in told(NoticeKind.REMINDER, "ending", next=BOB.id)[0]
    text, buttons = told(NoticeKind.REMINDER, "starting", R12)
    assert text.startswith("R12 starts soon: 2 × A100 on atlas")
    assert buttons == ["Extend", "Release", "Move"]


def test_what_was_booked_long_ago_is_asked_about():
    text, buttons = told(NoticeKind.NEEDED, "today", R12)
    assert "Is it still needed?" in text
    assert buttons == ["Still needed", "Move", "Release"]


@pytest.mark.parametrize("until", [monday(9.5).isoformat(), "nonsense", ""])
def test_who_was_not_seen_is_asked_and_can_say_so(until):
    text, buttons = told(NoticeKind.NO_SHOW, "unseen", until=until)
    assert text.startswith("Are you there? Nothing has run on R12 yet")
    assert buttons == ["I'm here", "Release"]


def test_a_released_no_show_is_told_what_happened():
    text, buttons = told(NoticeKind.NO_SHOW, "no_show", replace(RUNNING, state=State.NO_SHOW))
    assert text.startswith("R12 was released: nothing ran on 2 × A100 on atlas")
    assert buttons == ["Book again"]


def test_an_answer_that_comes_too_late_is_told_so():
    assert "R12 is kept" in welcome(RUNNING).text
    assert welcome(replace(RUNNING, state=State.NO_SHOW)).text == "R12 is released as a no-show already."
