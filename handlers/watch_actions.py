"""The buttons of what the watch has to say: [Still using], [Keep 1]; and an admin's word on a login."""

import re
from typing import Any

from slack_bolt import Ack, App, BoltContext
from slack_sdk import WebClient

from bot.desk import Desk
from bot.errors import InputError
from handlers import said_watched
from handlers.actions import reservation_of
from handlers.answer import respond
from handlers.context import Context
from handlers.courier import Courier
from handlers.ids import ActionId
from handlers.showing import show
from handlers.views import watching
from handlers.views.kit import Reply

_KEPT = re.compile(r"R(\d{1,9}):(\d{1,9}):(\d{1,4})")
_LINK = re.compile(r"L(\d{1,9})")


def register(app: App, desk: Desk, courier: Courier) -> None:
    """All of them."""

    @app.action(ActionId.STILL_USING)
    def still_using(ack: Ack, body: dict[str, Any], client: WebClient, context: BoltContext) -> None:
        by: Context = context["said"]
        reservation = desk.still_using(by.member, reservation_of(body)[0], by.now)
        ack()
        show(watching.acknowledged(reservation, by.zone), body, client, courier, replace=True)

    @app.action(ActionId.KEEP)
    def keep(ack: Ack, body: dict[str, Any], client: WebClient, context: BoltContext) -> None:
        id_, version, count = (int(part) for part in _carried(_KEPT, body).groups())
        reply = respond(said_watched.KeepUsed(id_, count), context["said"], desk, version=version)
        ack()
        if isinstance(reply, Reply):
            show(reply, body, client, courier, replace=reply.decision != "refused")

    def decides(action: ActionId, *, confirm: bool) -> None:
        @app.action(action)
        def decided(ack: Ack, body: dict[str, Any], client: WebClient, context: BoltContext) -> None:
            reply = respond(said_watched.DecideLink(int(_carried(_LINK, body)[1]), confirm), context["said"], desk)
            ack()
            if isinstance(reply, Reply):
                show(reply, body, client, courier, replace=True)

    decides(ActionId.CONFIRM_LOGIN, confirm=True)
    decides(ActionId.REFUSE_LOGIN, confirm=False)


def _carried(shape: re.Pattern[str], body: dict[str, Any]) -> re.Match[str]:
    match = shape.fullmatch(str(body["actions"][0].get("value")))
    if match is None:
        raise InputError("This button is too old to be understood.", hint="See your reservations.", example="mine")
    return match
