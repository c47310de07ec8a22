"""Cards that ask admins show what is so now: weighed when they go out, and drawn anew when their request changes."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from bot.booking.lifecycle import State
from bot.booking.model import Reservation
from bot.booking.notices import Notice, NoticeKind, Notifier, Place
from bot.booking.weighing import expires_at
from bot.desk import Desk
from bot.desk.telling import NAG
from bot.errors import Busy, DeliveryError, NotFound
from storage.cards import Card
from storage.offered import offers_to_text

log = structlog.get_logger()

REST = timedelta(seconds=10)  # before a card that could not be drawn is tried again


def is_nag(notice: Notice) -> bool:
    """Whether it says again that a request waits."""
    return notice.kind is NoticeKind.APPROVAL and notice.facts.get("act") == NAG


def is_pointless(notice: Notice, reservation: Reservation | None) -> bool:
    """Whether somebody has decided on what would be told again."""
    return is_nag(notice) and (reservation is None or reservation.state is not State.PENDING)


def weighed(notice: Notice, reservation: Reservation | None, desk: Desk, now: datetime) -> Notice:
    """A request's notice with what it means to others, as things are now; any other as it is."""
    if notice.kind is not NoticeKind.APPROVAL or reservation is None or reservation.state is not State.PENDING:
        return notice
    lapses = expires_at(reservation, desk.lab.policy.approval_timeout)
    facts = {**notice.facts, "lapses": lapses.isoformat()}
    found = None if is_nag(notice) else desk.weighed(reservation.id, now)
    if found is not None:
        delays = [
            [
                one.waiting.member,
                one.waiting.label,
                one.start.isoformat() if one.start else "",
                one.otherwise.isoformat(),
            ]
            for one in found.delays
        ]
        facts |= {
            "left": f"{found.left}/{found.size}",
            "waits": ",".join(found.waits),
            "delayed": json.dumps(delays),
            "part": offers_to_text([found.part] if found.part else []),
            "others": offers_to_text(found.others),
        }
    return replace(notice, facts=facts)


def thread_of(notice: Notice, desk: Desk, now: datetime) -> str | None:
    """The card below which it is told again."""
    if not is_nag(notice):
        return None
    mine = [card.ts for card in desk.cards_of(notice.reservation, now) if card.to == notice.to]
    return mine[-1] if mine else None


def remember(notice: Notice, reservation: Reservation | None, place: Place | None, desk: Desk, now: datetime) -> None:
    """Where the card stands that was just posted. It was drawn from `reservation`."""
    if notice.kind is not NoticeKind.APPROVAL or is_nag(notice) or reservation is None or place is None:
        return
    card = Card(place.channel, place.ts, notice.to, reservation.id, reservation.version, notice.facts)
    try:
        desk.card_posted(card, now, waits=reservation.state is State.PENDING)
    except Busy:
        log.warning("a card was not remembered; it will not be drawn anew", reservation=reservation.label)


def redraw(desk: Desk, notifier: Notifier, now: datetime) -> int:
    """Draw the cards anew that do not show the present state. Returns how many were."""
    return sum(_redrawn(card, desk, notifier, now) for card in desk.stale_cards(now))


def _redrawn(card: Card, desk: Desk, notifier: Notifier, now: datetime) -> bool:
    try:
        reservation, history = desk.show(card.reservation, now)
        facts = {**card.facts, "by": history[-1].who, "decided": history[-1].at.isoformat()} if history else card.facts
        notice = Notice(NoticeKind.APPROVAL, card.to, card.reservation, reservation.created_at, now, facts)
        notifier.update(weighed(notice, reservation, desk, now), reservation, Place(card.channel, card.ts), now=now)
    except NotFound:
        return False
    except DeliveryError as error:
        if error.permanent:  # it is gone, or nobody may touch it: there is nothing to keep true
            desk.card_drawn(card, card.drawn_version, now, waits=False)
        else:
            desk.card_waits(card, now + max(REST, timedelta(seconds=error.retry_after)), now)
        log.warning("a card was not drawn anew", reservation=card.reservation, error=str(error))
        return False
    desk.card_drawn(card, reservation.version, now, waits=reservation.state is State.PENDING)
    return True
