"""Still needed? The question to who holds GPUs beyond the deadline that they were booked for, and its answer."""

from datetime import tzinfo
from typing import Any

from bot.booking.model import Reservation
from bot.booking.notices import Notice
from handlers.ids import ActionId
from handlers.views import words
from handlers.views.card import state_shown, value_of
from handlers.views.kit import Headline, Reply, actions, button, context, named, section


def still_needed(notice: Notice, reservation: Reservation, zone: tzinfo) -> tuple[Headline, list[Any]]:
    """The question, of the reservation as it is now."""
    name = named(notice.facts.get("name", "")) or "Its deadline"
    if not reservation.holds:
        return Headline(f"{name} has passed,", f"and {reservation.label} is {state_shown(reservation.state)}."), []
    has = f"{words.held(reservation)}, {words.span(reservation.window, zone)}"
    headline = Headline(f"{name} has passed. Is {reservation.label} still needed?", f"{has}.")
    return headline, _row(reservation)


def lent(notice: Notice, reservation: Reservation, zone: tzinfo) -> tuple[Headline, list[Any]]:
    """The question to who has GPUs that are kept for a deadline, of the reservation as it is now."""
    name = named(notice.facts.get("name", "")) or "a deadline"
    has = f"{words.held(reservation)}, {words.span(reservation.window, zone)}"
    if not reservation.holds:
        rest = f"of which some are kept for {name}, are free again: {reservation.label}."
        return Headline(f"{words.held(reservation)},", rest), []
    headline = Headline(f"Is {reservation.label} still needed? Somebody waits for GPUs before {name}.", f"{has}.")
    why = f"Some of these GPUs are kept for work before {name}, and were lent out. Nothing changes unless you release."
    return headline, [*context(why), *_row(reservation)]


def _row(reservation: Reservation) -> list[Any]:
    value = value_of(reservation)
    return actions(button("Still needed", ActionId.STILL_NEEDED, value), button("Release", ActionId.RELEASE, value))


def acknowledged(reservation: Reservation, zone: tzinfo) -> Reply:
    """It is: nothing changes."""
    what = f"{words.held(reservation)}, {words.span(reservation.window, zone)}"
    headline = Headline("Good.", f"{reservation.label} stays as it is: {what}.")
    if not reservation.holds:
        headline = Headline(f"{reservation.label} is {state_shown(reservation.state)}", "already.")
    return Reply(headline.text, (section(headline.mrkdwn),), "done", (reservation,))
