"""Reminders as messages: soon it starts, soon it ends, is it still needed today, and was nobody there."""

from datetime import datetime, tzinfo
from typing import Any

from bot.booking.lifecycle import State
from bot.booking.model import Reservation
from bot.booking.notices import Notice
from handlers.ids import ActionId
from handlers.views import words
from handlers.views.card import buttons, details, state_shown, value_of
from handlers.views.kit import Headline, Reply, actions, button, context, listed, section
from handlers.views.offers import again_button

Told = tuple[Headline, list[Any]]


def reminder(notice: Notice, reservation: Reservation, zone: tzinfo) -> Told:
    """It starts or ends in an hour, or ends in a quarter of one; "next": the ids of those who come after it."""
    label, held = reservation.label, words.held(reservation)
    row = buttons(reservation, reader=reservation.member)
    act = notice.facts.get("act")
    if act == "starting":
        span = words.span(reservation.window, zone)
        return Headline(f"{label} starts soon:", f"{held}, {span}."), [*context(*details(reservation)), *row]
    end = words.clock(reservation.window.end)
    others = [words.mention(member) for member in notice.facts.get("next", "").split(",") if member]
    if act == "ending" and not others:
        return Headline(f"{label} ends at {end}:", f"{held}. If nobody is next, your job may run on."), row
    who = f"{listed(others, most=3)} {'is' if len(others) == 1 else 'are'} next" if others else "somebody is next"
    rest = f"and {who}: {held}. Save your work, and let it end in time."
    return Headline(f"{label} ends at {end},", rest), row


def needed_today(reservation: Reservation, zone: tzinfo) -> Told:
    """It was booked long ago, and begins today."""
    what = f"{words.held(reservation)}, {words.span(reservation.window, zone)}"
    headline = Headline(
        f"{reservation.label} is ahead. Is it still needed?", f"{what}, booked {words.moment(reservation.created_at)}."
    )
    value = value_of(reservation)
    row = (
        button("Still needed", ActionId.STILL_NEEDED, value),
        button("Move", ActionId.MOVE, value),
        button("Release", ActionId.RELEASE, value),
    )
    return headline, actions(*row)


def no_show(notice: Notice, reservation: Reservation) -> Told:
    """Nobody was seen: the question, or that it was released."""
    what = f"{words.held(reservation)}, since {words.moment(reservation.window.start)}"
    if notice.facts.get("act") == "no_show":
        rest = f"nothing ran on {words.held(reservation)} since its start, and nobody answered. Others can book it now."
        return Headline(f"{reservation.label} was released:", rest), actions(again_button(reservation))
    until = _instant(notice.facts.get("until", ""))
    then = f"No answer by {words.clock(until)}: it is released." if until else "Without an answer it is released."
    value = value_of(reservation)
    row = (button("I'm here", ActionId.HERE, value, "primary"), button("Release", ActionId.RELEASE, value))
    headline = Headline(f"Are you there? Nothing has run on {reservation.label} yet:", f"{what}.")
    return headline, [*context(f"{then} No process is touched."), *actions(*row)]


def welcome(reservation: Reservation) -> Reply:
    """They are there: it is kept, unless it was over already."""
    if reservation.state is State.ACTIVE:
        headline = Headline("Good.", f"{reservation.label} is kept: {words.held(reservation)}.")
        more = [*context(*details(reservation)), *buttons(reservation, reader=reservation.member)]
    else:
        headline = Headline(f"{reservation.label} is {state_shown(reservation.state)}", "already.")
        more = [] if reservation.holds else actions(again_button(reservation))
    return Reply(headline.text, (section(headline.mrkdwn), *more), "done", (reservation,))


def _instant(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
