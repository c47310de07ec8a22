"""Shortcuts: "Book GPUs" from anywhere, and "Book for this" from a message, with what it says already filled in."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from slack_bolt import Ack, App, BoltContext
from slack_sdk import WebClient

from bot.desk import Desk
from handlers.commands import unescaped
from handlers.context import Context
from handlers.courier import Courier
from handlers.gleaned import gleaned
from handlers.identity import People, speaking
from handlers.ids import CallbackId
from handlers.showing import open_form
from handlers.views import modals, opening
from handlers.views.fields import BookingForm


def register(app: App, desk: Desk, people: People, courier: Courier) -> None:
    """Both shortcuts open the booking form."""

    @app.shortcut(CallbackId.BOOK_GPUS)
    def book(ack: Ack, body: dict[str, Any], client: WebClient, context: BoltContext) -> None:
        _open(BookingForm(), body, client, context["said"])
        ack()

    @app.shortcut(CallbackId.BOOK_FOR_THIS)
    def book_for_this(ack: Ack, body: dict[str, Any], client: WebClient, context: BoltContext) -> None:
        by: Context = context["said"]
        message: dict[str, Any] = body.get("message") or {}
        text = unescaped(str(message.get("text") or ""))
        form = gleaned(text, _as_written(message, by))
        if form.start is not None and form.start <= by.now:
            form = replace(form, start=None)
        _open(replace(form, reason=link_to(body)), body, client, by)
        ack()

    def _as_written(message: Mapping[str, Any], by: Context) -> Context:
        """The author, at the instant of writing: their "tomorrow" is meant."""
        try:
            at = datetime.fromtimestamp(float(message["ts"]), UTC)
        except (LookupError, ValueError, OverflowError):
            return by
        id_ = str(message.get("user") or "")
        ours = id_ and message.get("team", people.team) == people.team
        author = speaking(people, desk, id_, by.now) if ours else None
        return replace(author or by, now=min(at, by.now))

    def _open(form: BookingForm, body: dict[str, Any], client: WebClient, by: Context) -> None:
        view = modals.booking(form, zone=by.zone)
        open_form(view, body, client, courier, failed=opening.try_again_with_button())


def link_to(body: Mapping[str, Any]) -> str:
    """The message's address, as Slack's own "Copy link" gives it; "" where it is not known."""
    team, channel = body.get("team") or {}, body.get("channel") or {}
    domain, id_ = str(team.get("domain") or ""), str(channel.get("id") or "")
    ts = str((body.get("message") or {}).get("ts") or "").replace(".", "")
    return f"https://{domain}.slack.com/archives/{id_}/p{ts}" if domain and id_ and ts else ""
