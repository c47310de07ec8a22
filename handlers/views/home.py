"""The Home tab: my reservations, what is free, what I wait for, deadlines; for admins what waits for them."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

from bot.booking.board import Board
from bot.booking.lab import Deadline
from bot.booking.lifecycle import State
from bot.booking.members import Member
from bot.booking.model import Reservation
from bot.booking.waitlist import Shadow
from handlers.ids import ActionId
from handlers.views import life, waitlist, words
from handlers.views.board import pool_free
from handlers.views.card import Uuids, buttons, card, details, value_of
from handlers.views.kit import Block, actions, button, context, named, paragraphs, plain_text, quoted, section
from handlers.views.offers import book_button

# Of Slack's 100 blocks at most 43 are reservations, 13 the waitlist's, 19 the admins', and 16 all else.
MOST_CARDS = 10
MOST_ROWS = 10
MOST_WAITING = 10
MOST_PENDING = 8
MOST_DEADLINES = 6
MOST_POOLS = 40


@dataclass(frozen=True, slots=True)
class AtHome:
    """What `reader` sees on their Home tab. `pending` is empty for who is no admin.

    `settings`: lines of mrkdwn on how the bot treats them, with `changes`, the buttons that change it.
    """

    reader: Member
    board: Board
    mine: Sequence[Reservation] = ()
    waiting: Sequence[Shadow] = ()
    deadlines: Sequence[Deadline] = ()
    pending: Sequence[Reservation] = ()
    settings: Sequence[str] = ()
    changes: Sequence[Block] = ()
    uuids: Uuids = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A Home tab as Slack takes it, and a digest of what it shows: equal digests look alike."""

    view: dict[str, Any]
    digest: str


def home(seen: AtHome, *, zone: tzinfo) -> Drawn:
    """The tab. Nothing in it grows old by itself but what is free, so that it is published only after changes."""
    parts = (
        _free(seen.board, zone),
        _mine(seen, zone),
        _waiting(seen, zone),
        _pending(seen, zone),
        _deadlines(seen.deadlines, seen.board.now),
        _settings(seen, zone),
    )
    told = [part for part in parts if part]
    blocks = [*told[0], *(block for part in told[1:] for block in ({"type": "divider"}, *part))]
    digest = hashlib.sha256(json.dumps(blocks, sort_keys=True).encode()).hexdigest()[:24]
    return Drawn({"type": "home", "private_metadata": digest, "blocks": blocks}, digest)


def _free(board: Board, zone: tzinfo) -> list[Block]:
    size = words.number(sum(pool.size for pool in board.pools))
    free = sum(pool.steps[0][1] for pool in board.pools)
    told = [f"*{words.pool_shown(pool.pool)}* · {pool_free(pool, board.now, zone)}" for pool in board.pools]
    more = len(told) - MOST_POOLS
    if more > 0:
        told = [*told[:MOST_POOLS], f"… and {words.number(more, 'pool')} more: `/gpu free`"]
    book = {**book_button(), "text": plain_text("Book GPUs", 75), "style": "primary"}
    return [
        _title(f"{free:,} of {size} free now"),
        *paragraphs(told, most=3),
        *context(*life.summed(board.gpus, board.now, zone, ages=False)),
        *actions(book, button("Who has what", ActionId.WHO)),
    ]


def _mine(seen: AtHome, zone: tzinfo) -> list[Block]:
    """Offers first, since they lapse; the first ten as cards, more as lines."""
    mine = sorted(seen.mine, key=lambda one: (one.state is not State.OFFERED, one.window.start, one.id))
    if not mine:
        return [
            _title("Your reservations"),
            *context("None. `/gpu help` says what you can type."),
        ]
    blocks = [_title(f"Your reservations · {len(mine)}" if len(mine) > 1 else "Your reservation")]
    for reservation in mine[:MOST_CARDS]:
        line, _ = card(reservation, zone, reader=seen.reader.id)
        told = details(reservation, seen.uuids)
        if reservation.state is not State.ACTIVE and not reservation.named:
            told = told[1:]  # what holds for every one of them need not be said of each
        until = _held_until(seen.waiting, reservation)
        theirs = [one for one in seen.board.gpus if one.gpu in reservation.gpus and one.holder == reservation]
        idle = life.summed(theirs, seen.board.now, zone, ages=False)
        blocks += [section(line.mrkdwn), *context(until, *told, *idle), *buttons(reservation, reader=seen.reader.id)]
    for reservation in mine[MOST_CARDS : MOST_CARDS + MOST_ROWS]:
        line, _ = card(reservation, zone, reader=seen.reader.id)
        blocks.append(section(line.mrkdwn, button("Show", ActionId.SHOW, value_of(reservation))))
    more = len(mine) - MOST_CARDS - MOST_ROWS
    return [*blocks, *context(f"… and {more} more: `/gpu mine`." if more > 0 else "")]


def _held_until(waiting: Sequence[Shadow], reservation: Reservation) -> str:
    until = next((one.waiting.until for one in waiting if one.waiting.offered == reservation.id), None)
    if until is None or reservation.state is not State.OFFERED:
        return ""
    return f"Held for you until {words.moment(until)}; then the next who waits is asked."


def _waiting(seen: AtHome, zone: tzinfo) -> list[Block]:
    if not seen.waiting:
        return []
    rows = waitlist.rows(seen.waiting[:MOST_WAITING], reader=seen.reader.id, zone=zone)
    more = len(seen.waiting) - MOST_WAITING
    return [_title("You wait for"), *rows, *context(f"… and {more} more: `/gpu mine`." if more > 0 else "")]


def _pending(seen: AtHome, zone: tzinfo) -> list[Block]:
    if not seen.pending:
        return []
    blocks = [_title(f"Waiting for an admin · {len(seen.pending)}")]
    for one in seen.pending[:MOST_PENDING]:
        hours = words.gpu_hours(one.window.hours * one.count)
        said = f"\n{quoted(one.reason)}" if one.reason else ""
        what = f"{words.held(one)}, {words.span(one.window, zone)}, {hours}"
        blocks.append(section(f"*{one.label}* · {words.mention(one.member)} asks for {what}{said}"))
        value = value_of(one)
        blocks += actions(
            button(f"Approve {one.count:,}", ActionId.APPROVE, value, "primary"),
            button("Deny…", ActionId.DENY, value),
        )
    more = len(seen.pending) - MOST_PENDING
    return [*blocks, *context(f"… and {more} more." if more > 0 else "")]


def _deadlines(deadlines: Sequence[Deadline], now: datetime) -> list[Block]:
    ahead = sorted((one for one in deadlines if one.at > now), key=lambda one: one.at)
    if not ahead:
        return []
    lines = [f"*{named(one.label)}* · {words.moment(one.at)}{_whose(one)}" for one in ahead[:MOST_DEADLINES]]
    more = len(ahead) - MOST_DEADLINES
    small = context(f"… and {more} more: `/gpu deadlines`." if more > 0 else "")
    return [_title("Deadlines"), *paragraphs(lines, most=2), *small]


def _settings(seen: AtHome, zone: tzinfo) -> list[Block]:
    known = seen.reader.zone == str(zone)
    where = "the time zone of your Slack profile" if known else "the lab's time zone: Slack does not tell yours"
    times = f"Times are read in {named(str(zone))}, {where}."
    return [_title("Settings"), *context(times, *seen.settings), *actions(*seen.changes)]


def _whose(deadline: Deadline) -> str:
    return " · yours" if deadline.member else ""


def _title(text: str) -> Block:
    return {"type": "header", "text": plain_text(text, 150)}
