"""Where an answer is shown that no acknowledgement carries: forms that open, cards in place of those clicked."""

from collections.abc import Mapping
from typing import Any

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from handlers.courier import Courier
from handlers.views import gathered, modals
from handlers.views.kit import Reply

log = structlog.get_logger()


def open_form(
    view: dict[str, Any], body: Mapping[str, Any], client: WebClient, courier: Courier, *, failed: Reply
) -> None:
    """Opens a form, upon the one whose button was clicked if there is one.

    In the background, since Slack's answer takes its time, and whoever waits for it keeps others waiting. A trigger
    lives for 3 seconds: where it is too late, the member is told `failed`.
    """

    def run() -> None:
        below = body.get("view") or {}
        in_a_form = below.get("type") == "modal"
        try:
            (client.views_push if in_a_form else client.views_open)(trigger_id=body["trigger_id"], view=view)
        except SlackApiError as error:
            if error.response.get("error") == "push_limit_reached":  # three lie upon each other already
                _put(client, below["id"], view)
            else:
                show(failed, body, client, courier, replace=False)
        except OSError:
            show(failed, body, client, courier, replace=False)

    courier.run(run)


def show(reply: Reply, body: Mapping[str, Any], client: WebClient, courier: Courier, *, replace: bool) -> None:
    """The reply where the member is: in place of the clicked message, below it, in the form's place, or over Home.

    Where none of these is left (a shortcut, or a trigger that is too old), it is sent to them.
    """
    url = body.get("response_url")
    view = body.get("view") or {}
    if url:
        message = gathered.answered(body, reply) if replace else None
        courier.reply(url, message or reply.payload(), replace=replace)
    elif view.get("type") == "modal":
        courier.run(lambda: _put(client, view["id"], modals.answered(reply)))
    else:
        courier.run(lambda: _over(client, body, reply))


def _over(client: WebClient, body: Mapping[str, Any], reply: Reply) -> None:
    try:
        client.views_open(trigger_id=body.get("trigger_id", ""), view=modals.answered(reply))
    except (SlackApiError, OSError):
        send(reply, str((body.get("user") or {}).get("id") or ""), client)


def send(reply: Reply, to: str, client: WebClient, thread: str | None = None) -> None:
    """The reply as a direct message, to a member or their conversation; if that fails, `mine` shows what was done."""
    try:
        client.chat_postMessage(channel=to, thread_ts=thread, **reply.payload(), unfurl_links=False, unfurl_media=False)
    except (SlackApiError, OSError) as error:
        log.warning("a reply did not arrive", error=type(error).__name__)


def _put(client: WebClient, view_id: str, view: dict[str, Any]) -> None:
    try:
        client.views_update(view_id=view_id, view=view)
    except (SlackApiError, OSError):
        return  # the form was closed meanwhile; `mine` shows what was done
