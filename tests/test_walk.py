"""One request all the way: from what Slack sends, through real Bolt, into the ledger and back into the channel."""

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from bot import clock, web
from bot.booking.lifecycle import State
from bot.sandbox import payloads
from bot.sandbox.delivery import Delivery
from bot.sandbox.hands import Hands
from make import monday
from worlds import Play, playing, words_of

ROOT = Path(__file__).parents[1]
BOOK = "/gpu book 2 a100 tomorrow 9am for 8h"


@pytest.fixture
def play(sqlite_url: str) -> Iterator[Play]:
    with playing(sqlite_url) as play:
        yield play


@pytest.fixture
def server(play: Play) -> Iterator[httpx.Client]:
    """The bot behind its gate, on a port of this machine."""
    page = web.asgi(
        handle=web.bolt(play.bot.app),
        signing_secret=play.workspace.signing_secret,
        ready=lambda: None,
        clock=clock.now,
    )
    served = uvicorn.Server(uvicorn.Config(page, port=0, log_config=None, lifespan="off", ws="none"))
    thread = threading.Thread(target=served.run)
    thread.start()
    while not served.started:
        time.sleep(0.01)
    port = served.servers[0].sockets[0].getsockname()[1]
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        yield client
    served.should_exit = True
    thread.join()


def command(play: Play, line: str = BOOK, who: str = "alice") -> Delivery:
    delivery, _ = payloads.command(play.workspace, play.workspace.url, play.person(who), line, "C0GPUS")
    return delivery


def post(server: httpx.Client, play: Play, delivery: Delivery, **changed: str) -> httpx.Response:
    headers = delivery.headers(play.workspace.signing_secret, clock.now())
    return server.post("/slack/events", content=delivery.body(), headers=headers | changed)


def test_a_command_by_signed_http_comes_back_with_its_card_after_the_commit(play: Play, server: httpx.Client) -> None:
    answer = post(server, play, command(play))
    assert answer.status_code == 200
    card = answer.json()
    assert card["response_type"] == "ephemeral"
    assert card["text"].startswith("2 × A100 on atlas are yours <!date^")
    buttons = [element["text"]["text"] for element in card["blocks"][-1]["elements"]]
    assert buttons == ["Extend", "Release", "Move", "Undo"]
    # The ledger has it, the outbox owes it, and Slack has not been spoken to on the way.
    (booked,) = play.reservations()
    assert (booked.member, booked.state, booked.gpus) == ("U0ALICE", State.BOOKED, ("atlas:0", "atlas:1"))
    assert (booked.window.start, booked.window.end) == (monday(8, day=1), monday(16, day=1))
    assert play.thread() == []
    # Later, the board is redrawn and the change is told below it.
    play.bot.deliver(play.world.clock())
    (board,) = [message for message in play.workspace.visible("U0BOB") if message.thread is None]
    assert (board.channel, board.ts) in play.workspace.pins
    assert "<@U0ALICE>" in words_of(board.blocks)
    (line,) = [message for message in play.workspace.visible("U0BOB") if message.thread == board.ts]
    assert line.text.startswith("R1 booked · <@U0ALICE> · 2 × A100 on atlas")


def test_a_delivery_that_comes_again_byte_for_byte_is_answered_the_same_and_has_no_effect(
    play: Play, server: httpx.Client
) -> None:
    delivery = command(play)
    headers = delivery.headers(play.workspace.signing_secret, clock.now())
    answers = [server.post("/slack/events", content=delivery.body(), headers=headers).text for _ in range(3)]
    assert len(set(answers)) == 1
    assert "are yours" in answers[0]
    assert len(play.reservations()) == 1


def test_slacks_own_retry_under_a_new_signature_is_answered_the_same_and_has_no_effect(
    play: Play, server: httpx.Client
) -> None:
    delivery = command(play)
    first = post(server, play, delivery)
    again = post(server, play, delivery, **{"X-Slack-Retry-Num": "1"})
    play.world.clock.move(monday(1) - monday(0))
    resigned = delivery.headers(play.workspace.signing_secret, clock.now())
    later = server.post("/slack/events", content=delivery.body(), headers=resigned)
    assert first.json() == again.json() == later.json()
    assert len(play.reservations()) == 1


def test_after_a_restart_a_command_that_comes_again_is_still_answered_the_same(play: Play, sqlite_url: str) -> None:
    delivery = command(play)
    before = play.world.deliver(delivery.body(), delivery.headers("", monday(8)))
    with playing(sqlite_url, now=monday(8)) as restarted:
        assert restarted.world.deliver(delivery.body(), delivery.headers("", monday(8))) == before
        assert len(restarted.reservations()) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Signature": "nonsense"},
        {"X-Slack-Request-Timestamp": "1000000000"},
    ],
)
def test_a_forged_delivery_is_a_401_and_nothing_else(play: Play, server: httpx.Client, changed: dict[str, str]) -> None:
    answer = post(server, play, command(play), **changed)
    assert (answer.status_code, answer.text) == (401, "not signed by Slack")
    assert play.reservations() == []


