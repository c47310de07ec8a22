"""Offers as JSON, and back: what a notice carries of what can be had instead."""

import json
from collections.abc import Iterable
from datetime import datetime

from bot.booking.decision import Offer, OfferKind
from bot.booking.model import Window
from storage.requests import request_from_json, request_to_json


def offers_to_text(offers: Iterable[Offer]) -> str:
    """Offers that book something."""
    return json.dumps(
        [
            {
                "kind": offer.kind.value,
                "request": request_to_json(offer.request),
                "start": offer.window.start.isoformat(),
                "end": offer.window.end.isoformat(),
                "linear": offer.linear,
                "asks": offer.asks,
            }
            for offer in offers
        ]
    )


def offers_from_text(text: str) -> tuple[Offer, ...]:
    """The offers that `offers_to_text` wrote; none in what it did not."""
    try:
        return tuple(
            Offer(
                OfferKind(one["kind"]),
                request_from_json(one["request"]),
                Window(datetime.fromisoformat(one["start"]), datetime.fromisoformat(one["end"])),
                linear=one["linear"],
                asks=one["asks"],
            )
            for one in json.loads(text or "[]")
        )
    except (ValueError, LookupError, TypeError):
        return ()
