"""Who and where the bot is to Slack; and why Slack takes a token or a channel not, with the fix."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.error import URLError

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.booking.lab import Lab
from bot.errors import ConfigError

# Nothing is wrong with the token: Slack has trouble, or was asked too often.
_SLACKS_OWN = frozenset({"internal_error", "fatal_error", "ratelimited", "service_unavailable", "request_timeout"})
_APP_TOKEN = "Basic Information, App-Level Tokens"  # noqa: S105 - where to find it


@dataclass(frozen=True, slots=True)
class Team:
    """The workspace, and who the bot is in it."""

    id: str
    bot_user: str
    bot: str = ""
    name: str = "crunchtime"


def introduced(client: WebClient) -> Team:
    """Who the token says the bot is. Raises ConfigError."""
    try:
        answer = client.auth_test()
    except (SlackApiError, OSError) as error:
        raise ConfigError([bot_token_problem(error, client.base_url)]) from error
    return Team(answer["team_id"], answer["user_id"], answer.get("bot_id") or "", answer.get("user") or "crunchtime")


def bot_token_problem(error: SlackApiError | OSError, url: str) -> str:
    """Why the bot's token did not get an answer from the Web API at `url`, and what to do."""
    fix = "install the app (again), and copy the Bot User OAuth Token from its page, OAuth & Permissions"
    return _problem("SLACK_BOT_TOKEN", error, url, fix)


def app_token_problem(client: WebClient, token: str) -> str | None:
    """Why Slack would open no socket for this token of the app, and what to do; None if it would.

    It is asked for an address to connect to, and nothing connects.
    """
    try:
        client.apps_connections_open(app_token=token)
    except SlackApiError as error:
        code = error.response.get("error")
        if code == "missing_scope":
            return f"SLACK_APP_TOKEN: may open no socket; make one with the scope connections:write ({_APP_TOKEN})"
        fix = f"copy it from the page of the same app, {_APP_TOKEN}, and see that Socket Mode is on there"
        return _problem("SLACK_APP_TOKEN", error, client.base_url, fix)
    except OSError as error:
        return _problem("SLACK_APP_TOKEN", error, client.base_url, "")
    return None


def channel_problems(client: WebClient, lab: Lab, bot: str, good: list[str]) -> Iterator[str]:
    """Why `bot` cannot write in a channel of the lab, each with the fix; where it can is added to `good`."""
    for key, channel in (("channel", lab.channel), ("admin_channel", lab.admin_channel)):
        if not channel:
            continue
        try:
            found = client.conversations_info(channel=channel)["channel"]
        except SlackApiError as error:
            yield f"{key} {channel}: Slack says {error.response['error']}; {_to_see_it(error, bot)}"
            continue
        if found.get("is_archived"):
            yield f"{key} {channel}: is archived; name another one"
        elif not found.get("is_member"):
            yield f"{key} {channel}: the bot is not in it; type /invite @{bot} there"
        else:
            good.append(f"{key}: #{found.get('name', channel)}")


def _to_see_it(error: SlackApiError, bot: str) -> str:
    if error.response["error"] == "missing_scope":
        return f"reinstall the app with the scope {error.response.get('needed')}"
    where = "at the bottom of the channel's details"
    return f"correct the id ({where}); a private channel is not seen before /invite @{bot} there"


def _problem(name: str, error: SlackApiError | OSError, url: str, fix: str) -> str:
    if isinstance(error, SlackApiError):
        code, status = error.response.get("error"), error.response.status_code
        if code in _SLACKS_OWN or status >= 500:
            return f"Slack: has trouble of its own ({code or status}); try again in a minute, and see status.slack.com"
        return f"{name}: Slack refused it ({code}); {fix}"
    why = error.reason if isinstance(error, URLError) else error
    told = why.strerror if isinstance(why, OSError) and why.strerror else str(why)
    return (
        f"Slack: cannot be reached at {url} ({told}); this host must get there by HTTPS, or by a proxy in HTTPS_PROXY"
    )


def where_not(client: WebClient, lab: Lab, team: Team) -> list[str]:
    """In which channels of the lab the bot cannot write, each with the fix; nothing where Slack cannot be asked.

    It starts all the same: direct messages and answers need no channel.
    """
    try:
        return list(channel_problems(client, lab, team.name, []))
    except OSError:
        return []
