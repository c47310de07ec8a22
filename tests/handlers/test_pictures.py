"""Pictures in Slack: [Picture] brings one to the member alone, the digest one to its thread."""

import json
from collections.abc import Iterator
from io import BytesIO

import pytest
from PIL import Image

from bot.sandbox.slack.messages import Message
from handlers.pictures import wanted_of
from make import window
from worlds import Play, all_of, playing


@pytest.fixture
def play(sqlite_url: str) -> Iterator[Play]:
    with playing(sqlite_url) as play:
        yield play


def pictures(play: Play) -> list[Message]:
    return [message for message in play.workspace.timeline if message.files]


def test_a_picture_comes_to_the_member_alone_with_its_facts(play: Play) -> None:
    play.say("alice: /gpu book 2 a100 now until 5pm")
    play.type("bob", "/gpu free")
    play.click("bob", "Picture")
    (message,) = pictures(play)
    assert message.channel == "D0BOB"
    assert message.files[0]["alt_txt"].startswith("Timeline of GPUs, Mon 2 Nov 08:00")
    assert "alice R1: 2 GPUs on atlas, until 17:00." in message.files[0]["alt_txt"]
    file = play.workspace.files.find(message.files[0]["id"])
    assert file is not None
    assert Image.open(BytesIO(file.content)).size[0] == 1400
    assert play.last("bob").text == "The picture is in your direct messages with me."
    assert play.last("bob").only_for == "U0BOB"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("free a100 fri", "Timeline of GPUs, Fri 6 Nov 00:00 to Sat 7 Nov 00:00, Europe/Berlin. A100: 4 of 4"),
        ("who titan", "Timeline of GPUs, Mon 2 Nov 08:00 to Wed 4 Nov 09:00, Europe/Berlin. 3090: 4 of 4"),
    ],
)
def test_it_is_of_what_was_asked_about(play: Play, line: str, shown: str) -> None:
    play.type("alice", f"/gpu {line}")
    play.click("alice", "Picture")
    assert pictures(play)[0].files[0]["alt_txt"].startswith(shown)


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "upload", "files.completeUploadExternal"])
def test_a_picture_that_slack_does_not_take_is_said_and_the_words_stay(play: Play, method: str) -> None:
    play.type("alice", "/gpu free")
    play.workspace.fail_next(method, 500, times=9)
    play.click("alice", "Picture")
    assert pictures(play) == []
    assert play.last("alice").text.startswith("Slack did not take the picture.")


def test_a_button_of_another_time_shows_everything() -> None:
    assert wanted_of("") == wanted_of("[]") == wanted_of('{"from": 1, "to": 2}') == (None, None)
    assert wanted_of('{"from": "2026-11-02T10:00+00:00", "to": "2026-11-02T09:00+00:00"}') == (None, None)
    carried = {"pool": "a100", "from": "2026-11-02T09:00+00:00", "to": "2026-11-02T17:00+00:00"}
    assert wanted_of(json.dumps(carried)) == ("a100", window(9, 17))


def test_the_digest_comes_at_its_hour_with_its_picture_in_the_thread(play: Play) -> None:
    play.say("alice: /gpu book 2 a100 tomorrow 10am for 2h")
    told = play.say("ada: advance 24h")
    assert "→ #gpus:\n      8 of 8 GPUs free now · A100: 4, then 2 from 10:00, 4 from 12:00" in told
    assert "→ #gpus (thread): (picture: Timeline of GPUs, Tue 3 Nov 08:00" in told
    (message,) = pictures(play)
    root = next(one for one in play.workspace.timeline if one.ts == message.thread)
    assert "Today: 1 reservation, none running now." in all_of(root)
    assert root.thread is None
    assert "→ #gpus:" not in play.say("ada: advance 6h")


@pytest.mark.parametrize("error", ["missing_scope", "file_uploads_disabled"])
def test_a_workspace_that_allows_no_files_gets_the_words(play: Play, error: str) -> None:
    play.say("alice: /gpu book 2 a100 tomorrow 10am for 2h")
    play.workspace.fail_next("files.getUploadURLExternal", error=error)
    told = play.say("ada: advance 24h")
    assert "Today: 1 reservation" in told
    assert "R1 · alice" in told
    assert "picture:" not in told
    play.say("ada: advance 2h")
    assert play.workspace.calls[-1].method != "files.getUploadURLExternal", "it is not tried again"
    assert pictures(play) == []


def test_a_picture_that_fails_for_a_while_comes_later_and_once(play: Play) -> None:
    play.say("alice: /gpu book 2 a100 tomorrow 10am for 2h")
    play.workspace.fail_next("files.completeUploadExternal", 429, retry_after=60)
    play.workspace.fail_next("upload", 503)
    play.say("ada: advance 24h")
    assert pictures(play) == []
    play.say("ada: advance 10m")
    assert len(pictures(play)) == 1
    assert play.workspace.violations == []
