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
from bot.errors import Busy, DeliveryError
from storage.cards import Card
from storage.offers import offers_to_json

log = structlog.get_logger()

UNSETTLED = frozenset({State.PENDING, State.OFFERED})  # what its card has still to follow
SETTLES = frozenset({"approved", "denied", "suggested", "part", "expired", "taken", "passed", "lapsed"})
REST = timedelta(seconds=10)  # before a card that could not be drawn is tried again


def send(
    notice: Notice,
    reservation: Reservation | None,
    desk: Desk,
    notifier: Notifier,
    *,
    thread: str | None,
    late: bool,
    now: datetime,
) -> None:
    """As `Notifier.send`. What asks an admin is weighed before, and where its card stands is remembered.

    What is decided meanwhile is not told again. Raises DeliveryError.
    """
    if notice.kind is not NoticeKind.APPROVAL or reservation is None:
        notifier.send(notice, reservation, thread=thread, late=late, now=now)
        return
    if notice.facts.get("act") == NAG:
        if reservation.state is State.PENDING:
            again = replace(notice, facts={**notice.facts, **_lapses(reservation, desk)})
            notifier.send(again, reservation, thread=_card_of(notice, desk, now), late=late, now=now)
        return
    asks = _weighed(notice, reservation, desk, now)
    place = notifier.send(asks, reservation, thread=None, late=late, now=now)
    if place is not None:
        card = Card(place.channel, place.ts, notice.to, reservation.id, reservation.version, notice.facts)
        try:
            desk.card_posted(card, now, waits=reservation.state in UNSETTLED)
        except Busy:
            log.warning("a card was not remembered; it will not be drawn anew", reservation=reservation.label)


def redraw(desk: Desk, notifier: Notifier, now: datetime) -> int:
    """Draw the cards anew that do not show the present state. Returns how many were."""
    return sum(_redrawn(card, desk, notifier, now) for card in desk.stale_cards(now))


def _redrawn(card: Card, desk: Desk, notifier: Notifier, now: datetime) -> bool:
    rests = now + REST
    try:
        reservation, history = desk.show(card.reservation, now)
        settled = next((one for one in reversed(history) if one.act in SETTLES), history[-1])
        facts = {**card.facts, "by": settled.who, "settled": settled.act, "decided": settled.at.isoformat()}
        notice = Notice(NoticeKind.APPROVAL, card.to, card.reservation, reservation.created_at, now, facts)
        asks = _weighed(notice, reservation, desk, now)
        notifier.update(asks, reservation, Place(card.channel, card.ts), now=now)
    except DeliveryError as error:
        log.warning("a card was not drawn anew", reservation=card.reservation, error=str(error))
        if error.permanent:  # it is gone, or nobody may touch it: there is nothing to keep true
            desk.card_drawn(card, card.drawn_version, now, waits=False)
            return False
        rests = max(rests, now + timedelta(seconds=error.retry_after))
    except Exception:
        # A card that cannot be drawn must not keep notices from being sent.
        log.exception("a card was not drawn anew", reservation=card.reservation)
    else:
        desk.card_drawn(card, reservation.version, now, waits=reservation.state in UNSETTLED)
        return True
    desk.card_waits(card, rests, now)
    return False


def _weighed(notice: Notice, reservation: Reservation, desk: Desk, now: datetime) -> Notice:
    """A request's notice with what a yes would mean to others as things are now; without, where that cannot be said."""
    if reservation.state is not State.PENDING:
        return notice
    facts = {**notice.facts, **_lapses(reservation, desk)}
    try:
        found = desk.weighed(reservation.id, now)
    except Exception:
        # Nobody is kept from deciding by what cannot be worked out.
        log.exception("a request was not weighed", reservation=reservation.label)
        found = None
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
            "part": offers_to_json([found.part] if found.part else []),
            "others": offers_to_json(found.others),
            "later": found.later.isoformat() if found.later else "",
        }
    return replace(notice, facts=facts)


def _lapses(reservation: Reservation, desk: Desk) -> dict[str, str]:
    return {"lapses": expires_at(reservation, desk.lab.policy.approval_timeout).isoformat()}


def _card_of(notice: Notice, desk: Desk, now: datetime) -> str | None:
    """The card below which it is told again."""
    mine = [card.ts for card in desk.cards_of(notice.reservation, now) if card.to == notice.to]
    return mine[-1] if mine else None
