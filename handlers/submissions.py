"""Filled forms: errors beside their fields, answers in the form's place or on the card that it came from."""

import json
import re
from collections.abc import Callable
from typing import Any

from slack_bolt import Ack, App, BoltContext
from slack_bolt.response import BoltResponse

from bot.desk import Desk
from bot.errors import InputError
from handlers import said
from handlers.answer import Delivery, answer, respond
from handlers.changes import read_extend, read_move
from handlers.commands import said_in
from handlers.context import Context
from handlers.courier import Courier
from handlers.forms import Card, beside_its_field, booking_line, estimate_line
from handlers.ids import BlockId, CallbackId
from handlers.views.fields import BOOKING_FIELDS, BookingForm, chosen, filled, input_errors, refusal_errors, typed
from handlers.views.kit import Reply
from handlers.views.modals import answered

Read = Callable[[Card, dict[str, Any], Context], said.Extend | said.Move | said.Deny]


def register(app: App, desk: Desk, courier: Courier) -> None:
    """All forms."""

    @app.view(CallbackId.BOOKING)
    def booking(ack: Ack, body: dict[str, Any], view: dict[str, Any], context: BoltContext) -> BoltResponse:
        by: Context = context["said"]
        form = filled(view)
        try:
            line = estimate_line(form) if form.estimate else booking_line(form)
            reply = answer(line, by, desk, delivery_of(body, view))
        except InputError as error:
            return ack(response_action="errors", errors=input_errors(_beside(form, error), BOOKING_FIELDS))
        if form.estimate and isinstance(reply, Reply):
            return ack(response_action="push", view=answered(reply, "Estimate", above=True))
        if not isinstance(reply, Reply):
            missing = InputError("When, and for how long?", example="tomorrow 9am for 8h", field=BlockId.WHEN)
            return ack(response_action="errors", errors=input_errors(missing, BOOKING_FIELDS))
        errors = refusal_errors(reply, BOOKING_FIELDS, zone=by.zone)
        if errors is not None:
            return ack(response_action="errors", errors=errors)
        return in_its_place(ack, reply)

    def form(callback: CallbackId, field: BlockId, read: Read) -> None:
        @app.view(callback)
        def sent(ack: Ack, body: dict[str, Any], view: dict[str, Any], context: BoltContext) -> BoltResponse:
            by: Context = context["said"]
            card = card_in(view)
            try:
                reply = respond(read(card, view, by), by, desk, delivery_of(body, view), version=card.version)
            except InputError as error:
                return ack(response_action="errors", errors=input_errors(beside_its_field(error), (field,)))
            if not isinstance(reply, Reply):
                raise TypeError("a change is answered by a reply")
            if reply.decision == "refused" or not card.url:
                return in_its_place(ack, reply)
            courier.reply(card.url, reply.payload(), replace=True)
            return ack()

    form(CallbackId.EXTEND, BlockId.LENGTH, _extend)
    form(CallbackId.MOVE, BlockId.WHEN, _move)
    form(CallbackId.DENY, BlockId.REASON, _deny)


def _beside(form: BookingForm, error: InputError) -> InputError:
    """The error with its field: what is not understood of an estimate is in the estimate's."""
    told = beside_its_field(error)
    told.field = told.field or (BlockId.ESTIMATE if form.estimate else "")
    return told


def in_its_place(ack: Ack, reply: Reply) -> BoltResponse:
    """The answer in the form's place; a refusal upon it, so that closing it brings back what was typed."""
    action = "push" if reply.decision == "refused" else "update"
    return ack(response_action=action, view=answered(reply))


def card_in(view: dict[str, Any]) -> Card:
    """The reservation that a form is about: the one chosen in it, or the one from whose card it was opened."""
    picked = re.fullmatch(r"R(\d{1,9}):(\d{1,9})", chosen(view, BlockId.RESERVATION))
    return Card(int(picked[1]), int(picked[2])) if picked else Card.loaded(view["private_metadata"])


def _extend(card: Card, view: dict[str, Any], by: Context) -> said.Extend:
    return read_extend(f"R{card.id} {typed(view, BlockId.LENGTH)}", by)


def _move(card: Card, view: dict[str, Any], by: Context) -> said.Move:
    return read_move(f"R{card.id} {typed(view, BlockId.WHEN)}", by)


def _deny(card: Card, view: dict[str, Any], _: Context) -> said.Deny:
    return said.Deny(card.id, typed(view, BlockId.REASON))


def delivery_of(body: dict[str, Any], view: dict[str, Any]) -> Delivery:
    """A form that was refused may be corrected and sent again under the same id."""
    content = json.dumps(view["state"], sort_keys=True)
    return Delivery(f"view:{said_in(body)}:{view['id']}", content, keep_refusals=False)
