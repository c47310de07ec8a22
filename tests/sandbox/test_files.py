"""Files in the sandbox's Slack: announced, sent, shared, with Slack's limits."""

from collections.abc import Iterator

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.sandbox.lab import PEOPLE
from bot.sandbox.slack.people import Channel
from bot.sandbox.workspace import Workspace
from make import monday

EVERYONE = frozenset({*(person.id for person in PEOPLE), "U0CRUNCH"})
CHANNELS = [Channel("C0GPUS", "gpus", EVERYONE), Channel("C0OTHER", "other", frozenset({"U0ADA"}))]


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    with Workspace(PEOPLE, CHANNELS, lambda: monday(8)) as workspace:
        yield workspace


@pytest.fixture
def client(workspace: Workspace) -> WebClient:
    return WebClient(token=workspace.token, base_url=workspace.api_url, retry_handlers=[])


def refused(error: pytest.ExceptionInfo[SlackApiError]) -> str:
    return str(error.value.response["error"])


def test_a_file_is_shared_in_a_thread_with_its_alt_text(workspace: Workspace, client: WebClient) -> None:
    root = client.chat_postMessage(channel="C0GPUS", text="root")["ts"]
    client.files_upload_v2(file=b"png", filename="a.png", alt_txt="facts", channel="C0GPUS", thread_ts=root, title="T")
    *_, message = workspace.timeline
    assert (message.thread, message.files[0]["alt_txt"], message.files[0]["title"]) == (root, "facts", "T")
    assert workspace.files.find(message.files[0]["id"]).content == b"png"


def test_without_a_channel_it_is_nobodys_message(workspace: Workspace, client: WebClient) -> None:
    client.files_upload_v2(file=b"png", filename="a.png")
    assert list(workspace.timeline) == []


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"channel": "U0ALICE"}, "channel_not_found"),  # a conversation has to be opened first
        ({"channel": "C0OTHER"}, "not_in_channel"),
        ({"channel": "C0GPUS", "thread_ts": "1.1"}, "invalid_thread_ts"),
        ({"channel": "C0GPUS", "alt_txt": "x" * 1001}, "alt_txt_too_large"),
        ({"channel": "C0GPUS", "file": b""}, "missing_argument"),
    ],
)
def test_what_slack_refuses_is_refused(workspace: Workspace, client: WebClient, given: dict, code: str) -> None:
    with pytest.raises(SlackApiError) as error:
        client.files_upload_v2(**{"file": b"png", "filename": "a.png"} | given)
    assert refused(error) == code
    assert list(workspace.timeline) == []


def test_only_what_was_sent_in_full_is_shared_and_only_once(workspace: Workspace, client: WebClient) -> None:
    id_ = client.files_getUploadURLExternal(filename="a.png", length=3)["file_id"]
    for wrong in ("F404", id_):
        with pytest.raises(SlackApiError) as error:
            client.files_completeUploadExternal(files=[{"id": wrong}], channel_id="C0GPUS")
        assert refused(error) == "file_not_found"
    assert workspace.answer_upload(id_, b"four")[0] == 400
    assert workspace.answer_upload(id_, b"abc")[0] == 200
    client.files_completeUploadExternal(files=[{"id": id_}], channel_id="C0GPUS")
    with pytest.raises(SlackApiError):
        client.files_completeUploadExternal(files=[{"id": id_}], channel_id="C0GPUS")
    assert len(list(workspace.timeline)) == 1


def test_it_takes_the_scope_for_files() -> None:
    with Workspace(PEOPLE, CHANNELS, lambda: monday(8), scopes=("chat:write",)) as workspace:
        client = WebClient(token=workspace.token, base_url=workspace.api_url)
        with pytest.raises(SlackApiError) as error:
            client.files_upload_v2(file=b"png", filename="a.png", channel="C0GPUS")
    assert refused(error) == "missing_scope"
