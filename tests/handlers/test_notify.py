"""Notices as Slack's messages: where they go, and what Slack's refusals mean for the next try."""

import socket
from dataclasses import replace

import pytest
from slack_sdk import WebClient

from bot.booking.board import board_of
from bot.booking.calendar import Calendar
from bot.booking.model import minute_of
from bot.booking.notices import Notice, NoticeKind
from bot.errors import DeliveryError
from handlers.notify import PERMANENT, SlackNotifier
from make import lab, monday, reservation
from worlds import Play, all_of

CHANGE = Notice(NoticeKind.CHANGE, "C0GPUS", 1, monday(8), monday(8), {"act": "booked", "by": "U0ALICE"})
START = Notice(NoticeKind.START, "U0BOB", 1, monday(9), monday(9), {"act": "started"})
R1 = reservation(member="U0BOB")


@pytest.fixture
def notifier(play: Play) -> SlackNotifier:
    play.workspace.calls.clear()
    play.workspace.pins.clear()
    return play.bot.notifier


def send(notifier: SlackNotifier, notice: Notice, thread: str | None = None, *, late: bool = False) -> None:
    notifier.send(notice, R1, thread=thread, late=late, now=monday(9))


def drawn(notifier: SlackNotifier, ts: str | None = None) -> str:
    return notifier.draw(board_of(Calendar(lab(), minute_of(monday(8))), monday(8)), ts)


def refused(notifier: SlackNotifier, notice: Notice = START) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        send(notifier, notice)
    return caught.value


def test_a_notice_to_a_member_is_a_direct_message_in_their_zone(play: Play, notifier: SlackNotifier) -> None:
    send(notifier, START)
    told = play.last("bob")
    assert told.channel == "D0BOB"
    assert told.text.startswith("R1 has begun: 1 × A100 on atlas is yours")


def test_a_change_is_a_line_in_the_boards_thread(play: Play, notifier: SlackNotifier) -> None:
    board = drawn(notifier)
    send(notifier, CHANGE, thread=board)
    told = play.last("alice")
    assert (told.channel, told.thread) == ("C0GPUS", board)
    assert told.text.startswith("R1 booked by <@U0ALICE>")


def test_only_changes_go_below_the_board(play: Play, notifier: SlackNotifier) -> None:
    send(notifier, START, thread=drawn(notifier))
    assert play.last("bob").thread is None


def test_a_late_notice_says_so(play: Play, notifier: SlackNotifier) -> None:
    send(notifier, START, late=True)
    assert "Late: this is from <!date^" in all_of(play.last("bob"))


def test_nothing_in_a_message_pings_links_or_unfolds(play: Play, notifier: SlackNotifier) -> None:
    notifier.send(
        START,
        replace(R1, reason="<!channel> http://x.example & <@U0ALICE>"),
        thread=None,
        late=False,
        now=monday(9),
    )
    sent = play.workspace.calls[-1].arguments
    assert (sent["parse"], sent["link_names"], sent["unfurl_links"], sent["unfurl_media"]) == (
        "none",
        False,
        False,
        False,
    )
    assert "&lt;!channel&gt; http://x.example &amp; &lt;@U0ALICE&gt;" in all_of(play.last("bob"))


def test_the_board_is_posted_pinned_and_from_then_on_edited_in_place(play: Play, notifier: SlackNotifier) -> None:
    board = drawn(notifier)
    assert play.workspace.pins == {("C0GPUS", board)}
    assert drawn(notifier, board) == board
    assert play.sent() == 1
    assert play.sent("chat.update") == 1
    assert play.last("alice").edited


def test_a_board_that_somebody_deleted_is_posted_anew_and_pinned(play: Play, notifier: SlackNotifier) -> None:
    board = drawn(notifier)
    play.client.chat_delete(channel="C0GPUS", ts=board)
    anew = drawn(notifier, board)
    assert anew != board
    assert ("C0GPUS", anew) in play.workspace.pins


@pytest.mark.parametrize("error", ["message_not_found", "cant_update_message", "edit_window_closed"])
def test_a_board_that_cannot_be_edited_any_more_is_posted_anew(play: Play, notifier: SlackNotifier, error: str) -> None:
    board = drawn(notifier)
    play.workspace.fail_next("chat.update", error=error)
    assert drawn(notifier, board) != board


def test_a_board_that_slack_does_not_take_now_is_not_posted_twice(play: Play, notifier: SlackNotifier) -> None:
    board = drawn(notifier)
    play.workspace.fail_next("chat.update", 500)
    with pytest.raises(DeliveryError) as caught:
        drawn(notifier, board)
    assert not caught.value.permanent
    assert play.sent() == 1


@pytest.mark.parametrize(
    ("status", "error"),
    [(200, "already_pinned"), (200, "missing_scope"), (200, "too_many_pins"), (500, "internal_error"), (429, "")],
)
def test_a_board_that_cannot_be_pinned_is_still_the_board(
    play: Play, notifier: SlackNotifier, status: int, error: str
) -> None:
    play.workspace.fail_next("pins.add", status, error, retry_after=1)
    board = drawn(notifier)
    assert play.workspace.timeline.find("C0GPUS", board) is not None


def test_after_a_rate_limit_it_says_how_long_to_wait(play: Play, notifier: SlackNotifier) -> None:
    play.workspace.fail_next("chat.postMessage", 429, retry_after=42)
    error = refused(notifier)
    assert (error.permanent, error.retry_after) == (False, 42.0)
    send(notifier, START)
    assert play.sent() == 1


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_failing_slack_is_worth_another_try(play: Play, notifier: SlackNotifier, status: int) -> None:
    play.workspace.fail_next("chat.postMessage", status)
    error = refused(notifier)
    assert (error.permanent, error.retry_after) == (False, 0.0)
    assert sum(call.method == "chat.postMessage" for call in play.workspace.calls) == 1


def test_a_silent_network_is_worth_another_try(play: Play) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    client = WebClient("xoxb-1", base_url=f"http://127.0.0.1:{port}/api/", timeout=1, retry_handlers=[])
    error = refused(SlackNotifier(client, lab(), play.bot.people))
    assert not error.permanent


@pytest.mark.parametrize("code", sorted(PERMANENT))
def test_what_cannot_help_is_not_tried_again(play: Play, notifier: SlackNotifier, code: str) -> None:
    play.workspace.fail_next("chat.postMessage", error=code)
    error = refused(notifier)
    assert (error.permanent, str(error)) == (True, code)


def test_an_unknown_refusal_is_worth_another_try(play: Play, notifier: SlackNotifier) -> None:
    play.workspace.fail_next("chat.postMessage", error="fatal_error")
    assert not refused(notifier).permanent


def test_a_channel_without_the_bot_is_a_permanent_refusal(play: Play, notifier: SlackNotifier) -> None:
    channel = play.workspace.channels["C0GPUS"]
    play.workspace.channels["C0GPUS"] = replace(channel, members=channel.members - {"U0CRUNCH"})
    error = refused(notifier, CHANGE)
    assert (error.permanent, str(error)) == (True, "not_in_channel")
