"""Notices as messages."""

import json
import re
from dataclasses import replace
from datetime import UTC
from typing import Any

import pytest

from bot.booking.lifecycle import State
from bot.booking.model import Reservation
from bot.booking.notices import Notice, NoticeKind
from handlers.views import notices, words
from make import ADA, ALICE, BOB, CAROL, monday, reservation, window

R12 = reservation(12, 33, 41, ("atlas:0", "atlas:1"), version=3, reason="ICLR <!here>")
PENDING = replace(R12, state=State.PENDING, member=CAROL.id)
SPAN = words.span(R12.window, UTC)


def told(kind: NoticeKind, about: Reservation, *, late: bool = False, **facts: str) -> dict[str, Any]:
    return notices.message(Notice(kind, "C0GPUS", about.id, monday(7), monday(7), facts), about, late=late, zone=UTC)


def said(message: dict[str, Any]) -> str:
    small = [part["text"] for block in message["blocks"] if block["type"] == "context" for part in block["elements"]]
    return "\n".join([block["text"]["text"] for block in message["blocks"] if block["type"] == "section"] + small)


def labels(message: dict[str, Any]) -> list[str]:
    rows = [block["elements"] for block in message["blocks"] if block["type"] == "actions"]
    return [button["text"]["text"] for row in rows for button in row]


@pytest.mark.parametrize(
    ("act", "words_told"),
    [
        ("booked", "R12 booked"),
        ("asked", "R12 waits for an admin"),
        ("kept", "R12 gives some of its GPUs back"),
        ("started", "R12 has started"),
        ("ended", "R12 has ended"),
        ("expired", "R12 lapsed: no admin decided in time"),
        ("", "R12 changed"),
    ],
)
def test_a_change_is_one_line_in_the_thread(act: str, words_told: str) -> None:
    message = told(NoticeKind.CHANGE, R12, act=act, by=ALICE.id)
    assert message["text"] == f"{words_told} · <@U0ALICE> · 2 × A100 on atlas, {SPAN}"
    assert len(message["blocks"]) == 1


def test_a_change_by_somebody_else_says_who() -> None:
    assert told(NoticeKind.CHANGE, R12, act="extended", by=ADA.id)["text"].startswith(
        "R12 extended by <@U0ADA> · <@U0ALICE>"
    )


def test_a_change_of_the_window_says_the_one_before() -> None:
    was = "2026-11-03T09:00+00:00/2026-11-03T12:00+00:00"
    message = told(NoticeKind.CHANGE, R12, act="extended", by=ALICE.id, was=was)
    assert f"{words.span(window(33, 36), UTC)} → {SPAN}" in message["text"]
    assert told(NoticeKind.CHANGE, R12, act="extended", was="never")["text"].endswith(f"on atlas, {SPAN}")


def test_admins_are_asked_with_who_what_which_limits_and_whom_it_delays() -> None:
    limits = json.dumps([["OverShare", {"count": 3, "limit": 2, "size": 4, "pool": "a100"}]])
    message = told(NoticeKind.APPROVAL, PENDING, limits=limits, delays=f"{BOB.id},U0DAN")
    assert message["text"] == (f'<@U0CAROL> asks for 2 × A100 on atlas, {SPAN}, 16 GPU-h: "ICLR &lt;!here&gt;" · R12')
    assert (
        "Asks an admin, because <@U0CAROL> would hold 3 of 4 A100 at once (over 2).\n"
        "It would delay <@U0BOB> and <@U0DAN>.\nThe GPUs are held meanwhile."
    ) in said(message)
    assert labels(message) == ["Approve 2", "Other…", "Deny…"]


@pytest.mark.parametrize("limits", ["", "{", "[1]", '[["Gone", {}]]', '[["OverShare", {}]]'])
def test_facts_that_cannot_be_read_leave_their_words_out(limits: str) -> None:
    message = told(NoticeKind.APPROVAL, PENDING, limits=limits)
    assert "because" not in said(message)
    assert labels(message) == ["Approve 2", "Other…", "Deny…"]


