"""The buttons of questions and hand-overs: what is given up, declined or taken."""

import re
from typing import Any

from slack_bolt import Ack, App, BoltContext
from slack_sdk import WebClient

from bot.desk import Desk
from bot.errors import InputError
from handlers import said
from handlers.answer import respond
from handlers.context import Context
from handlers.courier import Courier
from handlers.ids import CHOICES, ActionId
from handlers.showing import show
from handlers.views.kit import Reply

_VALUE = re.compile(r"Q(\d{1,9}):(\d{1,9})(?::([a-z]{1,20}:\d{1,12}))?")


def register(app: App, desk: Desk, courier: Courier) -> None:
    """All buttons that carry a question."""

    @app.action(CHOICES)
    def given_up(ack: Ack, body: dict[str, Any], client: WebClient, context: BoltContext) -> None:
        id_, version, choice = question_of(body)
        reply = respond(said.GiveUp(id_, choice), context["said"], desk, version=version)
        ack()
        _shown(reply, body, client)

    @app.action(ActionId.DECLINE)
    def declined(ack: Ack, body: dict[str, Any], client: WebClient, context: BoltContext) -> None:
        id_, _, _ = question_of(body)
        reply = respond(said.Decline(id_), context["said"], desk)
        ack()
        _shown(reply, body, client)

    @app.action(ActionId.TAKE)
    def taken(ack: Ack, body: dict[str, Any], client: WebClient, context: BoltContext) -> None:
        id_, version, _ = question_of(body)
        by: Context = context["said"]
        reply = respond(said.TakeOver(id_), by, desk, version=version)
        ack()
        _shown(reply, body, client)

    def _shown(reply: Reply | said.OpenForm, body: dict[str, Any], client: WebClient) -> None:
        """In place of the question; below it where it is still open."""
        if isinstance(reply, Reply):
            show(reply, body, client, courier, replace=reply.decision != "refused")


def question_of(body: dict[str, Any]) -> tuple[int, int, str]:
    """The question, the version of its reservation, and the choice ("": none) that a button carries.

    Raises InputError for a button of another time.
    """
    match = _VALUE.fullmatch(str(body["actions"][0].get("value")))
    if match is None:
        raise InputError("This button is too old to be understood.", hint="See your reservations.", example="mine")
    return int(match[1]), int(match[2]), match[3] or ""
