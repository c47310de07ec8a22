"""The digest as messages: the lab's one of the day, its details for the thread, and the admins' own.

Its details name people without mentioning them: nobody is called to a thread every morning.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import assert_never

from bot.booking.digest import AdminDigest, Digest
from bot.booking.lab import Deadline
from bot.booking.lifecycle import State
from bot.booking.model import Before, Fixed, Request, Reservation, Work
from bot.booking.pressure import PoolPressure, Pressure
from bot.booking.waitlist import Shadow
from handlers.views import board, life, words
from handlers.views.claims import claims
from handlers.views.kit import Block, Reply, actions, clip_mrkdwn, context, named, paragraphs, section
from handlers.views.offers import book_button
from handlers.views.pressure import pressure_lines

MOST_DEADLINES = 6
MOST_POOLS = 3
MOST_WAITING = 6
MOST_ROWS = 40


def lab_digest(digest: Digest, *, zone: tzinfo) -> Reply:
    """What is free now and next, how many reservations today, the deadlines with their pressure, who waits."""
    free = board.free(digest.board, zone=zone)
    lines = [_today(digest), *map(_deadline, digest.pressures[:MOST_DEADLINES])]
    more = len(digest.pressures) - MOST_DEADLINES
    if more > 0:
        lines.append(f"and {words.number(more, 'more deadline')}")
    if digest.waiting:
        lines.append(f"Waiting: {_who_waits(digest.waiting)}")
    blocks = [
        *(block for block in free.blocks if block["type"] == "section"),
        *paragraphs(lines, most=6),
        *actions(book_button()),
        *context("Details and a picture of the next two days are in the thread." if digest.has_details else ""),
    ]
    return Reply(free.text, tuple(blocks))


def details(digest: Digest, *, zone: tzinfo) -> Reply:
    """Today's reservations one by one, the deadlines pool by pool, and who waits with what they can expect."""
    names = digest.timeline.names
    blocks: list[Block] = []
    if digest.today:
        blocks += paragraphs(_titled("Today", [_stay(one, names, zone) for one in digest.today]), most=12)
    for pressure in digest.pressures[:MOST_DEADLINES]:
        title = f"{named(pressure.deadline.label)} · {_left(pressure.deadline, digest.now)}"
        blocks += paragraphs([f"*{title}*", *pressure_lines(pressure, reader="", zone=zone)], most=3)
    if digest.waiting:
        rows = [_expecting(one, names) for one in digest.waiting]
        blocks += paragraphs(_titled("Waiting", rows), most=8)
    return Reply("Details of today", (*blocks, *context("Times are shown in your time zone.")))


def admin_digest(digest: AdminDigest, *, zone: tzinfo) -> Reply:
    """What waits for an admin, the oldest first, and the claims to the lab's deadlines that are new."""
    blocks: list[Block] = []
    count = len(digest.pending)
    lead = f"{words.number(count, 'request')} {'waits' if count == 1 else 'wait'} for an admin" if count else ""
    if digest.pending:
        rows = [_asks(one, digest.now, zone) for one in digest.pending]
        blocks += paragraphs([f"*{lead}*", *rows[:MOST_ROWS]], most=12)
    if digest.claims:
        new = f"{words.number(len(digest.claims), 'new claim')} to the lab's deadlines"
        lead = f"{lead}, {new}" if lead else new
        blocks += [section(f"*{new}*"), *claims(digest.claims, zone=zone).blocks]
    return Reply(clip_mrkdwn(lead or "Nothing waits for an admin.", 3000), tuple(blocks))


def _today(digest: Digest) -> str:
    count = len(digest.today)
    if not count:
        return "Nothing is booked today."
    running = sum(one.state is State.ACTIVE for one in digest.today)
    idle = life.count_of(digest.board.gpus)
    return f"Today: {words.number(count, 'reservation')}, {running or 'none'} running now.{f' {idle}.' if idle else ''}"


def _deadline(pressure: Pressure) -> str:
    lead = f"*{named(pressure.deadline.label)}* {_left(pressure.deadline, pressure.now)}"
    wanted = sorted((one for one in pressure.pools if one.promised or one.waited), key=lambda one: -_share(one))
    if not wanted:
        existing = sum(one.existing for one in pressure.pools)
        return f"{lead}: all {words.gpu_hours(existing)} are left"
    told = [_pool(one) for one in wanted[:MOST_POOLS]]
    more = len(wanted) - len(told)
    return f"{lead}: {' · '.join(told)}" + (f" · and {words.number(more, 'more pool')}" if more > 0 else "")


def _pool(one: PoolPressure) -> str:
    promised = words.gpu_hours(one.promised).removesuffix(" GPU-h")
    told = f"{words.pool_shown(one.pool)} {promised} of {words.gpu_hours(one.existing)} promised"
    if one.waited:
        told += f", {words.gpu_hours(one.waited).removesuffix(' GPU-h')} waited for"
    return f"{told}, *too few*" if one.waited > one.left else told


def _share(one: PoolPressure) -> float:
    return (one.promised + one.waited) / one.existing if one.existing else 0.0


def _left(deadline: Deadline, now: datetime) -> str:
    days = (deadline.at - now) // timedelta(days=1)
    return f"in {words.number(days, 'day')}" if days >= 2 else f"in {words.length(deadline.at - now)}"


def _who_waits(waiting: Sequence[Shadow]) -> str:
    told = [f"{words.mention(one.waiting.member)}, {_wanted(one.waiting.request)}" for one in waiting[:MOST_WAITING]]
    more = len(waiting) - len(told)
    return " · ".join([*told, *([f"and {more} more"] if more > 0 else [])])


def _wanted(request: Request) -> str:
    """What is waited for, without when: "4 × A100", "40 GPU-h"."""
    match request.when:
        case Work(figure):
            return words.gpu_hours(figure)
        case Fixed() | Before():
            return words.gpus(len(request.gpus) or request.count, request.pool)
        case other:
            assert_never(other)


def _titled(title: str, rows: Sequence[str]) -> list[str]:
    more = len(rows) - MOST_ROWS
    return [f"*{title}*", *rows[:MOST_ROWS], *([f"… and {more} more"] if more > 0 else [])]


def _stay(one: Reservation, names: Mapping[str, str], zone: tzinfo) -> str:
    asks = " · waits for an answer" if one.state in (State.PENDING, State.OFFERED) else ""
    who = named(names.get(one.member, one.member))
    return f"{one.label} · {who} · {words.held(one)}, {words.span(one.window, zone)}{asks}"


def _expecting(one: Shadow, names: Mapping[str, str]) -> str:
    waits, placement = one.waiting, one.placement
    if waits.offered is not None:
        then = f"R{waits.offered} is held for it"
    else:
        then = f"expected {words.moment(placement.window.start)}" if placement else "nothing in sight yet"
    return f"{waits.label} · {named(names.get(waits.member, waits.member))}, {_wanted(waits.request)} · {then}"


def _asks(one: Reservation, now: datetime, zone: tzinfo) -> str:
    since = words.length(now - one.created_at)
    what = f"{words.held(one)}, {words.span(one.window, zone)}"
    return f"{one.label} · {words.mention(one.member)} · {what} · waits for {since}"
