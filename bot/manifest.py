"""The manifest from which Slack makes the app: what it is called, what it may do, where Slack reaches it."""

from typing import Any
from urllib.parse import urlsplit

from bot.errors import ConfigError

# Least that does the work: answer commands, mentions and what members write to the bot, post and pin the board, upload
# pictures, write to members, read their names and zones and who is in a group of admins; and, for `crunchtime
# check` alone, see whether the bot is in its (public or private) channels.
SCOPES = (
    "app_mentions:read",
    "channels:read",
    "chat:write",
    "commands",
    "files:write",
    "groups:read",
    "im:history",
    "im:write",
    "pins:write",
    "usergroups:read",
    "users:read",
)
# Names and time zones are kept, and refreshed by four of these; the others are people who look at Home, or mention the
# bot in a thread, where Slack takes no slash command, or write to it.
EVENTS = (
    "app_home_opened",
    "app_mention",
    "message.im",
    "subteam_members_changed",
    "subteam_updated",
    "team_join",
    "user_change",
)
# Name, kind, callback id (handlers/ids.py) and description.
SHORTCUTS = (
    ("Book GPUs", "global", "book_gpus", "Opens the form with which you book GPUs"),
    ("Book for this", "message", "book_for_this", "Books GPUs for what the message is about"),
)

_DESCRIPTION = "Books the lab's GPUs, and gets everyone through the next deadline."
_LONG_DESCRIPTION = (
    "Crunchtime shares a research lab's GPUs. Say what you need with /gpu: it answers with concrete GPUs, or with the"
    " reasons why not and the best alternatives, each one click away. It keeps one pinned board of who has what and"
    " what is free next, tells people when something changes for them, and keeps the deadlines that it has promised."
)
_USAGE = "book 2 a100 tomorrow 9am for 8h | free | mine | help"


def manifest(*, name: str = "Crunchtime", url: str | None = None) -> dict[str, Any]:
    """A Slack app manifest, version 2, as JSON values.

    `url` None: Socket Mode, in which Slack allows no addresses. Else the bot's public https base, such as
    "https://gpus.example.org"; /slack/events is added. Raises ConfigError for a name over 35 characters or a bad URL.
    """
    if not 1 <= len(name) <= 35:
        raise ConfigError([f"the app's name has {len(name)} characters; write 1 to 35"])
    events = _events_url(url) if url is not None else None
    at_events: dict[str, str] = {"request_url": events} if events else {}
    command = {
        "command": "/gpu",
        "description": "Book GPUs, and see who has which",
        "usage_hint": _USAGE,
        "should_escape": True,  # @bob comes as <@U0BOB|bob>, which names one person
    }
    return {
        "_metadata": {"major_version": 2},
        "display_information": {
            "name": name,
            "description": _DESCRIPTION,
            "long_description": _LONG_DESCRIPTION,
            "background_color": "#1f2937",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "shortcuts": [
                {"name": name, "type": kind, "callback_id": callback, "description": description}
                for name, kind, callback, description in SHORTCUTS
            ],
            "bot_user": {"display_name": name.lower(), "always_online": True},
            "slash_commands": [command | ({"url": events} if events else {})],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": at_events | {"bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True} | at_events,
            "org_deploy_enabled": False,
            "socket_mode_enabled": events is None,
            "token_rotation_enabled": False,
        },
    }


def _events_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        usable = parts.scheme == "https" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or len(url) > 2000 or parts.query or parts.fragment or not url.isprintable() or " " in url:
        raise ConfigError(["the URL must be the bot's public https address, such as https://gpus.example.org"])
    return f"{url.rstrip('/').removesuffix('/slack/events')}/slack/events"
