"""The payloads of what people do in Slack: commands, clicks, sent forms, menus that ask for options, events."""

import re
from collections.abc import Mapping
from html import escape
from typing import Any

from bot.sandbox.delivery import Delivery
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.modals import OpenView
from bot.sandbox.slack.people import Person
from bot.sandbox.slack.state import APP_ID, BOT_ID, State

Json = dict[str, Any]

_URL = re.compile(r"\bhttps?://[^\s<>|]*[^\s<>|.,;:!?)]")
_MENTION = re.compile(r"(?<![\w@./])@([\w.-]*\w)")
_CHANNEL = re.compile(r"(?<![\w#&/])#([\w-]+)")


def command(state: State, url: str, person: Person, line: str, channel: str) -> tuple[Delivery, str]:
    """A slash command as typed ("/gpu free"), and the token of its response URL. `url` is the workspace's."""
    name, _, text = line.strip().partition(" ")
    token = state.responses.issue(person.id, channel, None, state.clock())
    payload = {
        "token": "verification-token",
        "team_id": person.team,
        "team_domain": "lab",
        "channel_id": channel,
        "channel_name": "directmessage" if state.channels[channel].direct else state.channels[channel].name,
        "user_id": person.id,
        "user_name": person.name,
        "command": name,
        "text": escaped(state, text.strip()),
        "api_app_id": APP_ID,
        "is_enterprise_install": "false",
        "response_url": f"{url}/respond/{token}",
        "trigger_id": state.triggers.issue(person.id, state.clock()),
    }
    return Delivery("slash_commands", payload), token


def escaped(state: State, text: str) -> str:
    """What Slack makes of a typed line under `should_escape`: entities, <@U123|name>, <#C123|name>, <URL>."""
    names = {person.name: person.id for person in state.people.values()}
    channels = {channel.name: channel.id for channel in state.channels.values() if channel.name}

    def mention(found: re.Match[str]) -> str:
        known = names.get(found[1].lower())
        return f"<@{known}|{found[1].lower()}>" if known else found[0]

    def place(found: re.Match[str]) -> str:
        known = channels.get(found[1].lower())
        return f"<#{known}|{found[1].lower()}>" if known else found[0]

    text = escape(text, quote=False)
    text = _URL.sub(lambda found: f"<{found[0]}>", text)
    return _CHANNEL.sub(place, _MENTION.sub(mention, text))


def action_on_message(state: State, url: str, person: Person, message: Message, action: Json) -> Delivery:
    """A click in a message. `action` is the element with its block_id and, for menus, what was chosen."""
    token = state.responses.issue(person.id, message.channel, message.ts, state.clock())
    channel = state.channels[message.channel]
    payload = {
        **_interaction(state, person, "block_actions"),
        "container": {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": message.channel,
            "is_ephemeral": message.only_for is not None,
        },
        "channel": {"id": channel.id, "name": "directmessage" if channel.direct else channel.name},
        "response_url": f"{url}/respond/{token}",
        "state": {"values": {}},
        "actions": [{**action, "action_ts": f"{state.clock().timestamp():.6f}"}],
    }
    # Slack does not show an app its own ephemeral messages again.
    if message.only_for is None:
        payload["message"] = {
            "type": "message",
            "user": message.author,
            "bot_id": BOT_ID,
            "app_id": APP_ID,
            "team": state.team,
            "ts": message.ts,
            "text": message.text,
            "blocks": list(message.blocks),
        }
    return Delivery("interactive", payload)


def action_in_view(state: State, person: Person, view: OpenView, action: Json, values: Json) -> Delivery:
    """A click or a choice in a modal or a Home tab; `values` is the state of all its fields."""
    payload = {
        **_interaction(state, person, "block_actions"),
        "container": {"type": "view", "view_id": view.id},
        "view": _view(state, view, values),
        "actions": [{**action, "action_ts": f"{state.clock().timestamp():.6f}"}],
    }
    return Delivery("interactive", payload)


