"""A served workspace, and the small bot in it."""

from collections.abc import Iterator

import pytest
from slack_sdk import WebClient

from bot.sandbox.hands import Hands
from bot.sandbox.slack.people import Channel
from bot.sandbox.workspace import Workspace
from sandbox.small_bot import EVERYONE, PEOPLE, Clock, SmallWorld, small_bot


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def workspace(clock: Clock) -> Iterator[Workspace]:
    channels = [
        Channel("C0GPUS", "gpus", EVERYONE),
        Channel("C0ADMIN", "gpu-admins", frozenset({"U0ADA", "U0CRUNCH"}), private=True),
        Channel("C0RANDOM", "random", frozenset({"U0BOB"})),
        Channel("C0SECRET", "secret", frozenset({"U0BOB"}), private=True),
    ]
    with Workspace(PEOPLE, channels, clock) as served:
        yield served


@pytest.fixture
def client(workspace: Workspace) -> WebClient:
    return WebClient(token=workspace.token, base_url=workspace.api_url)


@pytest.fixture
def hands(workspace: Workspace) -> Hands:
    return Hands(workspace, small_bot(workspace))


@pytest.fixture
def world(workspace: Workspace, clock: Clock) -> SmallWorld:
    return SmallWorld(workspace, clock)
