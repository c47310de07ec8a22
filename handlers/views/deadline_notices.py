"""What a holder is told when the deadline that their reservation is promised by changes; reports to the admins.

Facts of such a notice: `act` (see `bot.desk.Replanned`), `name` (the deadline's), `from` and `to` (its instants, ISO
8601; no `to`: it was dropped), `was` (the window before, an ISO interval, where it has another now).
"""

from datetime import datetime, tzinfo
from typing import Any

from bot.booking.model import Reservation, Window
from bot.booking.notices import Notice
from handlers.views import words
from handlers.views.card import buttons, details
from handlers.views.kit import Headline, context, named, section


def redated(notice: Notice, reservation: Reservation, zone: tzinfo) -> tuple[Headline, list[Any]]:
    """The deadline, old and new; and what follows for the reservation, with what can be done."""
    facts = notice.facts
    name, act = named(facts.get("name", "The deadline")), facts.get("act", "")
    was, now = _instant(facts.get("from", "")), _instant(facts.get("to", ""))
    if now is not None and was is not None:
        headline = Headline(f"{name} has moved:", f"{words.moment(was)} → {words.moment(now)}.")
    elif now is not None:
        headline = Headline(f"{name} has moved:", f"it is {words.moment(now)}.")
    else:
        headline = Headline(f"{name} is no deadline any more.")
    before = window_of(facts.get("was", "")) or reservation.window
    follows = f"*{reservation.label}*: {what_follows(act, before, reservation, zone)}"
    if act == "unpromised":
        follows += " You can move or shorten it, release it, or book what still fits."
    if not reservation.holds:
        return headline, [section(follows)]
    more = buttons(reservation, reader=reservation.member)
    return headline, [section(follows), *context(*details(reservation)), *more]


def what_follows(act: str, before: Window, after: Reservation, zone: tzinfo) -> str:
    """What became of a reservation; `before` is the window that it had."""
    held, window = words.held(after), words.span(after.window, zone)
    match act:
        case "replanned":
            return f"so that it is over in time, it moves: {words.span(before, zone)} → {window}. Still {held}."
        case "unpromised":
            return (
                f"*it cannot be over in time any more.* It keeps {held}, {window}, and is promised by no deadline now."
            )
        case "undated":
            return f"it keeps {held}, {window}."
        case _:
            return f"it keeps {held}, {window}: that is still in time."


def report(notice: Notice) -> tuple[Headline, list[Any]]:
    """What admins are to know that is no reservation's."""
    reason = named(notice.facts.get("reason", ""), 500)
    if notice.facts.get("act") == "feed":
        rest = f"{reason} The deadlines stay as they were. You are told again only after it has worked in between."
        return Headline("The conference feed is not used:", rest), []
    return Headline("Something needs an admin:", reason), []


def window_of(fact: str) -> Window | None:
    """The window that an ISO interval says; None for one that does not."""
    try:
        start, end = fact.split("/")
        return Window(datetime.fromisoformat(start), datetime.fromisoformat(end))
    except ValueError:
        return None


def _instant(fact: str) -> datetime | None:
    try:
        return datetime.fromisoformat(fact)
    except ValueError:
        return None
