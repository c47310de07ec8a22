"""The one door for errors: a member is told what to do, where they are; what is a bug gets a reference in the log."""

import secrets
from typing import Any

import structlog
from slack_bolt import App
from slack_bolt.response import BoltResponse
from slack_sdk import WebClient

from bot.errors import BotError, Busy, Full, TooQuick
from handlers.courier import Courier
from handlers.showing import show
from handlers.views import failures
from handlers.views.kit import Reply
from handlers.views.modals import answered

log = structlog.get_logger()


def register(app: App, courier: Courier) -> None:
    """Whatever a listener raises ends here. A BoltResponse must come back, or Bolt answers 500."""

    @app.error
    def door(error: Exception, body: dict[str, Any], client: WebClient) -> BoltResponse:
        return at_the_door(error, body, client, courier)


def reply_for(error: Exception) -> Reply:
    """What a person is told. Anything but a BotError is a bug: it is logged under the reference that they get."""
    if isinstance(error, BotError):
        if isinstance(error, Busy):
            (log.error if isinstance(error, Full) else log.warning)("busy", error=str(error.__cause__ or error))
        return failures.failed(error)
    reference = secrets.token_hex(4)
    log.error("bug", reference=reference, exc_info=error)
    return failures.bug(reference)


def at_the_door(error: Exception, body: dict[str, Any], client: WebClient, courier: Courier) -> BoltResponse:
    """The answer: in the acknowledgement of a command or a form, or where the button is that was clicked."""
    reply = reply_for(error)
    if body.get("type") == "view_submission":
        field = _first_field(body)
        stays = isinstance(error, Busy | TooQuick) or not isinstance(error, BotError)
        if stays and field:  # the form, with what was typed
            return _json({"response_action": "errors", "errors": {field: reply.text}})
        return _json({"response_action": "update", "view": answered(reply)})
    if body.get("type") == "block_suggestion":  # an error would take the form's place
        return _json({"options": []})
    if "command" in body:
        return _json({"response_type": "ephemeral", **reply.payload()})
    told = isinstance(error, TooQuick) and not error.first  # a word for each would be as many messages again
    if body.get("type") != "event_callback" and not told:
        show(reply, body, client, courier, replace=False)
    return BoltResponse(status=200)


def _first_field(body: dict[str, Any]) -> str:
    """The id of the form's first field; "" where there is none."""
    try:
        return str(next(block["block_id"] for block in body["view"]["blocks"] if block["type"] == "input"))
    except (LookupError, TypeError, StopIteration):
        return ""


def _json(body: dict[str, Any]) -> BoltResponse:
    return BoltResponse(status=200, body=body, headers={"content-type": "application/json"})
