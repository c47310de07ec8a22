"""What the holder of a reservation that made way is told: why, for whom, and where else it could go."""

import json
from datetime import datetime, tzinfo
from typing import Any

from bot.booking.model import Reservation
from bot.booking.notices import Notice
from handlers.ids import offer_action
from handlers.views import words
from handlers.views.card import buttons
from handlers.views.deadline_notices import window_of
from handlers.views.kit import Headline, actions, button, context, escape


def moved(notice: Notice, reservation: Reservation, zone: tzinfo) -> tuple[Headline, list[Any]]:
    """The notice of a move, drawn with the reservation as it is now."""
    facts = notice.facts
    was = window_of(facts.get("was", ""))
    lead = f"{reservation.label} moved"
    if was is not None and was == reservation.window:
        lead += f" to {words.nodes(reservation.gpus)}, still {words.moment(was.start)}"
    elif was is not None:
        lead += f": {words.moment(was.start)} → {words.moment(reservation.window.start)}"
    whom = words.mention(facts.get("by", ""))
    goal = (
        f"makes {escape(facts['for'])}" if facts.get("for") else "makes a deadline" if facts.get("due") else "fits in"
    )
    still = "It is" if was == reservation.window else "Still"
    rest = f"so that {whom} {goal}. {still} {words.held(reservation)}{_ahead(reservation)}."
    last = "" if facts.get("again") else " It won't move again."
    small = "Pick another time, or ask " + whom + "." if reservation.holds else ""
    row = [*_others(notice, reservation, zone), *buttons(reservation, reader=reservation.member)]
    return Headline(f"{lead},", rest + last), [*context(small), *row]


def _ahead(reservation: Reservation) -> str:
    """ ", done 14 h before your deadline"."""
    if reservation.promise is None or reservation.promise.at <= reservation.window.end:
        return ""
    return f", done {words.length(reservation.promise.at - reservation.window.end)} before your deadline"


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
