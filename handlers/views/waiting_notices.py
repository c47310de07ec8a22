"""What those who wait are told besides offers, with what can be had instead.

Facts of such a notice: `what` ("expired", "lapsed", "passed", "withdrawn", "redated", "undated"), `waiting` ("W3"),
`request` and `offers` (JSON), `name` (the deadline's), `from` and `to` (its instants, ISO 8601), `by` (an admin).
"""

import json
from datetime import datetime, tzinfo
from typing import Any

from bot.booking.model import Before, Fixed, Request, Work
from bot.booking.notices import Notice
from handlers.ids import ActionId
from handlers.lines import line_of
from handlers.views import words
from handlers.views.kit import Headline, actions, button, context, named, section
from handlers.views.offers import book_button, offer_buttons
from storage.offers import offers_from_json
from storage.requests import request_from_json

_ENDS = frozenset({"expired", "lapsed"})


def told(notice: Notice, zone: tzinfo) -> tuple[Headline, list[Any]]:
    """The word, and a row of what can be had instead; [Leave] for what goes on waiting."""
    facts, request = notice.facts, _request(notice.facts.get("request", ""))
    what, label = facts.get("what", ""), named(facts.get("waiting", ""))
    asked = words.asked(request, zone) if request else "your request"
    headline, follows = _said(notice, what, label, asked)
    deadline = _latest(request) if what == "expired" else ""
    offers = offers_from_json(facts.get("offers", ""))
    row = (
        []
        if request is None
        else offer_buttons(offers, request, key=notice.key[-64:], line_of=line_of, now=notice.due_at, zone=zone)
    )
    last = book_button() if what in _ENDS else button("Leave", ActionId.LEAVE, label)
    instead = "What can be had instead, as it stands now:" if row else ""
    return headline, [section(follows), *context(deadline, instead), *row, *actions(last)]


def _said(notice: Notice, what: str, label: str, asked: str) -> tuple[Headline, str]:
    facts = notice.facts
    name = named(facts.get("name", "")) or "The deadline"
    was, now = _instant(facts.get("from", "")), _instant(facts.get("to", ""))
    match what:
        case "expired":
            return Headline(f"{label} was not served in time:", f"{asked}."), "It does not wait any more."
        case "lapsed":
            last = "That was the last of its offers: it does not wait any more."
            return Headline(f"{label} has lapsed:", f"{asked}."), last
        case "passed":
            headline = Headline("Nothing fell free in your window:", f"{asked} · {label}.")
            return headline, f"{label} goes on waiting, for as long from the next moment on at which it fits."
        case "withdrawn":
            headline = Headline(
                f"The claim of {label} to {name} is withdrawn{words.by(facts.get('by', ''))}:", f"{asked}."
            )
            return headline, "It goes on waiting, but counts as work without the deadline."
        case "redated" if was is not None and now is not None:
            headline = Headline(f"{name} has moved:", f"{words.moment(was)} → {words.moment(now)}.")
            return headline, f"{label} goes on waiting, now for {asked}."
        case "undated":
            return Headline(f"{name} is no deadline any more."), f"{label} goes on waiting: {asked}."
        case _:
            return Headline(f"{label} has changed:", f"{asked}."), "It goes on waiting."


def _latest(request: Request | None) -> str:
    """Why it is too late: it could not be over by its deadline, or not begin as far ahead as the lab books."""
    match request.when if request is not None else None:
        case Before(promise=promise) | Work(promise=promise):
            return f"It cannot be over by {words.goal(promise)} any more."
        case Fixed() | None:
            return ""


def _request(fact: str) -> Request | None:
    try:
        return request_from_json(json.loads(fact))
    except (ValueError, LookupError, TypeError):
        return None


def _instant(fact: str) -> datetime | None:
    try:
        return datetime.fromisoformat(fact)
    except ValueError:
        return None
