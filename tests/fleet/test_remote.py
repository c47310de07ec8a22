"""Asking agents: together, in time, and with nothing taken that is no reading."""

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from bot.booking.lab import Node
from bot.booking.observed import Fault
from bot.fleet.fleet import Fleet
from bot.fleet.remote import LARGEST, Agents
from bot.fleet.wire import encoded
from feeds import Answer, Host, head, hosting, saying
from gpus import reading, report
from make import monday

TOKEN = "0123456789abcdef"
SECONDS = 0.5
GOOD = encoded(report("atlas", reading("atlas:0", utilisation=42)), monday(8))


@pytest.fixture
def agents() -> Iterator[Agents]:
    asking = Agents(TOKEN, seconds=SECONDS, look_up=lambda host, port: "127.0.0.1")
    yield asking
    asking.close()


@pytest.fixture
def patient() -> Iterator[Agents]:
    """For what must come, however busy this machine is."""
    asking = Agents(TOKEN, seconds=20, look_up=lambda host, port: "127.0.0.1")
    yield asking
    asking.close()


@pytest.fixture
def host() -> Iterator[Host]:
    with hosting() as host:
        host.answer = saying(GOOD)
        yield host


def ask(agents: Agents, host: Host, url: str = "http://atlas.test:{port}"):
    return agents.ask({"atlas": url.format(port=host.port)}, lambda: monday(8))["atlas"]


def drip(first: bytes) -> Answer:
    def answer(connection: socket.socket, _: str) -> None:
        connection.sendall(first)
        for _ in range(200):
            connection.sendall(b" ")
            time.sleep(0.02)

    return answer


def endless(connection: socket.socket, _: str) -> None:
    connection.sendall(head(Content_Type="application/json"))
    while True:
        connection.sendall(b" " * 65536)


def silent(connection: socket.socket, _: str) -> None:
    time.sleep(2.5)


BOMB = gzip.compress(b" " * (100 * 1024 * 1024), 9)


def test_a_reading_comes_by_the_name_of_its_host_with_the_token_uncompressed_and_past_any_proxy(
    patient: Agents, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    found = ask(patient, host)
    assert (found.fault, found.readings[0].utilisation) == (None, 42)
    asked = host.asked[0].lower()
    assert asked.startswith("get /v1/readings http/1.1\r\n")
    for line in (f"host: atlas.test:{host.port}", f"authorization: bearer {TOKEN}", "accept-encoding: identity"):
        assert f"{line}\r\n" in asked


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (saying("no", "401 Unauthorized"), "CRUNCHTIME_AGENT_TOKEN"),
        (saying("", "302 Found", Location="http://169.254.169.254/"), "302"),
        (saying("", "500 Internal Server Error"), "500"),
        (saying(b"x" * (LARGEST + 1)), "over 512 KiB"),
        (endless, "over 512 KiB"),
        (saying(BOMB, Content_Encoding="gzip"), "compressed"),
        (saying(BOMB), "Invalid JSON"),
        (saying(GOOD.replace(b"42", b"NaN")), "utilisation"),
        (saying("<html></html>"), "Invalid JSON"),
        (silent, "no answer within"),
        (drip(b""), "RemoteProtocolError"),
        (drip(head(Content_Length="100000")), "no answer within"),
        (drip(b"HTTP/1.1 200 OK\r\nX-Slow:"), "no answer within"),
        (lambda connection, _: connection.sendall(b"garbage\r\n\r\n"), "RemoteProtocolError"),
        (lambda connection, _: None, "RemoteProtocolError"),
    ],
    ids=[
        "wrong token",
        "redirect",
        "500",
        "too large",
        "endless",
        "gzip bomb",
        "secret gzip",
        "NaN",
        "a page",
        "silent",
        "drip of nothing",
        "drip in the body",
        "drip in the head",
        "garbage",
        "hangs up",
    ],
)
def test_whatever_else_comes_is_silence_with_a_reason_and_in_time(
    agents: Agents, host: Host, answer: Answer, why: str
) -> None:
    host.answer = answer
    began = time.monotonic()
    found = ask(agents, host)
    assert time.monotonic() - began < 10
    assert (found.fault, found.readings) == (Fault.UNREACHABLE, ())
    assert why in found.why
    assert len(host.asked) <= 1, "a redirect is not followed, and nothing is asked twice"


def test_a_host_that_is_down_or_not_known_is_silence(agents: Agents) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert ask(agents, Host(port)).why.startswith("ConnectError")

    def unknown(host: str, port: int) -> str:
        raise OSError("no such host")

    asking = Agents(TOKEN, seconds=SECONDS, look_up=unknown)
    assert "atlas.test is not known" in ask(asking, Host(port)).why
    asking.close()


def test_a_name_server_that_does_not_answer_is_asked_once_and_costs_the_others_nothing(host: Host) -> None:
    over, asked = threading.Event(), []

    def look_up(name: str, port: int) -> str:
        asked.append(name)
        if name == "lost.test":
            over.wait(10)
        return "127.0.0.1"

    asking = Agents(TOKEN, seconds=2, look_up=look_up)
    urls = {"lost": f"http://lost.test:{host.port}", "atlas": f"http://atlas.test:{host.port}"}
    for _ in range(2):
        found = asking.ask(urls, lambda: monday(8))
        assert (found["atlas"].fault, found["lost"].fault) == (None, Fault.UNREACHABLE)
    assert sorted(asked) == ["atlas.test", "lost.test"]
    over.set()
    asking.close()


def test_bad_agents_cost_the_good_ones_nothing() -> None:
    agents = Agents(TOKEN, seconds=2, look_up=lambda host, port: "127.0.0.1")
    bad: list[Callable[[socket.socket, str], None]] = [silent, drip(head()), endless, saying("no", "401 No")]
    with ExitStack() as stack:
        hosts = [stack.enter_context(hosting()) for _ in range(10)]
        for host, answer in zip(hosts, [*bad, *[saying(GOOD)] * 6], strict=True):
            host.answer = answer
        began = time.monotonic()
        found = agents.ask(
            {f"n{n}": f"http://n{n}.test:{host.port}" for n, host in enumerate(hosts)}, lambda: monday(8)
        )
        took = time.monotonic() - began
    assert took < 10
    assert [one.fault is None for one in found.values()] == [False] * 4 + [True] * 6
    agents.close()


class Here:
    def look(self, now):
        return report("here", reading("here:0"))


def test_a_fleet_asks_this_host_by_itself_and_says_what_is_missing_for_the_others(patient: Agents, host: Host) -> None:
    nodes = (Node("here", (), "local"), Node("atlas", (), f"http://atlas.test:{host.port}"), Node("unwatched", ()))
    found = Fleet(nodes, patient, lambda _: Here(), lambda: monday(8)).look(monday(8))
    assert {name: one.fault for name, one in found.items()} == {"here": None, "atlas": None}
    without = Fleet(nodes, None, lambda _: Here(), lambda: monday(8)).look(monday(8))
    assert (without["here"].fault, without["atlas"].why) == (None, "CRUNCHTIME_AGENT_TOKEN is not set")
