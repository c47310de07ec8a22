"""The board: what is free, as words per pool; who has what, as a line per node; and the lab channel's message."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from itertools import groupby

from bot.booking.board import Board, GpuNow, PoolFree
from bot.booking.life import LifeKind
from bot.booking.lifecycle import State
from bot.booking.model import Reservation, Window
from bot.booking.outages import is_out
from handlers.views import life, waitlist, words
from handlers.views.kit import Headline, Reply, actions, context, named, noted, paragraphs, quoted
from handlers.views.offers import book_button
from handlers.views.outages import until_said
from handlers.views.pictures import picture_button

MOST_STEPS = 4
POOLS_IN_ONE_LINE = 3


def free(board: Board, *, zone: tzinfo, notes: Sequence[str] = ()) -> Reply:
    """*6 of 8 GPUs free now* · 3090: 4 all day · A100: 2, then 4 from 18:00.

    `notes`: what was assumed in reading the line.
    """
    headline, lines = _free(board, zone)
    ahead = any(pool.window.start > board.now for pool in board.pools)
    seen = [] if ahead else life.summed(board.gpus, board.now, zone)
    small = context(*map(noted, notes), *seen)
    told = [headline.mrkdwn, *lines, *waitlist.in_one_line(board.waiting, zone=zone)]
    return Reply(headline.text, (*paragraphs(told), *small, *actions(book_button(), picture_button(board))))


def who(board: Board, *, zone: tzinfo) -> Reply:
    """Who has which GPU now and who is next: a line for each run of neighbours that are held alike."""
    busy = [gpu for gpu in board.gpus if gpu.holder is not None and not is_out(gpu.holder.id)]
    people = {gpu.holder.member for gpu in busy if gpu.holder is not None}
    held = f"{len(busy)} of {words.number(len(board.gpus))} held"
    headline = Headline(held, f"by {words.number(len(people), 'member')}" if people else "now")
    waits = waitlist.in_one_line(board.waiting, zone=zone)
    rows = (*paragraphs([headline.mrkdwn]), *paragraphs(_rows(board, zone, seen=True), most=40), *paragraphs(waits))
    return Reply(headline.text, (*rows, *actions(picture_button(board))))


def pinned(board: Board, *, zone: tzinfo) -> Reply:
    """The lab channel's one message, edited in place: what is free, who has what, what is next."""
    headline, lines = _free(board, zone)
    return Reply(
        headline.text,
        (
            *paragraphs([headline.mrkdwn, *lines], most=12),
            *paragraphs(_rows(board, zone), most=30),
            *paragraphs(waitlist.in_one_line(board.waiting, zone=zone)),
            *context(
                f"As of {words.moment(board.now)}. Who is next may still get other GPUs. Changes are in the thread."
            ),
        ),
    )


def pool_free(pool: PoolFree, now: datetime, zone: tzinfo) -> str:
    """ "4 all day", "2, then 4 from 18:00": how many are free over the pool's window."""
    (_, first), *later = pool.steps
    if not later:
        return f"{first or 'none'} {_throughout(pool.window, now)}"
    day, told = pool.window.start, [f"{first or 'none'}"]
    for at, count in later[: MOST_STEPS - 1]:
        told.append(f"{count or 'none'} from {words.beside(at, day, zone)}")
        day = at
    more = " …" if len(later) >= MOST_STEPS else ""
    return f"{told[0]}, then {', '.join(told[1:])}{more}"


def _throughout(window: Window, now: datetime) -> str:
    # A day of a clock change has 23 or 25 hours.
    if abs(window.length - timedelta(days=1)) <= timedelta(hours=1):
        return "all day"
    return f"for the next {words.length(window.length)}" if window.start <= now else "throughout"


def _free(board: Board, zone: tzinfo) -> tuple[Headline, list[str]]:
    """Now: how many are free at this moment. In a window ahead: how many are free in all of it."""
    size = words.number(sum(pool.size for pool in board.pools))
    ahead = [pool.window for pool in board.pools if pool.window.start > board.now][:1]
    counts = [min(count for _, count in pool.steps) if ahead else pool.steps[0][1] for pool in board.pools]
    lead = f"{sum(counts):,} of {size} free {'throughout' if ahead else 'now'}"
    told = [f"{words.pool_shown(pool.pool)}: {pool_free(pool, board.now, zone)}" for pool in board.pools]
    rest = [words.span(window, zone) for window in ahead]
    if len(told) > POOLS_IN_ONE_LINE:
        return Headline(lead, *rest), told
    return Headline(lead, " · ".join([*rest, *told] if rest else ["", *told]).strip()), []


def _rows(board: Board, zone: tzinfo, *, seen: bool = False) -> list[str]:
    """`seen`: with what is seen of them. What stays in the channel is without: it would soon be wrong."""
    rows: list[str] = []
    for (node, _), group in groupby(board.gpus, key=lambda gpu: (gpu.gpu.rpartition(":")[0], gpu.pool)):
        gpus = [gpu if seen else replace(gpu, life=None) for gpu in group]
        title = f"*{named(node)}* {words.pool_shown(gpus[0].pool)}"
        alike = gpus[0].life
        if alike is not None and alike.kind is LifeKind.UNREAD and all(gpu.life == alike for gpu in gpus):
            title += f" · {life.of_one(alike, board.now, zone)}"
            gpus = [replace(gpu, life=None) for gpu in gpus]
        runs = groupby(gpus, key=lambda gpu: (_id(gpu.holder), _id(gpu.next), gpu.life))
        told = [_run(list(run), board.now, zone) for _, run in runs]
        rows += [f"{title} · {told[0]}"] if len(told) == 1 else [title, *told]
    return rows


def _run(gpus: Sequence[GpuNow], now: datetime, zone: tzinfo) -> str:
    numbers = [gpu.gpu.rpartition(":")[2] for gpu in gpus]
    ids = numbers[0] if len(numbers) == 1 else f"{numbers[0]}–{numbers[-1]}"
    holder, following = gpus[0].holder, gpus[0].next
    day, state = now, "free"
    if holder is not None and is_out(holder.id):
        day = holder.window.end
        said = f" ({quoted(holder.reason, 40)})" if holder.reason else ""
        state = f"out of service {until_said(day, now, zone)}{said}"
    elif holder is not None:
        day = holder.window.end
        state = f"{words.mention(holder.member)} until {words.beside(day, now, zone)} ({_label(holder)})"
    seen = life.of_one(gpus[0].life, now, zone) if gpus[0].life else ""
    if seen:  # what is used is free by the ledger alone
        state = seen if gpus[0].life and gpus[0].life.kind is LifeKind.UNBOOKED else f"{state}, {seen}"
    if following is None:
        return f"{ids}: {state}"
    start = words.beside(following.window.start, day, zone)
    if is_out(following.id):
        return f"{ids}: {state}, then out of service from {start}"
    return f"{ids}: {state}, then {words.mention(following.member)} from {start} ({_label(following)})"


def _label(reservation: Reservation) -> str:
    return f"{reservation.label}, waits for an admin" if reservation.state is State.PENDING else reservation.label


def _id(reservation: Reservation | None) -> object:
    """What those who are held alike share; GPUs are out alike for the same time and reason."""
    if reservation is not None and is_out(reservation.id):
        return reservation.window, reservation.reason
    return None if reservation is None else reservation.id
