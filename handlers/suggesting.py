"""[Offer 4] on a card that asks: what an admin offers a member instead of what they asked for."""

import json
import re
from typing import Any

from slack_bolt import Ack, App, BoltContext
from slack_sdk import WebClient

from bot.desk import Desk
from bot.errors import InputError
from handlers import overseeing, said
from handlers.answer import respond
from handlers.booking_line import read_booking
from handlers.context import Context
from handlers.courier import Courier
from handlers.ids import SUGGESTIONS
from handlers.showing import show
from handlers.views.kit import Reply

_OF = re.compile(r"R(\d{1,9}):(\d{1,9})")


def register(app: App, desk: Desk, courier: Courier) -> None:
    """The buttons. What they carry is a hint: who may offer what is looked up when one is pressed."""

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


def suggestion_of(body: dict[str, Any]) -> tuple[int, int, str]:
    """The reservation and its version as the card shows them, and the offer's line. Raises InputError."""
    try:
        carried = json.loads(body["actions"][0].get("value") or "")
        match, line = _OF.fullmatch(carried["of"]), carried["line"]
    except (ValueError, LookupError, TypeError):
        raise _too_old() from None
    if match is None or not isinstance(line, str):
        raise _too_old()
    return int(match[1]), int(match[2]), line


def _too_old() -> InputError:
    return InputError("This button is too old to be understood.", hint="The card's other buttons still work.")