def submission(state: State, person: Person, view: OpenView, values: Json) -> Delivery:
    """A modal that is sent, with the state of all its fields."""
    payload = {
        **_interaction(state, person, "view_submission"),
        "view": _view(state, view, values),
        "response_urls": [],
    }
    return Delivery("interactive", payload)


def suggestion(state: State, person: Person, view: OpenView, block_id: str, action_id: str, typed: str) -> Delivery:
    """An external menu of a view that asks for the options matching what was typed."""
    payload = {
        **_interaction(state, person, "block_suggestion"),
        "container": {"type": "view", "view_id": view.id},
        "view": _view(state, view, {}),
        "action_id": action_id,
        "block_id": block_id,
        "value": typed,
    }
    return Delivery("interactive", payload)


def shortcut(state: State, person: Person, callback_id: str) -> Delivery:
    """A global shortcut."""
    payload = {**_interaction(state, person, "shortcut"), "callback_id": callback_id}
    payload["action_ts"] = f"{state.clock().timestamp():.6f}"
    return Delivery("interactive", payload)


def message_shortcut(state: State, url: str, person: Person, message: Message, callback_id: str) -> Delivery:
    """A shortcut from the menu of a message."""
    token = state.responses.issue(person.id, message.channel, message.ts, state.clock())
    channel = state.channels[message.channel]
    payload = {
        **_interaction(state, person, "message_action"),
        "callback_id": callback_id,
        "action_ts": f"{state.clock().timestamp():.6f}",
        "message_ts": message.ts,
        "channel": {"id": channel.id, "name": "directmessage" if channel.direct else channel.name},
        "response_url": f"{url}/respond/{token}",
        "message": {
            "type": "message",
            "user": message.author,
            "team": state.team,
            "ts": message.ts,
            "text": message.text,
            **({"thread_ts": message.thread} if message.thread is not None else {}),
        },
    }
    return Delivery("interactive", payload)


def written(state: State, person: Person, message: Message, *, to_bot: bool) -> Delivery:
    """Somebody wrote a message: to the bot itself, or with a mention of it (`to_bot` False)."""
    content: Json = {
        "type": "message" if to_bot else "app_mention",
        "user": person.id,
        "team": person.team,
        "text": message.text,
        "ts": message.ts,
        "channel": message.channel,
        **({"channel_type": "im"} if to_bot else {}),
        **({"thread_ts": message.thread} if message.thread is not None else {}),
    }
    return event(state, content)


def event(state: State, content: Mapping[str, Any]) -> Delivery:
    """Something that happened in the workspace; `content` is the inner event, with its type."""
    now = state.clock()
    payload = {
        "token": "verification-token",
        "team_id": state.team,
        "api_app_id": APP_ID,
        "type": "event_callback",
        "event_id": f"Ev{next(state.event_numbers):010d}",
        "event_time": int(now.timestamp()),
        "event": {**content, "event_ts": f"{now.timestamp():.6f}"},
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": state.team,
                "user_id": state.bot.id,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
    }
    return Delivery("events_api", payload)


def home_opened(state: State, person: Person) -> Delivery:
    """Somebody looks at the bot's Home tab."""
    content: Json = {"type": "app_home_opened", "user": person.id, "channel": state.direct(person.id).id, "tab": "home"}
    home = state.home(person.id)
    if home is not None:
        content["view"] = home.described(state.team, BOT_ID)
    return event(state, content)


def user_changed(state: State, person: Person) -> Delivery:
    """Somebody's profile is now as `person` says: a new time zone, a new name, a deactivated account."""
    return event(state, {"type": "user_change", "user": person.described(state.clock())})


def _interaction(state: State, person: Person, kind: str) -> Json:
    return {
        "type": kind,
        "token": "verification-token",
        "api_app_id": APP_ID,
        "team": {"id": person.team, "domain": "lab"},
        "user": {"id": person.id, "username": person.name, "name": person.name, "team_id": person.team},
        "enterprise": None,
        "is_enterprise_install": False,
        "trigger_id": state.triggers.issue(person.id, state.clock()),
    }


def _view(state: State, view: OpenView, values: Json) -> Json:
    return {**view.described(state.team, BOT_ID), "state": {"values": values}}
