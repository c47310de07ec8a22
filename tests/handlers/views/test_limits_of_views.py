"""Every view against Slack's limits, with the worst that people and lab files can hold."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.booking.board import Board, GpuNow, PoolFree
from bot.booking.decision import Choice, Offer, OfferKind, Refused, Tried
from bot.booking.lab import Crunch, Deadline, Lab, PoolRule
from bot.booking.life import Life, LifeKind
from bot.booking.lifecycle import Act, State
from bot.booking.model import Promise, Reservation, Waiting, Window
from bot.booking.notices import Notice, NoticeKind
from bot.booking.outages import Outage
from bot.booking.reasons import (
    Alone,
    Holding,
    Limit,
    NotByDeadline,
    OverOutstanding,
    OverShare,
    PoolAsks,
    Refusal,
    Taken,
    UnknownGpu,
    UnknownPool,
)
from bot.desk.outcome import Rescued
from bot.errors import BotError, InputError, NotFound, TooQuick, WrongState
from bot.sandbox.limits import check_message, check_view
from handlers.views import audit, board, failures, help, modals, notices, opening, outages, policy, replies  # noqa: A004
from handlers.views.fields import BOOKING_FIELDS, BookingForm, input_errors
from make import ADA, monday, node, request, reservation, window
from storage.offers import offers_to_json
from storage.records import AuditLine

HOSTILE = {
    "long": "x" * 3000,
    "wide": "🦥👩‍👩‍👧" * 1000,
    "entities": "&<>" * 1000,
    "pings": "<!channel> <!here> <@U0BOB> <#C0GPUS> <!subteam^S0ALL> <https://example.org|x> " * 40,
    "right to left": "שלום عليكم \u202eabc " * 200,
    "lines": "a\n\n\r\n*b*\t\x00`c`\u2028" * 300,
    "marks": "*_~`>" * 600,
    "token": "<!date^1^{time}|" * 200,
}
NOW = monday(8)
ZONE = ZoneInfo("America/Los_Angeles")
WHEN = window(33, 41)


def made(text: str, number: int = 12, **more: Any) -> Reservation:
    """A reservation in which whatever can be a text is this one."""
    gpus = tuple(f"{text}{node}:{index}" for node in range(6) for index in range(2))
    promise = Promise(monday(300), monday(276), text)
    return replace(
        reservation(number, 33, 41, gpus, pool=text, member=text, reason=text, named=True, movable=True),
        promise=promise,
        asked_by=text,
        **more,
    )


def messages(text: str) -> Iterator[dict[str, Any]]:
    one = made(text)
    active, pending = replace(one, state=State.ACTIVE), replace(one, state=State.PENDING)
    limits: list[Limit] = [OverShare(3, 2, 4, text), OverOutstanding(9, 8, text), PoolAsks(text)] * 4
    choice = Choice(tuple(Tried(count, monday(count), asks=True) for count in (1, 2, 4, 8)))
    notes = (text,) * 20
    for holding in (one, active):
        yield replies.granted(holding, zone=ZONE, over=limits, choice=choice, notes=notes).payload()
    yield replies.held(pending, limits, zone=ZONE, delays=(text,) * 50, choice=choice, notes=notes).payload()
    yield from refusals(text)
    for act in Act:
        yield replies.changed(act, one, one, reader=text, zone=ZONE, over=limits, notes=notes).payload()
    yield replies.undone(one, reader=text, zone=ZONE).payload()
    yield opening.try_again_with_button().payload()
    yield board.free(fleet(text), zone=ZONE, notes=notes).payload()
    for count in (0, 1, 2, 60):
        rows = [made(text, number + 1) for number in range(count)]
        yield replies.mine(rows, reader=text, zone=ZONE).payload()
    yield replies.show(one, [(NOW, text, text)] * 100, reader=text, zone=ZONE, undo=True).payload()
    whole = fleet(text)
    for view in (board.free, board.who, board.pinned):
        yield view(whole, zone=ZONE).payload()
    unread = InputError(text, hint=text, example=f"book {text}")
    errors: list[BotError] = [unread, NotFound(text), WrongState(text, who=text)]
    for error in [*errors, TooQuick(timedelta(days=400), first=True)]:
        yield failures.failed(error).payload()
    yield failures.bug(text).payload()
    yield help.help_on(text).payload()
    yield help.help_on().payload()
    yield from to_admins(text, one)
    yield from told(text)


def to_admins(text: str, one: Reservation) -> Iterator[dict[str, Any]]:
    outs = tuple(Outage(number, f"{text}{number}:0", WHEN, text, text) for number in range(60))
    waiting = Waiting(3, request(4, 33, 41, pool=text, member=text, reason=text), NOW)
    acts = ("re-placed", "reduced", "shortened", "displaced")
    hits = tuple(Rescued(acts[number % 4], made(text, number), one, waiting) for number in range(60))
    yield outages.taken_out(outs, hits, zone=ZONE, notes=(text,) * 20).payload()
    yield outages.back(outs).payload()
    yield outages.listed_out(outs, zone=ZONE).payload()
    lines = [AuditLine(NOW, text, text, 12, text)] * 40
    yield audit.audit(lines, id_=None, member=text).payload()
    whole = Lab(text, (node(text[:60], text[:60] + "p", 4),), admins=(text,), rules={text[:60] + "p": PoolRule(True)})
    hard = Crunch(7, 0.25, 0.5, (text,) * 20)
    yield policy.policy(replace(whole, deadlines=(Deadline(text, monday(300), crunch=hard),) * 20), now=NOW).payload()
    gpus = ",".join(f"{text}{number}:0" for number in range(60))
    facts = {"act": "out", "by": text, "gpus": gpus, "reason": text, "window": text}
    yield notices.message(Notice(NoticeKind.OUTAGE, "C0GPUS", 0, NOW, NOW, facts), None, late=True, zone=ZONE)


def refusals(text: str) -> Iterator[dict[str, Any]]:
    taken = Taken(WHEN, 400, 2, text, tuple(Holding(text, number, 1, window(30, 60)) for number in range(300)))
    reasons: list[Refusal] = [
        UnknownPool(text, (text,) * 50),
        UnknownGpu((text,) * 50, (text,) * 50),
        NotByDeadline(Promise(NOW, NOW, text), timedelta(hours=3), taken),
        taken,
        Alone(OverShare(3, 2, 4, text)),
    ]
    asked = replace(request(4, 33, 41, pool=text, member=text, reason=text), gpus=(text,) * 50)
    offered = tuple(Offer(kind, replace(asked, pool=text + "2"), window(50, 70), True, True) for kind in OfferKind)[:3]
    for chosen in (reasons, reasons[:1], reasons[2:4]):
        yield replies.refused(
            Refused(tuple(chosen), offered, (PoolAsks(text),)),
            asked,
            key="k" * 40,
            line_of=lambda offer: f"book 4 because {offer.reason}",
            now=NOW,
            zone=ZONE,
            keeps=made(text),
        ).payload()


def told(text: str) -> Iterator[dict[str, Any]]:
    limits = json.dumps([["OverShare", {"count": 3, "limit": 2, "size": 4, "pool": text}]] * 20)
    facts = {"act": text, "by": text, "was": text, "reason": text, "limits": limits, "delays": ",".join([text] * 50)}
    offered = [Offer(kind, request(2, pool=text, member=text, reason=text), WHEN, True) for kind in OfferKind][:3]
    facts |= {
        "lapses": NOW.isoformat(),
        "left": "1/4",
        "waits": ",".join([text] * 50),
        "delayed": json.dumps([[text, text, NOW.isoformat(), NOW.isoformat()], [text, text, "", NOW.isoformat()]] * 9),
        "part": offers_to_json(offered[:1]),
        "others": offers_to_json(offered),
        "offers": offers_to_json(offered),
        "decided": NOW.isoformat(),
        "waiting": text,
        "asked": "4",
        "until": NOW.isoformat(),
    }
    acts = (text, "nag", "suggested", "part", "re-placed", "reduced", "shortened", "displaced", "revoked")
    for act, state in ((act, state) for act in acts for state in State):
        for kind in (NoticeKind.APPROVAL, NoticeKind.OFFER, NoticeKind.OUTAGE, NoticeKind.DECISION):
            notice = Notice(kind, "C0ADMIN", 12, NOW, NOW, facts | {"act": act})
            yield notices.message(notice, made(text, state=state), late=True, zone=ZONE)
    for kind in NoticeKind:
        for state in (State.PENDING, State.ACTIVE, State.DENIED):
            about = made(text, state=state)
            notice = Notice(kind, "C0GPUS", 12, NOW, NOW, facts)
            yield notices.message(notice, about, late=True, zone=ZONE)


def fleet(text: str) -> Board:
    """120 pools and 200 GPUs, whose neighbours are held by other reservations."""
    day = Window(NOW, NOW + timedelta(days=2))
    steps = tuple((NOW + timedelta(hours=hour), hour % 5) for hour in range(20))
    pools = tuple(PoolFree(f"{number}{text}", 4, day, steps) for number in range(120))
    held = [made(text, number) for number in range(10)]
    lives = [*(Life(kind, NOW - timedelta(days=3)) for kind in LifeKind), None]
    gpus = tuple(
        GpuNow(f"{text}{index // 8}:{index % 8}", text, held[index % 10], held[-1 - index % 10], lives[index % 4])
        for index in range(200)
    )
    return Board(NOW, pools, gpus)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_every_message_stays_inside_slacks_limits(text: str) -> None:
    for message in messages(text):
        assert check_message(message) == []


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_every_form_stays_inside_slacks_limits(text: str) -> None:
    one = made(text)
    form = BookingForm(text, text, text, NOW, text, text)
    views = [
        modals.booking(form, zone=ZONE, metadata="C0GPUS"),
        modals.booking(zone=ZONE),
        *(draw(one, zone=ZONE) for draw in (modals.extend, modals.move, modals.deny)),
        *(draw(None, zone=ZONE) for draw in (modals.extend, modals.move)),
        modals.answered(replies.granted(one, zone=ZONE), text),
    ]
    for view in views:
        assert check_view(view) == []
    errors = input_errors(InputError(text or "?", field="count"), BOOKING_FIELDS)
    assert all(len(error) <= 300 for error in errors.values())


@pytest.mark.parametrize("bait", ["<!channel>", "<!here>", "<@U0BOB>", "<#C0GPUS>", "<!subteam^S0ALL>", "<https://"])
def test_no_text_of_a_member_becomes_a_mention_or_a_link(bait: str) -> None:
    for message in messages(HOSTILE["pings"]):
        assert bait not in json.dumps(message["text"])
        for block in message["blocks"]:
            # Offers carry the line as it was typed: a button's value is never drawn.
            drawn = [block.get("text", {}), *block.get("elements", []), block.get("accessory", {})]
            assert not any(bait in json.dumps(part.get("text", "")) for part in drawn if part.get("type") != "button")


def test_the_members_ids_are_the_only_mentions() -> None:
    reply = replies.granted(replace(made("x"), member=ADA.id, asked_by="U0CAROL"), zone=ZONE)
    assert "<@U0ADA>" in reply.text
