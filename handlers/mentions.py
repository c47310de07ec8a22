"""Lines that are written to the bot: mentions, also in threads, where slash commands do not work, and messages to it.

Answers to mentions are seen by who asked alone, as those to a command; the bot's own conversation with a member has
nobody else in it.
"""

import re
from datetime import datetime
from typing import Any

import structlog
from slack_bolt import App, BoltContext
from slack_bolt.request import BoltRequest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.desk import Desk
from bot.errors import TooQuick
from handlers.answer import Delivery, answer
from handlers.commands import said_in, unescaped
from handlers.courier import Courier
from handlers.errors import reply_for
from handlers.identity import People, speaking
from handlers.pace import Pace, is_again
from handlers.said import OpenForm
from handlers.showing import send
from handlers.views import opening
from handlers.views.kit import Reply

log = structlog.get_logger()


def register(app: App, desk: Desk, people: People, pace: Pace, courier: Courier) -> None:
    """What is written where the bot reads it."""

    @app.event("app_mention")
    def mentioned(request: BoltRequest, event: dict[str, Any], context: BoltContext, client: WebClient) -> None:
        line = line_after(str(event.get("text") or ""), context.bot_user_id or "")
        reply = _answered(line, event, request, context)
        if reply is not None:
            courier.run(lambda: _whisper(reply, event, client))

    @app.event("message")
    def written(request: BoltRequest, event: dict[str, Any], context: BoltContext, client: WebClient) -> None:
        # Of what else comes as a message (edits, joins, the bot's own) nothing is a line.
        if event.get("channel_type") != "im" or event.get("subtype") or event.get("bot_id"):
            return
        line = line_after(str(event.get("text") or ""), context.bot_user_id or "")
        reply = _answered(line, event, request, context)
        if reply is not None:
            courier.run(lambda: send(reply, str(event["channel"]), client, thread=event.get("thread_ts")))

    def _answered(line: str, event: dict[str, Any], request: BoltRequest, context: BoltContext) -> Reply | None:
        """The answer; None for one who is no member. What goes wrong is an answer too: nobody else would tell it."""
        now: datetime = context["now"]
        try:
            user = str(event.get("user") or "")
            said = speaking(people, desk, user, now) if user and event.get("team", people.team) == people.team else None
            if said is None:
                return None
            if not is_again(request.headers):
                pace.spoke(user, now)
            key = f"event:{said_in(request.body)}:{request.body['event_id']}"
            found = answer(line, said, desk, Delivery(key, f"{said.member.id}\n{line}"))
        except TooQuick as error:
            return reply_for(error) if error.first else None
        except Exception as error:
            return reply_for(error)
        return opening.form_by_button(found.prefill) if isinstance(found, OpenForm) else found


def line_after(text: str, bot: str) -> str:
    """What is said to the bot: what follows its mention, or what stands before it where nothing follows."""
    before, mention, after = _split(text, bot)
    line = after.strip(" ,:;") if mention else before
    return unescaped(line or before).strip()


def _split(text: str, bot: str) -> tuple[str, str, str]:
    found = re.search(rf"<@{re.escape(bot)}(?:\|[^>]*)?>", text) if bot else None
    return (text, "", "") if found is None else (text[: found.start()], found[0], text[found.end() :])


def _whisper(reply: Reply, event: dict[str, Any], client: WebClient) -> None:
    """To the one who asked, where they asked; where the bot may not write there, in a direct message."""
    thread = {"thread_ts": event["thread_ts"]} if event.get("thread_ts") else {}
    try:
        client.chat_postEphemeral(channel=event["channel"], user=event["user"], **thread, **reply.payload())
    except (SlackApiError, OSError):
        send(reply, str(event["user"]), client)