@pytest.mark.parametrize(
    ("decided", "facts", "small"),
    [
        (replace(PENDING, state=State.BOOKED, approved_by=ADA.id), {}, "*Approved* by <@U0ADA>."),
        (replace(PENDING, state=State.DENIED), {"by": ADA.id}, "*Denied* by <@U0ADA>."),
        (replace(PENDING, state=State.CANCELLED), {}, "No decision is needed any more: R12 is cancelled."),
    ],
)
def test_a_decided_request_has_no_buttons_and_says_who_decided(
    decided: Reservation, facts: dict[str, str], small: str
) -> None:
    message = told(NoticeKind.APPROVAL, decided, **facts)
    assert said(message).endswith(small)
    assert labels(message) == []


def test_a_member_hears_who_approved_and_can_act_on_it() -> None:
    message = told(NoticeKind.DECISION, R12, act="approved", by=ADA.id)
    assert message["text"] == f"R12 approved by <@U0ADA>: 2 × A100 on atlas, {SPAN}."
    assert labels(message) == ["Extend", "Release", "Move"]


def test_a_member_hears_who_denied_and_why() -> None:
    message = told(NoticeKind.DECISION, replace(R12, state=State.DENIED), act="denied", by=ADA.id, reason="<@U0BOB>")
    assert message["text"] == f'R12 denied by <@U0ADA>: 2 × A100 on atlas, {SPAN}. "&lt;@U0BOB&gt;"'
    assert labels(message) == ["Book again"]


def test_a_member_hears_that_nobody_decided_in_time() -> None:
    message = told(NoticeKind.DECISION, replace(R12, state=State.EXPIRED), act="expired", by="")
    assert message["text"] == f"R12 lapsed: no admin decided in time. 2 × A100 on atlas, {SPAN}, is not held any more."


def test_a_member_hears_that_their_request_waits_on_and_for_when() -> None:
    was = "2026-11-03T09:00+00:00/2026-11-03T12:00+00:00"
    message = told(NoticeKind.DECISION, replace(R12, state=State.PENDING), act="postponed", was=was)
    assert message["text"] == (
        f"R12 still waits for an admin: 2 × A100 on atlas, {SPAN}, are held for you now, "
        f"not {words.span(window(33, 36), UTC)}. Your deadline is kept."
    )
    assert labels(message) == ["Release"]
    decided = told(NoticeKind.DECISION, R12, act="postponed", was=was)
    assert decided["text"] == f"R12 postponed: 2 × A100 on atlas, {SPAN}."


def test_admins_are_told_to_when_a_request_is_put_off_without_a_decision() -> None:
    message = told(NoticeKind.APPROVAL, PENDING, lapses=monday(9).isoformat(), later=monday(33).isoformat())
    assert re.search(r"No answer by .+: its start is put off to .+, and its deadline kept\.", said(message))


def test_a_member_hears_who_booked_for_them() -> None:
    message = told(NoticeKind.BOOKED_FOR, replace(R12, asked_by=ADA.id))
    assert message["text"] == f"<@U0ADA> booked for you: 2 × A100 on atlas, {SPAN} · R12"
    held = told(NoticeKind.BOOKED_FOR, replace(R12, state=State.PENDING, asked_by=ADA.id))
    assert held["text"].startswith("<@U0ADA> asked an admin for 2 × A100 on atlas for you, ")


def test_a_member_hears_at_the_start_which_gpus_they_are() -> None:
    message = told(NoticeKind.START, replace(R12, state=State.ACTIVE), act="started")
    assert message["text"] == f"R12 has begun: 2 × A100 on atlas are yours {SPAN}"
    assert "On atlas: `CUDA_VISIBLE_DEVICES=0,1`." in said(message)
    assert labels(message) == ["Extend", "Release"]


def test_a_late_notice_says_when_it_is_from() -> None:
    assert said(told(NoticeKind.CHANGE, R12, late=True, act="booked")).endswith(
        f"this is from {words.moment(monday(7))}."
    )
