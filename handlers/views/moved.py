"""What the holder of a reservation that made way is told: why, for whom, and where else it could go."""

import json
from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

from bot.booking.model import Reservation
from bot.booking.notices import Notice
from handlers.ids import offer_action
from handlers.views import words
from handlers.views.card import buttons
from handlers.views.deadline_notices import window_of
from handlers.views.kit import Headline, actions, button, context, named


def moved(notice: Notice, reservation: Reservation, zone: tzinfo) -> tuple[Headline, list[Any]]:
    """The notice of a move, drawn with the reservation as it is now."""
    facts = notice.facts
    was = window_of(facts.get("was", ""))
    lead = f"{reservation.label} moved"
    if was is not None and was == reservation.window:
        lead += f" to {words.nodes(reservation.gpus)}, still {words.moment(was.start)}"
    elif was is not None:
        lead += f": {words.moment(was.start)} → {words.moment(reservation.window.start)}"
    still = "It is" if was == reservation.window else "Still"
    rest = f"{_why(facts)}. {still} {words.held(reservation)}{_ahead(reservation)}."
    last = "" if facts.get("again") else " It won't move again."
    ask = f", or ask {words.mention(facts['by'])}" if facts.get("by") else ""
    small = f"Pick another time{ask}." if reservation.holds else ""
    row = [*_others(notice, reservation, zone), *buttons(reservation, reader=reservation.member)]
    return Headline(f"{lead},", rest + last), [*context(small), *row]


def _why(facts: Mapping[str, str]) -> str:
    """ "so that @bob makes iclr"."""
    if not facts.get("by"):
        return "to make room"
    goal = "fits in"
    if facts.get("for") or facts.get("due"):
        goal = f"makes {named(facts['for']) if facts.get('for') else 'a deadline'}"
    return f"so that {words.mention(facts['by'])} {goal}"


def _ahead(reservation: Reservation) -> str:
    """ ", done 14 h before your deadline"; a deadline with a name is called by it."""
    promise = reservation.promise
    if promise is None or promise.at <= reservation.window.end:
        return ""
    goal = "your deadline" if promise.name is None else named(promise.name)
    return f", done {words.length(promise.at - reservation.window.end)} before {goal}"


def _others(notice: Notice, reservation: Reservation, zone: tzinfo) -> list[Any]:
    """Buttons that move it to where else it fits."""
    try:
        starts = [datetime.fromisoformat(start) for start in json.loads(notice.facts.get("others", "[]"))]
    except (ValueError, TypeError):
        return []
    row = []
    for place, start in enumerate(starts if reservation.holds else []):
        line = f"move {reservation.label} to {start:%Y-%m-%dT%H:%MZ}"
        value = json.dumps({"line": line, "key": f"{notice.key}"[-64:]})
        row.append(button(words.spelled(start, notice.due_at, zone), offer_action(place), value))
    return [*actions(*row)]
