"""Mentions and messages to the bot: the same conversation as by command, in threads too, once for each delivery."""

from dataclasses import replace

import pytest

from bot.errors import Busy
from bot.sandbox import payloads
from bot.sandbox.slack.messages import Message
from handlers.mentions import line_after
from make import monday
from worlds import Play, all_of, buttons_of


def thread_of(play: Play) -> str:
    """The lab's board, below which people talk."""
    play.world.settle()
    return next(message.ts for message in play.workspace.timeline if message.channel == "C0GPUS")


def mention(play: Play, name: str, text: str, *, thread: str | None = None) -> Message:
    assert play.hands.write(play.person(name), f"@crunchtime {text}", "C0GPUS", thread).status == 200
    return play.last(name)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("<@U0BOT> book 2 a100", "book 2 a100"),
        ("<@U0BOT|crunchtime>: free", "free"),
        ("hi <@U0BOT>, mine", "mine"),
        ("book 2 a100 now for 2h <@U0BOT>", "book 2 a100 now for 2h"),
        ("book 1 a100 now for 2h because a &lt; b &amp; c", "book 1 a100 now for 2h because a < b & c"),
        ("<@U0BOT> give R12 to <@U0BOB>", "give R12 to <@U0BOB>"),
        ("<@U0BOT>", ""),
    ],
)
def test_the_line_is_what_is_said_to_the_bot(text: str, line: str) -> None:
    assert line_after(text, "U0BOT") == line


def test_a_mention_in_a_thread_is_answered_there_for_that_person_alone(play: Play) -> None:
    thread = thread_of(play)
    told = mention(play, "alice", "book 2 a100 tomorrow 9am for 8h", thread=thread)
    assert (told.only_for, told.thread) == ("U0ALICE", thread)
    assert "*2 × A100 on atlas are yours*" in all_of(told)
    assert len(play.reservations()) == 1
    play.click("alice", "Release", told)
    assert "R1 is cancelled." in play.last("alice").text


def test_a_mention_outside_a_thread_is_answered_in_the_channel(play: Play) -> None:
    told = mention(play, "bob", "free")
    assert (told.channel, told.only_for, told.thread) == ("C0GPUS", "U0BOB", None)


def test_an_event_that_comes_twice_books_once(play: Play) -> None:
    alice = play.person("alice")
    message = play.workspace.write(alice.id, "C0GPUS", "<@U0CRUNCH> book 2 a100 tomorrow 9am for 8h")
    sent = payloads.written(play.workspace, alice, message, to_bot=False)
    for _ in range(2):
        assert play.world.deliver(sent.body(), sent.headers("", monday(8)))[0] == 200
    assert len(play.reservations()) == 1


def test_what_is_not_understood_is_answered_with_an_example(play: Play) -> None:
    told = mention(play, "alice", "bok 2 a100")
    assert 'Did you mean "book"?' in all_of(told)
    assert told.only_for == "U0ALICE"


def test_a_line_without_a_time_gets_a_button_that_opens_the_form_filled(play: Play) -> None:
    told = mention(play, "alice", "book 3 3090 because ablations")
    assert [button.label for button in buttons_of(told)] == ["Book"]
    play.click("alice", "Book", told)
    view = play.workspace.modal("U0ALICE")
    assert view is not None
    elements = {block["block_id"]: block["element"] for block in view.content["blocks"] if block["type"] == "input"}
    assert elements["pool"]["initial_option"]["value"] == "3090"
    assert elements["reason"]["initial_value"] == "ablations"


def test_where_the_bot_may_not_write_the_answer_is_a_direct_message(play: Play) -> None:
    play.workspace.fail_next("chat.postEphemeral", 200, "not_in_channel")
    assert mention(play, "alice", "free").channel == "D0ALICE"


def test_a_busy_ledger_and_a_bug_are_told(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(error: Exception) -> None:
        def fail(*_: object, **__: object) -> None:
            raise error

        monkeypatch.setattr(play.bot.desk, "reserve", fail)

    fails(Busy("no turn"))
    assert "busy" in mention(play, "alice", "book 1 a100 now for 2h").text
    fails(ZeroDivisionError())
    assert "Something went wrong" in mention(play, "alice", "book 1 a100 now for 2h").text


def test_what_is_written_to_the_bot_is_answered_there(play: Play) -> None:
    alice = play.person("alice")
    direct = play.workspace.direct(alice.id).id
    assert play.hands.write(alice, "book 2 a100 tomorrow 9am for 8h", direct).status == 200
    told = play.last("alice")
    assert (told.channel, told.only_for) == ("D0ALICE", None)
    assert "are yours" in told.text


@pytest.mark.parametrize("changed", [{"subtype": "message_changed"}, {"bot_id": "B0X"}, {"channel_type": "channel"}])
def test_edits_bots_and_what_is_said_elsewhere_are_no_lines(play: Play, changed: dict[str, str]) -> None:
    before = play.sent()
    event = {"type": "message", "channel": "D0ALICE", "user": "U0ALICE", "text": "free", "channel_type": "im"}
    sent = payloads.event(play.workspace, event | changed)
    assert play.world.deliver(sent.body(), sent.headers("", monday(8)))[0] == 200
    assert play.sent() == before


def test_people_of_another_workspace_and_those_who_left_get_no_answer(play: Play) -> None:
    for person in (
        replace(play.person("dan"), id="U0GONE", name="gone", deleted=True),
        replace(play.person("dan"), id="U0FAR", name="far", team="T0OTHER"),
    ):
        play.workspace.people[person.id] = person
        message = play.workspace.write(person.id, "C0GPUS", "<@U0CRUNCH> book 1 a100 now for 2h")
        sent = payloads.written(play.workspace, person, message, to_bot=False)
        assert play.world.deliver(sent.body(), sent.headers("", monday(8)))[0] == 200
    assert play.reservations() == []
    assert play.sent("chat.postEphemeral") == 0
