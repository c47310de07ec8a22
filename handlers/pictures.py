"""Pictures on their way to Slack, and [Picture]: it goes to the member's own conversation with the bot.

An answer that only one person sees can hold no file, and a block can show only what is shared with the channel.
"""

import json
from datetime import datetime, timedelta
from typing import Any

import structlog
from slack_bolt import Ack, App, BoltContext
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackRequestError

from bot.booking.model import Window
from bot.booking.timeline import Timeline
from bot.desk import Desk
from bot.errors import BotError
from handlers.context import Context
from handlers.courier import Courier
from handlers.ids import ActionId
from handlers.showing import show
from handlers.uploading import upload_files
from handlers.views import pictures
from handlers.views.timeline_alt import alt_text
from handlers.views.timeline_png import timeline_png

log = structlog.get_logger()

LONGEST = timedelta(days=731)  # as far as a line can speak of; a picture of centuries would be days of drawing


def register(app: App, desk: Desk, courier: Courier) -> None:
    """[Picture], below what is free and who has what."""

    @app.action(ActionId.PICTURE)
    def picture(ack: Ack, body: dict[str, Any], client: WebClient, context: BoltContext) -> None:
        by: Context = context["said"]
        pool, window = wanted_of(str(body["actions"][0].get("value") or ""))
        drawn = desk.timeline(by.now, window, pool if pool in desk.lab.pools else None)
        ack()

        def run() -> None:
            reply = pictures.sent()
            try:
                conversation = client.conversations_open(users=by.member.id)["channel"]["id"]
                upload(client, drawn, conversation)
            except (SlackApiError, SlackRequestError, OSError, BotError) as error:
                log.warning("a picture was not sent", error=_code(error))
                reply = pictures.failed()
            show(reply, body, client, courier, replace=False)

        courier.run(run)


def upload(client: WebClient, timeline: Timeline, channel: str, thread: str | None = None) -> None:
    """Draws and uploads the timeline, with its facts as alt text. Raises what the client does."""
    upload_files(
        client,
        file=timeline_png(timeline),
        filename=f"gpus-{timeline.now:%Y-%m-%d-%H%M}.png",
        title=pictures.title(timeline),
        alt_txt=alt_text(timeline),
        channel=channel,
        thread_ts=thread,
    )


def wanted_of(value: str) -> tuple[str | None, Window | None]:
    """The pool and the window that the button carries (None: all; the next 48 hours)."""
    try:
        carried = json.loads(value)
        pool, start, end = carried.get("pool"), carried.get("from"), carried.get("to")
        window = Window(datetime.fromisoformat(start), datetime.fromisoformat(end)) if start and end else None
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None, None
    if window is not None and window.length > LONGEST:
        window = None
    return (pool if isinstance(pool, str) else None), window


def _code(error: Exception) -> str:
    return str(error.response.get("error")) if isinstance(error, SlackApiError) else type(error).__name__
