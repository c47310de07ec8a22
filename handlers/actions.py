"""Buttons: what they carry, through the same conversation, to a card in place of the one that was clicked."""

import json
import re
from contextlib import suppress
from typing import Any

from slack_bolt import Ack, App, BoltContext
from slack_sdk import WebClient

from bot.booking.model import Reservation
from bot.desk import Desk
from bot.errors import Busy, InputError
from bot.estimates.kept import Forecast
from handlers import said
from handlers.answer import Delivery, answer, respond
from handlers.commands import booking_form, said_in
from handlers.context import Context
from handlers.courier import Courier
from handlers.forecasts import forecast_from
from handlers.forms import Card
from handlers.ids import OFFERS, ActionId
from handlers.showing import open_form, show
from handlers.views import gathered, modals, needed, opening, reminders
from handlers.views.card import value_of
from handlers.views.kit import Reply, button
from handlers.views.offers import book_button

Plain = type[said.Release] | type[said.Undo] | type[said.Approve] | type[said.Show] | type[said.Take] | type[said.Pass]
_WAITING = re.compile(r"W(\d{1,9})")
_VALUE = re.compile(r"R(\d{1,9}):(\d{1,9})")
_TAKEN = "One of these offers was taken already. Nothing was done now."


def register(app: App, desk: Desk, courier: Courier) -> None:
    """All buttons of cards, lists, boards and refusals."""

    def act(command: Plain, action: ActionId) -> None:
        @app.action(action)
        def clicked(ack: Ack, body: dict[str, Any], client: WebClient, context: BoltContext) -> None:
            id_, version = reservation_of(body)
            by: Context = context["said"]
            kept = None if command is said.Show else version
            reply = respond(command(id_), by, desk, version=kept)
            ack()
            if isinstance(reply, Reply):
                show(reply, body, client, courier, replace=command is not said.Show)

    act(said.Release, ActionId.RELEASE)
    act(said.Undo, ActionId.UNDO)
    act(said.Approve, ActionId.APPROVE)
    act(said.Show, ActionId.SHOW)
    act(said.Take, ActionId.TAKE_OFFER)
    act(said.Pass, ActionId.LET_GO)

    @app.action(ActionId.LEAVE)
    def leave(ack: Ack, body: dict[str, Any], client: WebClient, context: BoltContext) -> None:
        match = _WAITING.fullmatch(str(body["actions"][0].get("value")))
        if match is None:
            raise _too_old()
        reply = respond(said.Leave(int(match[1])), context["said"], desk)
        ack()
        if isinstance(reply, Reply):
            show(reply, body, client, courier, replace=True)

    @app.action(OFFERS)
    def offered(ack: Ack, body: dict[str, Any], client: WebClient, context: BoltContext) -> None:
        line, key, forecast = offer_of(body)
        by: Context = context["said"]
        delivery = Delivery(f"offer:{said_in(body)}:{by.member.id}:{key}", line, keep_refusals=False, used=_TAKEN)
        reply = answer(line, by, desk, delivery)
        if forecast is not None and isinstance(reply, Reply) and reply.reservations:
            with suppress(Busy):  # it is booked all the same
                desk.keep_forecast(by.member, reply.reservations[0].id, forecast, by.now)
        ack()
        if isinstance(reply, Reply):
            show(reply, body, client, courier, replace=True)

    def form(action: ActionId, view_of: Any) -> None:
        @app.action(action)
        def clicked(ack: Ack, body: dict[str, Any], client: WebClient, context: BoltContext) -> None:
            id_, version = reservation_of(body)
            by: Context = context["said"]
            reservation, _ = desk.show(id_, by.now, version)
            view = {**view_of(reservation, zone=by.zone), "private_metadata": card_of(reservation, body)}
            again = button(str(view["submit"]["text"]), action, value_of(reservation))
            open_form(view, body, client, courier, failed=opening.try_again_with_button(again))
            ack()

    form(ActionId.EXTEND, modals.extend)
    form(ActionId.MOVE, modals.move)
    form(ActionId.DENY, modals.deny)
    _books(app, courier)
    _acknowledges(app, desk, courier)


def _books(app: App, courier: Courier) -> None:
    """[Book] opens the booking form, filled with what it carries."""

    @app.action(ActionId.BOOK)
    def book(ack: Ack, body: dict[str, Any], client: WebClient, context: BoltContext) -> None:
        by: Context = context["said"]
        prefill = said.OpenForm(str(body["actions"][0].get("value") or ""))
        again = opening.try_again_with_button(book_button(prefill.prefill))
        open_form(booking_form(prefill, by), body, client, courier, failed=again)
        ack()


def _acknowledges(app: App, desk: Desk, courier: Courier) -> None:
    """[Still needed] changes nothing; [I'm here] keeps it from being a no-show."""

    @app.action(ActionId.STILL_NEEDED)
    def needed_still(ack: Ack, body: dict[str, Any], client: WebClient, context: BoltContext) -> None:
        by: Context = context["said"]
        reservation, _ = desk.show(reservation_of(body)[0], by.now)
        ack()
        show(needed.acknowledged(reservation, by.zone), body, client, courier, replace=True)

    @app.action(ActionId.HERE)
    def here(ack: Ack, body: dict[str, Any], client: WebClient, context: BoltContext) -> None:
        by: Context = context["said"]
        reservation = desk.here(by.member, reservation_of(body)[0], by.now)
        ack()
        show(reminders.welcome(reservation), body, client, courier, replace=True)


def reservation_of(body: dict[str, Any]) -> tuple[int, int]:
    """The id and version that the button carries. Raises InputError for a button of another time."""
    match = _VALUE.fullmatch(str(body["actions"][0].get("value")))
    if match is None:
        raise _too_old()
    return int(match[1]), int(match[2])


def offer_of(body: dict[str, Any]) -> tuple[str, str, Forecast | None]:
    """The line that the offer's button carries, its refusal's key, and the estimate that it is by, if it is by one.

    Raises InputError as `reservation_of` does.
    """
    try:
        carried = json.loads(body["actions"][0].get("value") or "")
        line, key = carried["line"], carried["key"]
    except (ValueError, LookupError, TypeError, RecursionError):
        raise _too_old() from None
    if not (isinstance(line, str) and isinstance(key, str)):
        raise _too_old()
    return line, key, forecast_from(carried.get("estimate"))


def _too_old() -> InputError:
    return InputError("This button is too old to be understood.", hint="See your reservations.", example="mine")


def card_of(reservation: Reservation, body: dict[str, Any]) -> str:
    """What a form opened from a card carries: which card, and where its answer goes."""
    # In a message of several, the answer would take the place of the others: it stays in the form.
    url = "" if gathered.part_of(body) else body.get("response_url", "")
    return Card(reservation.id, reservation.version, url).dumped()
