"""The app manifest: what Slack asks of one, and no more rights than the bot needs."""

import json

import pytest

from bot.errors import ConfigError
from bot.manifest import manifest

SOCKET = manifest()
HTTP = manifest(name="GPUs of the lab", url="https://gpus.example.org/")


def strings_of(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for entry in value.values():
            yield from strings_of(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from strings_of(entry)


@pytest.mark.parametrize("made", [SOCKET, HTTP], ids=["socket", "http"])
def test_it_keeps_slacks_limits(made):
    shown = made["display_information"]
    assert 1 <= len(shown["name"]) <= 35
    assert 1 <= len(shown["description"]) <= 140
    assert 175 <= len(shown["long_description"]) <= 4000
    assert 1 <= len(made["features"]["bot_user"]["display_name"]) <= 80
    (command,) = made["features"]["slash_commands"]
    assert command["command"].startswith("/")
    assert len(command["command"]) <= 32
    assert 1 <= len(command["description"]) <= 2000
    assert 1 <= len(command["usage_hint"]) <= 1000
    assert made["_metadata"]["major_version"] == 2
    assert json.loads(json.dumps(made)) == made


@pytest.mark.parametrize("made", [SOCKET, HTTP], ids=["socket", "http"])
def test_it_asks_for_no_more_than_it_needs(made):
    assert made["oauth_config"] == {
        "scopes": {
            "bot": [
                "channels:read",
                "chat:write",
                "commands",
                "files:write",
                "groups:read",
                "im:write",
                "pins:write",
                "usergroups:read",
                "users:read",
            ]
        }
    }
    assert made["settings"]["event_subscriptions"]["bot_events"] == [
        "subteam_members_changed",
        "subteam_updated",
        "team_join",
        "user_change",
    ]
    assert made["settings"]["interactivity"]["is_enabled"]
    assert made["features"]["slash_commands"][0]["should_escape"]


def test_socket_mode_names_no_address():
    assert SOCKET["settings"]["socket_mode_enabled"]
    assert not [text for text in strings_of(SOCKET) if "://" in text]


def test_http_sends_everything_to_the_one_door():
    events = "https://gpus.example.org/slack/events"
    assert not HTTP["settings"]["socket_mode_enabled"]
    assert HTTP["settings"]["event_subscriptions"]["request_url"] == events
    assert HTTP["settings"]["interactivity"]["request_url"] == events
    assert HTTP["features"]["slash_commands"][0]["url"] == events
    assert manifest(name="GPUs of the lab", url=events) == HTTP


@pytest.mark.parametrize(
    "url", ["", "gpus.example.org", "http://gpus.example.org", "https://", "https://a b", "https://x?y"]
)
def test_an_address_that_slack_would_not_take_is_refused(url):
    with pytest.raises(ConfigError, match="public https address"):
        manifest(url=url)


@pytest.mark.parametrize("name", ["", "x" * 36])
def test_a_name_that_slack_would_not_take_is_refused(name):
    with pytest.raises(ConfigError, match="write 1 to 35"):
        manifest(name=name)
