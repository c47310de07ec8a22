"""Offers as buttons: each says what it would book and carries the line that books it."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from typing import assert_never

from bot.booking.decision import Offer, OfferKind
from bot.booking.model import Before, Fixed, Request, Reservation, Work
from handlers.ids import ActionId, offer_action
from handlers.lines import lasts
from handlers.views import words
from handlers.views.kit import VALUE, Block, actions, button, clip, context, one_line, plain_text

LineOf = Callable[[Request], str]


def offer_text(offer: Offer, asked: Request, now: datetime, zone: tzinfo) -> str:
    """The button's words, in `zone`: "4 from Thu 17:00", "2 now, twice as long*". The star: if it scales linearly."""
    if offer.kind is OfferKind.WAIT or offer.kind is OfferKind.ASK:
        return _what(offer, asked)
    spelled = words.spelled(offer.window.start, now, zone)
    start = spelled if spelled == "now" else f"from {spelled}"
    asks = ", asks an admin" if offer.asks else ""
    return f"{_what(offer, asked)} {start}{_length(offer, asked)}{'*' if offer.linear else ''}{asks}"


def offer_buttons(
    offers: Sequence[Offer], asked: Request, *, key: str, line_of: LineOf, now: datetime, zone: tzinfo
) -> list[Block]:
    """A row of offers, best first, and the small print that a star needs. `key` is the refusal's: taken once."""
    row = [
        button(offer_text(offer, asked, now, zone), offer_action(place), value)
        for place, offer in enumerate(offers)
        if (value := offer_value(offer, key, line_of)) is not None
    ]
    return [*actions(*row), *(starred(offers) if row else [])]


def starred(offers: Sequence[Offer]) -> list[Block]:
    """What a length that was scaled, the one with the star, rests on."""
    if not any(offer.linear for offer in offers):
        return []
    measured = any(offer.measured for offer in offers)
    return context(f"_* if your job scales linearly{', between pools as jobs were measured here' if measured else ''}_")


def offer_line(offer: Offer, line: str) -> str:
    """The line that takes an offer; `line` books its request."""
    said = line.removeprefix("book ")
    match offer.kind:
        case OfferKind.ASK:
            return f"ask R{offer.reservation} {said}"
        case OfferKind.WAIT:
            return f"wait {said}"
        case _:
            return line


def book_button(prefill: str = "") -> Block:
    """[Book]: opens the booking form, filled with what a line said ("2 a100 because ablations")."""
    return button("Book", ActionId.BOOK, prefill if len(prefill) <= VALUE else "")


def again_button(reservation: Reservation) -> Block:
    """[Book again]: the booking form with what this one had, but for its time."""
    what = f"{reservation.count} pool {reservation.pool} for {lasts(reservation.window.length)}"
    because = f" because {reservation.reason}" if reservation.reason else ""
    return {**book_button(what + because), "text": plain_text("Book again", 75)}


def _what(offer: Offer, asked: Request) -> str:
    count, pool = offer.request.count, offer.request.pool
    match offer.kind:
        case OfferKind.ANY:
            return f"Any {words.gpus(count, pool)}"
        case OfferKind.POOL:
            return words.gpus(count, pool)
        case OfferKind.LATER | OfferKind.EARLIER | OfferKind.FEWER | OfferKind.MORE | OfferKind.SHORTER:
            return f"{count:,}" if pool == asked.pool else words.gpus(count, pool)
        case OfferKind.PIECES:
            return f"{count:,} in pieces"
        case OfferKind.ASK:
            return f"Ask {clip(one_line(offer.holder), 30) or 'the holder'} for R{offer.reservation}"
        case OfferKind.WAIT:
            return "Tell me if sooner"
        case other:
            assert_never(other)


def _length(offer: Offer, asked: Request) -> str:
    wanted = _minutes_asked(asked)
    if offer.kind is OfferKind.PIECES:
        return f", {words.length(timedelta(minutes=wanted or 0))} in all"
    if offer.window.minutes == wanted:
        return ""
    if offer.kind is OfferKind.SHORTER:
        return f", only {words.length(offer.window.length)}"
    twice = wanted is not None and offer.window.minutes == 2 * wanted
    return ", twice as long" if twice else f" for {words.length(offer.window.length)}"


def _minutes_asked(asked: Request) -> int | None:
    match asked.when:
        case Fixed(window):
            return window.minutes
        case Before(length):
            return round(length.total_seconds() / 60)
        case Work():
            return None
        case other:
            assert_never(other)


def offer_value(offer: Offer, key: str, line_of: LineOf, **more: object) -> str | None:
    """The button's JSON, with `more` in it, which it does without where it is too long.

    The reason is shortened where Slack's limit asks for it; None where even that is too long.
    """
    for reason in _shorter(offer.request.reason):
        line = offer_line(offer, line_of(replace(offer.request, reason=reason)))
        for besides in (more, {}) if more else ({},):
            value = json.dumps({"line": line, "key": key, **besides}, ensure_ascii=False, separators=(",", ":"))
            if len(value) <= VALUE:
                return value
    return None


def _shorter(reason: str) -> Iterable[str]:
    return dict.fromkeys(clip(reason, limit) for limit in (len(reason) + 1, 500, 100)) | {"": None}
