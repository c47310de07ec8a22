"""Where an answer is shown that no acknowledgement carries: forms that open, cards in place of those clicked."""

from collections.abc import Mapping
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from handlers.courier import Courier
from handlers.views import gathered, modals
from handlers.views.kit import Reply


def open_form(
    view: dict[str, Any], body: Mapping[str, Any], client: WebClient, courier: Courier, *, failed: Reply
) -> None:
    """Opens a form, upon the one whose button was clicked if there is one.

    In the background, since Slack's answer takes its time, and whoever waits for it keeps others waiting. A trigger
    lives for 3 seconds: where it is too late, the member is told `failed`.
    """

    def run() -> None:
        in_a_form = (body.get("view") or {}).get("type") == "modal"
        try:
            (client.views_push if in_a_form else client.views_open)(trigger_id=body["trigger_id"], view=view)
        except (SlackApiError, OSError):
            show(failed, body, client, courier, replace=False)

    courier.run(run)


def show(reply: Reply, body: Mapping[str, Any], client: WebClient, courier: Courier, *, replace: bool) -> None:
    """The reply where the member is: in place of the clicked message, below it, or in the form's place."""
    url = body.get("response_url")
    view = body.get("view") or {}
    if url:
        message = gathered.answered(body, reply) if replace else None
        courier.reply(url, message or reply.payload(), replace=replace)
    elif view.get("type") == "modal":
        courier.run(lambda: _update(client, view["id"], reply))


def _update(client: WebClient, view_id: str, reply: Reply) -> None:
    try:
        client.views_update(view_id=view_id, view=modals.answered(reply))
    except (SlackApiError, OSError):
        return  # the form was closed meanwhile; `mine` shows what was done
