"""Reminders, the watch, logins, settings, calendars, audit, digest and the suggest form against Slack's limits."""

import inspect
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from types import FrameType
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.booking.board import Board, PoolFree
from bot.booking.claims import Claim
from bot.booking.digest import AdminDigest, Digest
from bot.booking.lab import Deadline
from bot.booking.lifecycle import State
from bot.booking.members import Link, LinkState
from bot.booking.model import Before, Promise, Reservation, Waiting, Window
from bot.booking.notices import Notice, NoticeKind
from bot.booking.pressure import PoolPressure, Pressure
from bot.booking.settings import MemberSettings, Reminder
from bot.booking.timeline import Timeline
from bot.booking.waitlist import Shadow
from bot.desk import Subscription
from bot.sandbox.limits import check_message, check_view
from handlers.views import audit, calendars, digest, links, modals, notices, reminders, settings, waitlist, watching
from handlers.views.kit import Reply
from make import monday, request, reservation
from storage.records import AuditLine

HOSTILE = {
    "long": "x" * 3000,
    "wide": "🦥👩‍👩‍👧" * 1000,
    "entities": "&<>" * 1000,
    "pings": "<!channel> <!here> <@U0BOB> <#C0GPUS> <!subteam^S0ALL> <https://example.org|x> " * 40,
    "right to left": "שלום عليكم \u202eabc " * 200,
    "lines": "a\n\n\r\n*b*\t\x00`c`\u2028" * 300,
    "token": "<!date^1^{time}|" * 200,
}
BAIT = ("<!channel>", "<!here>", "<@U0BOB>", "<#C0GPUS>", "<!subteam^S0ALL>", "<https://")
NOW = monday(8)
ZONE = ZoneInfo("America/Los_Angeles")


def held(text: str, number: int = 12, **more: Any) -> Reservation:
    """A reservation in which whatever can be a text is this one."""
    gpus = tuple(f"{text}{host}:{index}" for host in range(6) for index in range(4))
    one = reservation(number, 33, 41, gpus, pool=text, member=text, reason=text, named=True, movable=True)
    return replace(one, promise=Promise(monday(300), monday(276), text), asked_by=text, **more)


def digests(text: str) -> Iterator[Reply]:
    wish = Waiting(3, request(4, 33, 41, pool=text, member=text, reason=text), NOW)
    wish = replace(wish, request=replace(wish.request, when=Before(NOW - monday(5), Promise(NOW, NOW, text), NOW)))
    day = Window(NOW, monday(32))
    board = Board(NOW, tuple(PoolFree(f"{number}{text}", 4, day, ((NOW, 3),)) for number in range(60)), ())
    tight = tuple(PoolPressure(f"{number}{text}", 420, 400, 40) for number in range(60))
    due = tuple(Pressure(Deadline(f"{number}{text}", monday(200)), NOW, tight) for number in range(30))
    stays = tuple(held(text, number, state=State.PENDING) for number in range(200))
    waits = tuple(Shadow(replace(wish, id=number), None) for number in range(200))
    whole = Digest(NOW, board, stays, due, waits, Timeline(text, "Europe/Berlin", NOW, day, ()))
    yield digest.lab_digest(whole, zone=ZONE)
    yield digest.details(whole, zone=ZONE)
    claims = tuple(Claim(Deadline(f"{number}{text}", monday(200)), wish) for number in range(99))
    yield digest.admin_digest(AdminDigest(NOW, stays, claims), zone=ZONE)


def replies(text: str) -> Iterator[Reply]:
    yield from digests(text)
    one = held(text)
    for set_ in (MemberSettings(frozenset(Reminder), delegate=text), MemberSettings(frozenset(), None, auto=True)):
        yield settings.shown(set_, changed=True)
    for state in LinkState:
        yield links.linked(Link(1, text, text, state, NOW), reader="U0ALICE")
    for found in ([], [Link(number, text, text, [*LinkState][number % 2], NOW, text) for number in range(60)]):
        yield links.links(found)
    for pool in (None, text):
        yield calendars.linked(Subscription("t" * 40, text, pool), "https://gpus.example.org")
    acts = (text, "no_show", f"offered R1 to {text}", f"outage {text}: {text}", f"login {text} of {text} confirmed")
    yield audit.audit(
        [AuditLine(NOW, text, act, place % 2 or None, text) for place, act in enumerate(acts * 20)], id_=3, member=None
    )
    yield audit.audit([], id_=None, member=text)
    yield audit.not_exported()
    for state in (State.ACTIVE, State.NO_SHOW):
        yield reminders.welcome(held(text, state=state))
        yield watching.acknowledged(held(text, state=state), ZONE)
    yield waitlist.passed(replace(one, approved_by=text), None, zone=ZONE)


