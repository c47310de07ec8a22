"""What is owed goes out: the board redrawn, notices claimed, sent and settled, one reader after the other."""

from collections.abc import Callable
from datetime import datetime

import structlog

from bot.desk import Desk
from bot.errors import DeliveryError
from bot.jobs import cards
from bot.jobs.writing import LATE, LEASE, LONGEST_WAIT, MOST_FAILURES, Post
from bot.report.notifier import Notifier
from storage.outbox import Outbox
from storage.people import Posted

log = structlog.get_logger()

__all__ = ["AT_ONCE", "BOARD", "LATE", "LEASE", "LONGEST_WAIT", "MOST_FAILURES", "deliver", "redraw"]

BOARD = "board"
AT_ONCE = 10  # readers a tick


def deliver(
    desk: Desk, outbox: Outbox, notifier: Notifier, now: datetime, clock: Callable[[], datetime] | None = None
) -> int:
    """Redraw the board if the ledger has changed, then send what is due. Returns how many notices were sent.

    A notice is sent at least once: if Slack takes it and its answer is lost, it is sent again. `clock` says what time
    it is after each message, since Slack may take long over one; without it, it stays `now`.
    """
    thread = redraw(desk, notifier, now)
    cards.redraw(desk, notifier, now)
    post = Post(desk, outbox, notifier, thread, clock or (lambda: now))
    sent = 0
    for _ in range(AT_ONCE):
        first = next(iter(outbox.claim(post.clock(), LEASE, 1)), None)
        if first is None:
            break
        sent += post.write_to(first)
    return sent


def redraw(desk: Desk, notifier: Notifier, now: datetime) -> str | None:
    """The board in the lab's channel, edited in place; its message, or None where there is no channel or it failed."""
    channel = desk.lab.channel
    if not channel:
        return None
    posted = desk.posted(channel, BOARD, now)
    version = desk.version(now)
    if posted is not None and posted.drawn_version == version:
        return posted.ts
    try:
        ts = notifier.draw(desk.board(now), posted.ts if posted else None)
    except DeliveryError as error:
        log.warning("the board was not drawn", channel=channel, error=str(error))
        return posted.ts if posted else None
    if ts is None:
        return posted.ts if posted else None
    desk.post(channel, BOARD, Posted(ts, version), now)
    return ts
