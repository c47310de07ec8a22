"""Offers as JSON, and back: what a notice keeps of what could be had instead."""

import json
from collections.abc import Iterable
from datetime import datetime

from bot.booking.decision import Offer, OfferKind
from bot.booking.model import Window
from storage.requests import request_from_json, request_to_json


def offers_to_json(offers: Iterable[Offer]) -> str:
    """Offers, without the names of their holders; instants are ISO 8601."""
    return json.dumps(
        [
            {
                "kind": offer.kind.value,
                "request": request_to_json(offer.request),
                "start": offer.window.start.isoformat(),
                "end": offer.window.end.isoformat(),
                "linear": offer.linear,
                "asks": offer.asks,
                "reservation": offer.reservation,
            }
            for offer in offers
        ]
    )


def offers_from_json(text: str) -> tuple[Offer, ...]:
    """The offers that `offers_to_json` wrote; none for what it did not write."""
    try:
        return tuple(
            Offer(
                OfferKind(plain["kind"]),
                request_from_json(plain["request"]),
                Window(datetime.fromisoformat(plain["start"]), datetime.fromisoformat(plain["end"])),
                plain["linear"],
                plain["asks"],
                plain["reservation"],
            )
            for plain in json.loads(text)
        )
    except (ValueError, LookupError, TypeError):
        return ()