def told(text: str) -> Iterator[dict[str, Any]]:
    rows = [[f"{text}{n}:{n}", kind, NOW.isoformat(), text, text, text] for n in range(30) for kind in ("unused", text)]
    facts = {
        **dict.fromkeys(("by", "login", "reason", "was"), text),
        "next": ",".join([text] * 50),
        "until": monday(9).isoformat(),
        "given": ",".join([f"{text}:1"] * 60),
        "waited_for": "yes",
        "uuids": json.dumps(dict.fromkeys(held(text).gpus, text)),
        "lingers": json.dumps([[f"{text}:1", text, text], [text, text, ""]] * 20),
    }
    named = [
        [f"{text}{host}:{index}", "parked", NOW.isoformat(), "", "", ""] for host in range(6) for index in range(4)
    ]
    acts = {
        NoticeKind.REMINDER: ("starting", "ending", "next"),
        NoticeKind.NEEDED: ("today", text),
        NoticeKind.NO_SHOW: ("no_show", "question"),
        NoticeKind.CHANGE: ("taken", "taken suggested", "taken part", text),
        NoticeKind.WATCH: ("idle", "passed_on", "overrun", "renumbered"),
        NoticeKind.START: ("started",),
    }
    for kind, of_kind in acts.items():
        for act in of_kind:
            for state, gpus in ((State.ACTIVE, named), (State.RELEASED, rows)):
                notice = Notice(kind, "U0BOB", 12, NOW, NOW, {**facts, "act": act, "gpus": json.dumps(gpus)})
                yield notices.message(notice, held(text, state=state, approved_by=text), late=True, zone=ZONE)
    nobodys = {
        NoticeKind.WATCH: ("squatter", "admins lost", "admins missing", "admins overrun", "admins squatter", text),
        NoticeKind.LOGIN: ("asked L3", "confirmed L3", "refused L3", text),
    }
    for kind, of_kind in nobodys.items():
        for act in of_kind:
            notice = Notice(kind, "C0ADMIN", 0, NOW, NOW, {**facts, "act": act, "gpus": json.dumps(rows)})
            yield notices.message(notice, None, late=True, zone=ZONE)


def messages(text: str) -> Iterator[dict[str, Any]]:
    yield from (reply.payload() for reply in replies(text))
    yield from told(text)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_every_message_stays_inside_slacks_limits(text: str) -> None:
    for message in messages(text):
        assert check_message(message) == [], message["text"][:200]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_every_form_stays_inside_slacks_limits(text: str) -> None:
    for now in (NOW, monday(35)):
        assert check_view(modals.suggest(held(text), zone=ZONE, now=now)) == []
    for set_ in (MemberSettings(frozenset(Reminder), delegate="U0BOB", auto=True), MemberSettings(frozenset(), None)):
        assert check_view(settings.form(set_)) == []


def test_no_text_of_a_member_becomes_a_mention_or_a_link() -> None:
    for message in messages(HOSTILE["pings"]):
        assert not [bait for bait in BAIT if bait in message["text"]], message["text"][:300]
        for block in message["blocks"]:
            # A button's value is never drawn, and its label knows no markup.
            parts = [block.get("text", {}), *block.get("elements", []), block.get("accessory", {})]
            marked = [part["text"] for part in parts if part.get("type") == "mrkdwn"]
            assert not [bait for bait in BAIT for drawn in marked if bait in drawn]


def test_no_view_of_these_is_left_out() -> None:
    views = {
        function.__code__: f"{module.__name__}.{name}"
        for module in (audit, calendars, digest, links, reminders, settings, watching)
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    }
    drawn = set()

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            drawn.add(frame.f_code)

    sys.setprofile(note)
    try:
        shown = [*messages("x"), settings.form(MemberSettings())]
    finally:
        sys.setprofile(None)
    assert shown
    left_out = {name.removeprefix("handlers.views.") for code, name in views.items() if code not in drawn}
    assert left_out == {"settings.filled"}