def test_a_signature_of_six_minutes_ago_is_a_401(play: Play, server: httpx.Client) -> None:
    delivery = command(play)
    old = clock.now() - (monday(0.1) - monday(0))
    headers = delivery.headers(play.workspace.signing_secret, old)
    assert server.post("/slack/events", content=delivery.body(), headers=headers).status_code == 401
    assert play.reservations() == []


def test_what_slack_signed_and_nobody_understands_is_never_a_500(play: Play, server: httpx.Client) -> None:
    for delivery in (
        Delivery("slash_commands", {"command": "/other", "team_id": "T0LAB", "user_id": "U0ALICE"}),
        Delivery("interactive", {"type": "block_actions", "team": {"id": "T0LAB"}, "user": {"id": "U0ALICE"}}),
        Delivery("interactive", {"type": "unknown"}),
        Delivery("events_api", {"type": "event_callback", "team_id": "T0LAB", "event": {"type": "unknown"}}),
        Delivery("events_api", {}),
    ):
        assert post(server, play, delivery).status_code in {200, 404}, delivery
    assert play.reservations() == []


class Socket:
    """A Socket Mode connection as far as the handler uses it."""

    logger = logging.getLogger("socket")

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def send_socket_mode_response(self, response: SocketModeResponse) -> None:
        self.sent.append(response.to_dict())


def test_a_command_by_socket_mode_comes_back_with_its_card_and_once(play: Play) -> None:
    handler = SocketModeHandler(play.bot.app, "xapp-1")
    try:
        wire, envelope = Socket(), command(play).envelope()
        for _ in range(2):
            request = SocketModeRequest.from_dict(json.loads(json.dumps(envelope)))
            assert request is not None
            handler.handle(wire, request)  # type: ignore[arg-type]
    finally:
        handler.close()
    first, again = wire.sent
    assert first == again
    assert first["envelope_id"] == envelope["envelope_id"]
    assert first["payload"]["text"].startswith("2 × A100 on atlas are yours")
    assert len(play.reservations()) == 1


def test_a_button_by_socket_mode_changes_the_card(play: Play) -> None:
    card = play.type("alice", BOOK)
    handler = SocketModeHandler(play.bot.app, "xapp-1")
    try:
        wire = Socket()

        def deliver(body: bytes, headers: Any) -> tuple[int, str]:
            payload = json.loads(httpx.QueryParams(body.decode())["payload"])
            handler.handle(wire, SocketModeRequest("interactive", "e-1", payload))  # type: ignore[arg-type]
            return 200, ""

        by_socket = Hands(play.workspace, deliver)
        button = next(one for one in play.workspace.buttons("U0ALICE") if one.label == "Release")
        assert by_socket.click(play.person("alice"), button).problem == ""
    finally:
        handler.close()
    assert wire.sent == [{"envelope_id": "e-1"}]
    assert play.last("alice").ts == card.ts
    assert play.last("alice").text.startswith("R1 is cancelled.")


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_serve_answers_and_delivers_until_it_is_told_to_end(play: Play, tmp_path: Path) -> None:
    """The real command as a process of its own; the workspace stands in for Slack."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "SLACK_BOT_TOKEN": play.workspace.token,
        "SLACK_SIGNING_SECRET": play.workspace.signing_secret,
        "SLACK_APP_TOKEN": "",
        "CRUNCHTIME_SLACK_API_URL": play.workspace.api_url,
        "CRUNCHTIME_DATABASE_URL": f"sqlite:///{tmp_path / 'served.db'}",
        "CRUNCHTIME_LAB": str(ROOT / "lab.example.toml"),
        "CRUNCHTIME_BIND": f"127.0.0.1:{free_port()}",
    }
    base = f"http://{environment['CRUNCHTIME_BIND']}"
    arguments = [sys.executable, "-m", "bot", "serve"]
    with subprocess.Popen(arguments, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            with httpx.Client(base_url=base) as client:
                wait_until(lambda: client.get("/readyz").text == "ready")
                answer = post(client, play, command(play))
                assert "are yours" in answer.json()["text"]
                wait_until(lambda: any(line.startswith("R1 booked") for line in play.thread()))
            process.send_signal(signal.SIGTERM)
            _, log = process.communicate(timeout=15)
        finally:
            process.kill()
    assert process.returncode == 0
    assert "listening" in log
    assert "Traceback" not in log
    assert play.workspace.token not in log


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def wait_until(holds: Any, seconds: float = 30) -> None:
    """Waits until it holds; what cannot be reached yet does not."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if holds():
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError("it did not come about in time")
