"""The methods of Slack's Web API that the bot calls, but for views: auth, users, conversations, chat, pins."""

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.sandbox.limits import check_message
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.people import Channel
from bot.sandbox.slack.refusal import SlackRefusal
from bot.sandbox.slack.state import BOT_ID, State

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Method:
    """A method and the scopes of which it needs one; none: it needs only a token."""

    run: Callable[[State, Json], Json]
    scopes: tuple[str, ...] = ()


def obey_limits(state: State, payload: Mapping[str, Any]) -> None:
    """Refuses a message past Slack's limits, and notes what was wrong with it."""
    violations = check_message(payload)
    state.violations += violations
    if any(violation.startswith("text:") for violation in violations):
        raise SlackRefusal("no_text", violations)
    if violations:
        raise SlackRefusal("invalid_blocks", violations)


def _api_test(_state: State, arguments: Json) -> Json:
    return {"args": arguments}


def _auth_test(state: State, _arguments: Json) -> Json:
    return {
        "url": "https://lab.slack.test/",
        "team": "Lab",
        "user": state.bot.name,
        "team_id": state.team,
        "user_id": state.bot.id,
        "bot_id": BOT_ID,
        "is_enterprise_install": False,
    }


def _apps_connections_open(state: State, _arguments: Json) -> Json:
    """Slack gives an address that can be connected to once; nobody listens at this one."""
    return {"url": f"wss://127.0.0.1/link/?ticket={state.team}"}


def _team_info(state: State, _arguments: Json) -> Json:
    return {"team": {"id": state.team, "name": "Lab", "domain": "lab"}}


def _users_info(state: State, arguments: Json) -> Json:
    person = state.people.get(str(arguments.get("user")))
    if person is None:
        raise SlackRefusal("user_not_found")
    return {"user": person.described(state.clock())}


def _users_list(state: State, arguments: Json) -> Json:
    everyone = [person.described(state.clock()) for person in state.people.values()]
    size = min(int(arguments.get("limit") or 1000), 1000)
    try:
        start = int(base64.b64decode(str(arguments.get("cursor") or ""), validate=True) or 0)
    except (binascii.Error, ValueError):
        raise SlackRefusal("invalid_cursor") from None
    after = start + size
    cursor = base64.b64encode(str(after).encode()).decode() if after < len(everyone) else ""
    return {"members": everyone[start:after], "response_metadata": {"next_cursor": cursor}}


def _usergroups_users_list(state: State, arguments: Json) -> Json:
    found = state.groups.get(str(arguments.get("usergroup")))
    if found is None:
        raise SlackRefusal("no_such_subteam")
    return {"users": list(found)}


def _conversations_open(state: State, arguments: Json) -> Json:
    person = state.people.get(str(arguments.get("users")))
    if person is None:
        raise SlackRefusal("user_not_found")
    if person.deleted:
        raise SlackRefusal("user_disabled")
    if person.bot:
        raise SlackRefusal("cannot_dm_bot")
    return {"channel": state.direct(person.id).described(state.bot.id)}


def _conversations_info(state: State, arguments: Json) -> Json:
    return {"channel": _channel(state, arguments).described(state.bot.id)}


def _conversations_join(state: State, arguments: Json) -> Json:
    channel = _channel(state, arguments)
    if channel.private:
        raise SlackRefusal("method_not_supported_for_channel_type")
    state.channels[channel.id] = replace(channel, members=channel.members | {state.bot.id})
    return {"channel": state.channels[channel.id].described(state.bot.id)}


def _post_message(state: State, arguments: Json) -> Json:
    channel = writable(state, arguments)
    thread = arguments.get("thread_ts")
    if thread is not None and state.timeline.find(channel.id, str(thread)) is None:
        raise SlackRefusal("cannot_reply_to_message")
    obey_limits(state, arguments)
    return _posted(state.post(channel.id, arguments, thread=str(thread) if thread is not None else None))


