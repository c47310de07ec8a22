"""/gpu: the line to its answer, which the acknowledgement carries."""

from typing import Any

from slack_bolt import Ack, App, BoltContext
from slack_sdk import WebClient

from bot.desk import Desk
from handlers.answer import Delivery, answer
from handlers.context import Context
from handlers.courier import Courier
from handlers.exporting import send_file
from handlers.forms import prefilled
from handlers.said import OpenForm
from handlers.showing import open_form
from handlers.views import modals, replies


def register(app: App, desk: Desk, courier: Courier) -> None:
    """The one slash command."""

    @app.command("/gpu")
    def gpu(ack: Ack, body: dict[str, Any], context: BoltContext, client: WebClient) -> None:
        said: Context = context["said"]
        line = unescaped(body.get("text") or "")
        delivery = Delivery(f"command:{said_in(body)}:{body['trigger_id']}", f"{said.member.id}\n{line}")
        found = answer(line, said, desk, delivery)
        if isinstance(found, OpenForm):
            form = booking_form(found, said, desk)
            open_form(form, body, client, courier, failed=replies.try_again_with_button())
            ack()
        else:
            if found.file:
                send_file(found.file, said, desk, body, client, courier)
            ack(response_type="ephemeral", **found.payload())


def booking_form(form: OpenForm, said: Context, desk: Desk) -> dict[str, Any]:
    """The booking form, filled with what was said. Raises InputError as `book` does."""
    return modals.booking(desk.board(said.now).pools, prefilled(form.prefill, said), zone=said.zone)


def unescaped(text: str) -> str:
    """Slack escapes three characters in what is typed."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def said_in(body: dict[str, Any]) -> str:
    """The team that a delivery comes from."""
    return str(body.get("team_id") or (body.get("team") or {}).get("id") or "")
