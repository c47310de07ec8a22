"""The digest in words: short, with figures, and nobody called to a thread."""

import json
from dataclasses import replace
from datetime import UTC, timedelta

from bot.booking.board import board_of
from bot.booking.calendar import Calendar
from bot.booking.claims import Claim
from bot.booking.digest import AdminDigest, Digest
from bot.booking.lab import Deadline
from bot.booking.life import Life, LifeKind
from bot.booking.lifecycle import State
from bot.booking.model import Before, Promise, Request, Reservation, Waiting, Window, minute_of
from bot.booking.pressure import PoolPressure, Pressure
from bot.booking.timeline import timeline_of
from bot.booking.waitlist import Shadow
from bot.sandbox.limits import check_message
from handlers.views import digest, words
from make import ALICE, BOB, CAROL, lab, monday, reservation

NOW = monday(8)
ICLR = Deadline("iclr", monday(24 * 6 + 9))
PRESSED = Pressure(ICLR, NOW, (PoolPressure("3090", 420, 0, 0), PoolPressure("a100", 420, 310, 40)))
WAITS = Waiting(3, Request(CAROL.id, 4, Before(timedelta(hours=10), Promise(ICLR.at, ICLR.at), NOW), "a100"), NOW)
NAMES = {ALICE.id: "alice", BOB.id: "bob", CAROL.id: "carol"}
HELD = (
    reservation(1, 6, 17, ("atlas:0", "atlas:1"), state=State.ACTIVE),
    reservation(2, 12, 20, ("titan:0",), pool="3090", member=BOB.id, state=State.PENDING),
)


def made(*held: Reservation, pressures=(), waiting=(), names=NAMES) -> Digest:
    calendar = Calendar(lab(), minute_of(monday()))
    calendar.apply(held, 1)
    board = board_of(calendar, NOW, Window(NOW, NOW + timedelta(days=1)))
    return Digest(NOW, board, held, pressures, waiting, timeline_of(calendar, NOW, names=names))


def told(reply) -> str:
    return "\n".join(block["text"]["text"] for block in reply.blocks if block["type"] == "section")


def test_the_message_says_what_is_free_booked_pressing_and_waited_for() -> None:
    reply = digest.lab_digest(made(*HELD, pressures=(PRESSED,), waiting=(Shadow(WAITS, None),)), zone=UTC)
    evening, later = words.clock(monday(17)), words.clock(monday(12))
    assert told(reply) == (
        f"*6 of 8 GPUs free now* · A100: 2, then 4 from {evening} · 3090: 4, then 3 from {later}, "
        f"4 from {words.clock(monday(20))}\n"
        "Today: 2 reservations, 1 running now.\n"
        "*iclr* in 6 days: A100 310 of 420 GPU-h promised, 40 waited for\n"
        f"Waiting: <@{CAROL.id}>, 4 × A100"
    )
    assert [block["type"] for block in reply.blocks[-2:]] == ["actions", "context"]
    assert reply.text.startswith("6 of 8 GPUs free now")


def test_a_pool_for_which_more_is_waited_for_than_is_left_is_marked() -> None:
    tight = replace(PRESSED, pools=(PoolPressure("a100", 420, 400, 40),))
    assert "promised, 40 waited for, *too few*" in told(digest.lab_digest(made(pressures=(tight,)), zone=UTC))


def test_an_empty_lab_is_told_in_two_lines_and_without_a_thread() -> None:
    empty = made()
    reply = digest.lab_digest(empty, zone=UTC)
    assert told(reply).endswith("all day\nNothing is booked today.")
    assert not empty.has_details
    assert "thread" not in json.dumps(reply.blocks)
    assert made(HELD[0]).has_details


def test_the_details_name_people_and_mention_nobody() -> None:
    placed = (Shadow(WAITS, None), Shadow(replace(WAITS, id=4, offered=9), None))
    reply = digest.details(made(*HELD, pressures=(PRESSED,), waiting=placed), zone=UTC)
    assert "<@" not in json.dumps(reply.payload())
    said = told(reply)
    assert f"R1 · alice · 2 × A100 on atlas, {words.span(HELD[0].window, UTC)}" in said
    assert "R2 · bob" in said
    assert said.count("waits for an answer") == 1
    assert "*iclr · in 6 days*\n*3090* · 420 of 420 GPU-h left\n*A100* · 110 of 420 GPU-h left · 310 promised" in said
    assert "W3 · carol, 4 × A100 · nothing in sight yet\nW4 · carol, 4 × A100 · R9 is held for it" in said


def test_admins_are_told_what_waits_for_them_and_new_claims() -> None:
    asked = replace(HELD[1], created_at=monday(6))
    found = AdminDigest(NOW, (asked,), (Claim(ICLR, WAITS),))
    reply = digest.admin_digest(found, zone=UTC)
    assert reply.text == "1 request waits for an admin, 1 new claim to the lab's deadlines"
    assert f"R2 · <@{BOB.id}> · 1 × 3090 on titan" in told(reply)
    assert "waits for 2 h" in told(reply)
    assert f"W3 · <@{CAROL.id}>" in told(reply)
    assert not found.is_empty
    assert AdminDigest(NOW, (), ()).is_empty


def test_a_full_lab_of_long_and_hostile_names_stays_within_slack_s_limits() -> None:
    bait = "<!channel> <@U0ADA> &" + "x" * 3000
    names = {ALICE.id: bait, BOB.id: bait, CAROL.id: bait}
    held = tuple(
        reservation(number, 8 + number / 60, 9 + number / 60, ("atlas:0",), member=BOB.id) for number in range(1, 900)
    )
    full = made(names=names)
    full = replace(
        full,
        today=held,
        pressures=tuple(replace(PRESSED, deadline=Deadline(f"{bait}{number}", ICLR.at)) for number in range(40)),
        waiting=tuple(Shadow(replace(WAITS, id=number), None) for number in range(300)),
    )
    asked = AdminDigest(NOW, held, tuple(Claim(ICLR, WAITS) for _ in range(300)))
    replies = [
        digest.lab_digest(full, zone=UTC),
        digest.details(full, zone=UTC),
        digest.admin_digest(asked, zone=UTC),
    ]
    for reply in replies:
        assert check_message(reply.payload()) == []
        assert "<!channel>" not in json.dumps(reply.payload())


def test_how_many_gpus_look_idle_is_told_without_names() -> None:
    plain = made(*HELD)
    idle = Life(LifeKind.IDLE, NOW)
    gpus = [replace(one, life=idle) if one.gpu in ("atlas:0", "atlas:1") else one for one in plain.board.gpus]
    reply = digest.lab_digest(replace(plain, board=replace(plain.board, gpus=tuple(gpus))), zone=UTC)
    assert "Today: 2 reservations, 1 running now. 2 reserved GPUs look idle.\n" in f"{told(reply)}\n"
    assert "atlas:" not in told(reply)
