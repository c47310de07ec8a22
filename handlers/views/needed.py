"""Still needed? The question to who holds GPUs beyond the deadline that they were booked for, and its answer."""

from datetime import tzinfo
from typing import Any

from bot.booking.model import Reservation
from bot.booking.notices import Notice
from handlers.ids import ActionId
from handlers.views import words
from handlers.views.card import state_shown, value_of
from handlers.views.kit import Headline, Reply, actions, button, named, section


def still_needed(notice: Notice, reservation: Reservation, zone: tzinfo) -> tuple[Headline, list[Any]]:
    """The question, of the reservation as it is now."""
    name = named(notice.facts.get("name", "")) or "Its deadline"
    if not reservation.holds:
        return Headline(f"{name} has passed,", f"and {reservation.label} is {state_shown(reservation.state)}."), []
    has = f"{words.held(reservation)}, {words.span(reservation.window, zone)}"
    headline = Headline(f"{name} has passed. Is {reservation.label} still needed?", f"{has}.")
    value = value_of(reservation)
    row = (button("Still needed", ActionId.STILL_NEEDED, value), button("Release", ActionId.RELEASE, value))
    return headline, [*actions(*row)]


def acknowledged(reservation: Reservation, zone: tzinfo) -> Reply:
    """It is: nothing changes."""
    what = f"{words.held(reservation)}, {words.span(reservation.window, zone)}"
    headline = Headline("Good.", f"{reservation.label} stays as it is: {what}.")
    if not reservation.holds:
        headline = Headline(f"{reservation.label} is {state_shown(reservation.state)}", "already.")
    return Reply(headline.text, (section(headline.mrkdwn),), "done", (reservation,))
