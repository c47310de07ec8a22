"""What is owed goes out: the board redrawn, notices claimed, sent and settled."""

from datetime import datetime, timedelta

import structlog

from bot.booking.notices import NoticeKind, Notifier
from bot.desk import Desk
from bot.desk.telling import still_asked
from bot.errors import BotError, DeliveryError, NotFound
from bot.jobs import cards
from storage.outbox import Claimed, Outbox
from storage.people import Posted

log = structlog.get_logger()

BOARD = "board"
LEASE = timedelta(minutes=2)  # longer than the sender's own timeout, for each of those claimed at once
AT_ONCE = 10
MOST_ATTEMPTS = 20  # two hours in all: Slack may be away for one
LATE = timedelta(minutes=10)
LONGEST_WAIT = timedelta(minutes=10)


def deliver(desk: Desk, outbox: Outbox, notifier: Notifier, now: datetime) -> int:
    """Redraw the board if the ledger has changed, then send what is due. Returns how many notices were sent.

    A notice is sent at least once: if Slack takes it and its answer is lost, it is sent again.
    """
    thread = redraw(desk, notifier, now)
    cards.redraw(desk, notifier, now)
    return sum(_send(claimed, desk, outbox, notifier, thread, now) for claimed in outbox.claim(now, LEASE, AT_ONCE))


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


def _send(claimed: Claimed, desk: Desk, outbox: Outbox, notifier: Notifier, thread: str | None, now: datetime) -> bool:
    notice = claimed.notice
    try:
        reservation = desk.show(notice.reservation, now)[0] if notice.reservation else None
        if notice.kind is NoticeKind.NEEDED and (reservation is None or not still_asked(reservation, now)):
            outbox.dead(claimed, "not worth asking any more", now)
            return False
        late = now - notice.due_at > LATE
        cards.send(notice, reservation, desk, notifier, thread=thread, late=late, now=now)
    except NotFound as error:
        outbox.dead(claimed, str(error), now)
    except DeliveryError as error:
        _failed(claimed, outbox, error, now)
    except BotError as error:
        _failed(claimed, outbox, DeliveryError(str(error), permanent=False), now)
    except Exception as error:
        # A notice that cannot be drawn must not keep the others from being sent.
        log.exception("a notice could not be sent", kind=notice.kind, reservation=notice.reservation)
        _failed(claimed, outbox, DeliveryError(type(error).__name__, permanent=False), now)
    else:
        return outbox.sent(claimed, now)
    return False


def _failed(claimed: Claimed, outbox: Outbox, error: DeliveryError, now: datetime) -> None:
    notice = claimed.notice
    if error.permanent or claimed.attempt >= MOST_ATTEMPTS:
        log.error("a notice is given up", kind=notice.kind, to=notice.to, error=str(error), attempt=claimed.attempt)
        outbox.dead(claimed, str(error), now)
        return
    wait = min(timedelta(seconds=2**claimed.attempt), LONGEST_WAIT)
    outbox.retry(claimed, now + max(wait, timedelta(seconds=error.retry_after)), str(error))