def _post_ephemeral(state: State, arguments: Json) -> Json:
    channel = writable(state, arguments)
    person = str(arguments.get("user"))
    if person not in channel.members:
        raise SlackRefusal("user_not_in_channel")
    obey_limits(state, arguments)
    thread = arguments.get("thread_ts")
    posted = state.post(channel.id, arguments, only_for=person, thread=str(thread) if thread is not None else None)
    return {"message_ts": posted.ts}


def _update(state: State, arguments: Json) -> Json:
    message = _own_message(state, arguments)
    # Blocks that are left out stay as they are; an empty list takes them away.
    contents: Json = {"text": arguments.get("text", message.text), "blocks": arguments.get("blocks", message.blocks)}
    contents["blocks"] = list(contents["blocks"] or ())
    obey_limits(state, contents)
    changed = state.timeline.change(message, contents["text"], contents["blocks"])
    return {**_posted(changed), "text": changed.text}


def _delete(state: State, arguments: Json) -> Json:
    message = _own_message(state, arguments)
    state.timeline.remove(message)
    return {"channel": message.channel, "ts": message.ts}


def _pin(state: State, arguments: Json) -> Json:
    channel = _channel(state, arguments)
    place = (channel.id, str(arguments.get("timestamp")))
    if state.timeline.find(*place) is None:
        raise SlackRefusal("message_not_found")
    if place in state.pins:
        raise SlackRefusal("already_pinned")
    state.pins.add(place)
    return {}


def _channel(state: State, arguments: Json) -> Channel:
    """The channel that is meant; a private one that the bot is not in looks to it as if it did not exist."""
    name = str(arguments.get("channel"))
    if name in state.people and not state.people[name].bot:
        return state.direct(name)
    channel = state.channels.get(name)
    if channel is None or (channel.private and state.bot.id not in channel.members):
        raise SlackRefusal("channel_not_found")
    return channel


def writable(state: State, arguments: Json) -> Channel:
    """The channel that is meant, if the bot may write there. Raises SlackRefusal."""
    channel = _channel(state, arguments)
    if channel.archived:
        raise SlackRefusal("is_archived")
    if state.bot.id not in channel.members and "chat:write.public" not in state.scopes:
        raise SlackRefusal("not_in_channel")
    return channel


def _own_message(state: State, arguments: Json) -> Message:
    channel = _channel(state, arguments)
    message = state.timeline.find(channel.id, str(arguments.get("ts")))
    if message is None or message.only_for is not None:
        raise SlackRefusal("message_not_found")
    return message


def _posted(message: Message) -> Json:
    described: Json = {"type": "message", "user": message.author, "text": message.text, "ts": message.ts}
    if message.thread is not None:
        described["thread_ts"] = message.thread
    return {
        "channel": message.channel,
        "ts": message.ts,
        "message": {**described, "bot_id": BOT_ID, "blocks": list(message.blocks)},
    }


METHODS: dict[str, Method] = {
    "api.test": Method(_api_test),
    "apps.connections.open": Method(_apps_connections_open),
    "auth.test": Method(_auth_test),
    "team.info": Method(_team_info, ("team:read",)),
    "users.info": Method(_users_info, ("users:read",)),
    "users.list": Method(_users_list, ("users:read",)),
    "usergroups.users.list": Method(_usergroups_users_list, ("usergroups:read",)),
    "conversations.open": Method(_conversations_open, ("im:write",)),
    "conversations.info": Method(_conversations_info, ("channels:read", "groups:read")),
    "conversations.join": Method(_conversations_join, ("channels:join",)),
    "chat.postMessage": Method(_post_message, ("chat:write",)),
    "chat.postEphemeral": Method(_post_ephemeral, ("chat:write",)),
    "chat.update": Method(_update, ("chat:write",)),
    "chat.delete": Method(_delete, ("chat:write",)),
    "pins.add": Method(_pin, ("pins:write",)),
}
OF_THE_APP = frozenset({"apps.connections.open"})  # asked with the app's own token
