"""[Offer 4] and [Other...] on a card that asks: what an admin offers a member instead of what they asked for."""

import json
import re
from typing import Any

from slack_bolt import Ack, App, BoltContext
from slack_bolt.response import BoltResponse
from slack_sdk import WebClient

from bot.booking.model import Fixed
from bot.desk import Desk
from bot.errors import InputError, NoRoom
from handlers import overseeing, said
from handlers.actions import card_of, reservation_of
from handlers.answer import respond
from handlers.booking_line import read_booking
from handlers.context import Context
from handlers.courier import Courier
from handlers.forms import beside_its_field
from handlers.ids import SUGGESTIONS, ActionId, BlockId, CallbackId
from handlers.showing import open_form, show
from handlers.submissions import card_in, delivery_of, in_its_place
from handlers.views import modals, opening
from handlers.views.card import value_of
from handlers.views.fields import input_errors, typed
from handlers.views.kit import Reply, button

_OF = re.compile(r"R(\d{1,9}):(\d{1,9})")
_FIELDS = (BlockId.COUNT, BlockId.WHEN)


def register(app: App, desk: Desk, courier: Courier) -> None:
    """The buttons and the form. What they carry is a hint: who may offer what is looked up when one is used."""

    @app.action(SUGGESTIONS)
    def suggested(ack: Ack, body: dict[str, Any], client: WebClient, context: BoltContext) -> None:
        by: Context = context["said"]
        id_, version, line = suggestion_of(body)
        booking = read_booking(line.removeprefix("book "), by)
        if not isinstance(booking, said.Book):
            raise _too_old()
        reply = respond(overseeing.Suggest(id_, booking.request), by, desk, version=version)
        ack()
        if isinstance(reply, Reply):
            show(reply, body, client, courier, replace=True)

    @app.action(ActionId.OTHER)
    def other(ack: Ack, body: dict[str, Any], client: WebClient, context: BoltContext) -> None:
        by: Context = context["said"]
        id_, version = reservation_of(body)
        reservation, _ = desk.show(id_, by.now, version)
        view = modals.suggest(reservation, zone=by.zone, now=by.now)
        again = button("Other…", ActionId.OTHER, value_of(reservation))
        failed = opening.try_again_with_button(again)
        open_form(view | {"private_metadata": card_of(reservation, body)}, body, client, courier, failed=failed)
        ack()

    @app.view(CallbackId.SUGGEST)
    def sent(ack: Ack, body: dict[str, Any], view: dict[str, Any], context: BoltContext) -> BoltResponse:
        by: Context = context["said"]
        card = card_in(view)
        try:
            suggest = _filled(view, card.id, desk, by)
            reply = respond(suggest, by, desk, delivery_of(body, view), version=card.version)
        except InputError as error:
            return ack(response_action="errors", errors=input_errors(beside_its_field(error), _FIELDS))
        except NoRoom as error:
            full = InputError(str(error), hint="Offer fewer GPUs, or another time.", field=BlockId.WHEN)
            return ack(response_action="errors", errors=input_errors(full, _FIELDS))
        if not isinstance(reply, Reply):
            raise TypeError("an offer is answered by a reply")
        if reply.decision == "refused" or not card.url:
            return in_its_place(ack, reply)
        courier.reply(card.url, reply.payload(), replace=True)
        return ack()


def suggestion_of(body: dict[str, Any]) -> tuple[int, int, str]:
    """The reservation and its version as the card shows them, and the offer's line. Raises InputError."""
    try:
        carried = json.loads(body["actions"][0].get("value") or "")
        match, line = _OF.fullmatch(carried["of"]), carried["line"]
    except (ValueError, LookupError, TypeError, RecursionError):
        raise _too_old() from None
    if match is None or not isinstance(line, str):
        raise _too_old()
    return int(match[1]), int(match[2]), line


def _filled(view: dict[str, Any], id_: int, desk: Desk, by: Context) -> overseeing.Suggest:
    """What the form offers, of the pool that was asked for. Raises InputError with the field that is wrong."""
    reservation, _ = desk.show(id_, by.now)
    when = typed(view, BlockId.WHEN)
    booking = read_booking(f"{typed(view, BlockId.COUNT)} pool {reservation.pool} {when}", by)
    if not isinstance(booking, said.Book) or not isinstance(booking.request.when, Fixed):
        raise InputError("Say a start and an end or a length.", example="tomorrow 9am for 8h", field=BlockId.WHEN)
    return overseeing.Suggest(id_, booking.request)


def _too_old() -> InputError:
    return InputError("This button is too old to be understood.", hint="The card's other buttons still work.")
