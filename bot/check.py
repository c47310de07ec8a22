"""`crunchtime check`: everything that would keep the bot from working, at once, each with the fix."""

from collections.abc import Iterator
from pathlib import Path

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.booking.lab import Lab
from bot.check_fleet import fleet_notes, fleet_problems
from bot.config import Settings, load_lab, load_settings
from bot.desk.admins import is_group
from bot.errors import ConfigError
from bot.introducing import app_token_problem, bot_token_problem, channel_problems
from bot.manifest import SCOPES
from storage.engine import open_engine
from storage.schema import prove_guard, will_upgrade


def check(env_file: Path | None = Path(".env")) -> tuple[list[str], list[str], list[str]]:
    """What is in order; what works, but perhaps not as meant; and every problem with its fix: none if it can serve."""
    good: list[str] = []
    notes: list[str] = []
    try:
        settings = load_settings(env_file)
    except ConfigError as error:
        return good, notes, error.mistakes
    problems = list(settings.missing_for_slack())
    lab: Lab | None = None
    try:
        lab = load_lab(settings.lab)
        good.append(f"lab file: {lab.name}, {_count(len(lab.gpus), 'GPU')} in {_count(len(lab.pools), 'pool')}")
        problems += _incomplete(lab)
    except ConfigError as error:
        problems += error.mistakes
    problems += _database(settings, good)
    if lab is not None:
        problems += fleet_problems(lab, settings, good)
        notes += fleet_notes(lab, settings)
    if settings.slack_bot_token is not None:
        problems += _heard(settings, _slack(settings, lab, good))
    return good, notes, problems


def _heard(settings: Settings, problems: Iterator[str]) -> Iterator[str]:
    """What Slack says, and that it does not say more where the connection breaks on the way."""
    try:
        yield from problems
    except OSError as error:
        yield bot_token_problem(error, settings.slack_api_url)


def _incomplete(lab: Lab) -> Iterator[str]:
    if not lab.admins:
        yield 'lab file: no admin is named, so approvals are off; add admins = ["U..."] (a member id) under [lab]'
    if not lab.channel:
        yield 'lab file: no channel is named, so there is no board; add channel = "C..." under [lab]'
    if not lab.admin_channel and lab.admins:
        yield "lab file: no admin_channel is named; requests go to each admin in a direct message"


def _database(settings: Settings, good: list[str]) -> list[str]:
    try:
        engine = open_engine(settings.database)
    except ConfigError as error:
        return error.mistakes
    kind = engine.dialect.name
    try:
        if will_upgrade(engine):
            good.append(f"database: {kind}, made or brought up to date at the next start")
            return []
        prove_guard(engine)
    except ConfigError as error:
        return error.mistakes
    except Exception as error:  # whatever a driver raises: it is told in one line
        return [f"database: cannot be used ({type(error).__name__}); see CRUNCHTIME_DATABASE_URL"]
    finally:
        engine.dispose()
    good.append(f"database: {kind}, up to date, refuses overlaps")
    return []


def _slack(settings: Settings, lab: Lab | None, good: list[str]) -> Iterator[str]:
    token = settings.slack_bot_token
    assert token is not None  # noqa: S101 - the caller has looked
    client = WebClient(token=token.get_secret_value(), base_url=settings.slack_api_url, timeout=10)
    try:
        answer = client.auth_test()
    except SlackApiError as error:
        yield bot_token_problem(error, settings.slack_api_url)
        return
    good.append(f"Slack: {answer.get('team')}, as @{answer.get('user')}")
    if settings.slack_app_token is not None:
        problem = app_token_problem(client, settings.slack_app_token.get_secret_value())
        if problem is not None:
            yield problem
    granted = {scope.strip() for scope in (answer.headers.get("x-oauth-scopes") or "").split(",") if scope.strip()}
    if granted and not granted >= set(SCOPES):
        missing = ", ".join(sorted(set(SCOPES) - granted))
        yield f"Slack: the app lacks the scopes {missing}; update its manifest (crunchtime manifest) and reinstall it"
    if lab is not None:
        yield from channel_problems(client, lab, str(answer.get("user")), good)
        yield from _admins(client, lab)
        yield from _groups(client, lab, good)


def _admins(client: WebClient, lab: Lab) -> Iterator[str]:
    """Whether those who are named are there, and may be asked."""
    for admin in lab.admins:
        if is_group(admin):
            continue
        try:
            found = client.users_info(user=admin)["user"]
        except SlackApiError as error:
            said = error.response["error"]
            yield f"admins {admin}: Slack says {said}; write a member id (profile, three dots, Copy member ID)"
            continue
        if found.get("deleted") or found.get("is_bot"):
            what = "is gone" if found.get("deleted") else "is a bot"
            yield f"admins {admin}: {found.get('name')} {what}; name somebody else"


def _groups(client: WebClient, lab: Lab, good: list[str]) -> Iterator[str]:
    """Whether the bot can see who is in the groups of admins."""
    for group in filter(is_group, lab.admins):
        try:
            members = client.usergroups_users_list(usergroup=group).get("users") or []
        except SlackApiError as error:
            yield f"admins {group}: Slack says {error.response['error']}; correct the id, or reinstall the app"
        else:
            good.append(f"admins: {_count(len(members), 'member')} of the group {group}")


def _count(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
