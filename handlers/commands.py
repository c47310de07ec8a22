"""/gpu: the line to its answer, which the acknowledgement carries."""

from typing import Any

from slack_bolt import Ack, App, BoltContext
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.desk import Desk
from handlers.answer import Delivery, answer
from handlers.context import Context
from handlers.forms import prefilled
from handlers.said import OpenForm
from handlers.views import modals, replies
from handlers.views.kit import Reply


def register(app: App, desk: Desk) -> None:
    """The one slash command."""

    @app.command("/gpu")
    def gpu(ack: Ack, body: dict[str, Any], context: BoltContext, client: WebClient) -> None:
        said: Context = context["said"]
        line = unescaped(body.get("text") or "")
        delivery = Delivery(f"command:{said_in(body)}:{body['trigger_id']}", f"{said.member.id}\n{line}")
        found = answer(line, said, desk, delivery)
        reply = opened(client, body["trigger_id"], found, said, desk) if isinstance(found, OpenForm) else found
        if reply is None:
            ack()
        else:
            ack(response_type="ephemeral", **reply.payload())


def opened(client: WebClient, trigger: str, form: OpenForm, said: Context, desk: Desk) -> Reply | None:
    """Opens the booking form; what to say where Slack does not let us (its trigger lives for 3 seconds)."""
    view = modals.booking(desk.board(said.now).pools, prefilled(form.prefill, said), zone=said.zone)
    try:
        client.views_open(trigger_id=trigger, view=view)
    except SlackApiError:
        return replies.try_again_with_button()
    return None


def unescaped(text: str) -> str:
    """Slack escapes three characters in what is typed."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def said_in(body: dict[str, Any]) -> str:
    """The team that a delivery comes from."""
    return str(body.get("team_id") or (body.get("team") or {}).get("id") or "")
