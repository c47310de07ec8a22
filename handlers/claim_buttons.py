"""[Withdraw] on a line of the admins' message of claims. The message stays: it has other lines."""

import re
from typing import Any

from slack_bolt import Ack, App, BoltContext
from slack_sdk import WebClient

from bot.desk import Desk
from bot.errors import InputError
from handlers import said
from handlers.answer import respond
from handlers.courier import Courier
from handlers.ids import ActionId
from handlers.showing import show
from handlers.views.kit import Reply

_LABEL = re.compile(r"[RW]\d{1,9}")


def register(app: App, desk: Desk, courier: Courier) -> None:
    """The one button."""

    @app.action(ActionId.WITHDRAW)
    def withdraw(ack: Ack, body: dict[str, Any], client: WebClient, context: BoltContext) -> None:
        label = str(body["actions"][0].get("value"))
        if _LABEL.fullmatch(label) is None:
            raise InputError("This button is too old to be understood.", hint="See all claims.", example="claims")
        reply = respond(said.WithdrawClaim(label), context["said"], desk)
        ack()
        if isinstance(reply, Reply):
            show(reply, body, client, courier, replace=False)
