"""`crunchtime serve` in a process of its own, a stand-in for its Slack, and people who press enter at once."""

import json
import os
import re
import selectors
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bot import clock
from bot.sandbox import payloads
from bot.sandbox.delivery import Delivery
from bot.sandbox.slack.people import Channel, Person
from bot.sandbox.workspace import Workspace

NODES = 8
CHANNEL = "C0GPUS"
LAB = f"""
[lab]
name = "Bench Lab"
channel = "{CHANNEL}"
admins = ["U0ADMIN"]
"""
NODE = """
[[node]]
name = "n{:03}"
[[node.gpus]]
pool = "a100"
memory_gb = 80
count = 8
"""
START_TIMEOUT = 120.0  # seconds


def people_of(count: int) -> list[Person]:
    """So many people of the lab."""
    return [Person(f"U0P{number:03}", f"p{number}") for number in range(count)]


def workspace_of(people: list[Person]) -> Workspace:
    """A workspace of these, with the bot and the lab's channel in it."""
    return Workspace(people, [Channel(CHANNEL, "gpus", frozenset({*(p.id for p in people), "U0CRUNCH"}))], clock.now)


@dataclass(frozen=True, slots=True)
class Served:
    """A running server, and the workspace that it speaks with. `ready_after`: seconds until it listened."""

    workspace: Workspace
    port: int
    pid: int
    ready_after: float

    def prepared(self, person: Person, line: str) -> tuple[socket.socket, bytes]:
        """One command, signed and written out, and an open connection for it: what Slack would have ready."""
        delivery, _ = payloads.command(self.workspace, self.workspace.url, person, line, CHANNEL)
        return self.written(delivery)

    def written(self, delivery: Delivery) -> tuple[socket.socket, bytes]:
        """Any delivery, as `prepared`."""
        body = delivery.body()
        headers = {
            "Host": f"127.0.0.1:{self.port}",
            "Content-Length": str(len(body)),
            **delivery.headers(self.workspace.signing_secret, clock.now()),
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        request = f"POST /slack/events HTTP/1.1\r\n{lines}\r\n".encode() + body
        return socket.create_connection(("127.0.0.1", self.port)), request


class Server:
    """`crunchtime serve` on a database; a context that ends it.

    `database`: None: a scratch SQLite file in `folder`.
    """

    def __init__(self, folder: Path, workspace: Workspace, database: str | None) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        (folder / "lab.toml").write_text(LAB + "".join(map(NODE.format, range(NODES))))
        self.workspace = workspace
        self.environment = os.environ | {
            "SLACK_BOT_TOKEN": workspace.token,
            "SLACK_SIGNING_SECRET": workspace.signing_secret,
            "CRUNCHTIME_SLACK_API_URL": workspace.api_url,
            "CRUNCHTIME_DATABASE_URL": database or f"sqlite:///{folder / 'bench.db'}",
            "CRUNCHTIME_LAB": str(folder / "lab.toml"),
            "CRUNCHTIME_BIND": f"127.0.0.1:{self.port}",
            "CRUNCHTIME_LOG": "error",
        }

    def __enter__(self) -> Served:
        began = time.perf_counter()
        self.process = subprocess.Popen([sys.executable, "-m", "bot", "serve"], env=self.environment)
        while time.perf_counter() - began < START_TIMEOUT and self.process.poll() is None:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                    return Served(self.workspace, self.port, self.process.pid, time.perf_counter() - began)
            except OSError:
                time.sleep(0.02)
        self.__exit__()
        raise SystemExit("the server did not start")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)


def sent(requests: list[tuple[socket.socket, bytes]]) -> list[tuple[float, str]]:
    """All of them at once: seconds until each acknowledgement was there, and what it says.

    One thread waits for all, so that the people cost the server as little of the machine as can be.
    """
    answers: dict[socket.socket, bytes] = {}
    began: dict[socket.socket, float] = {}
    took: dict[socket.socket, float] = {}
    with selectors.DefaultSelector() as waiting:
        for connection, request in requests:
            waiting.register(connection, selectors.EVENT_READ)
            began[connection], answers[connection] = time.perf_counter(), b""
            connection.sendall(request)
        while len(took) < len(requests):
            for key, _ in waiting.select(timeout=30):
                connection = key.fileobj
                assert isinstance(connection, socket.socket)
                part = connection.recv(1 << 16)
                if not part:
                    raise SystemExit(f"hung up without an acknowledgement: {answers[connection][:200]!r}")
                answers[connection] += part
                if _is_whole(answers[connection]):
                    took[connection] = time.perf_counter() - began[connection]
                    waiting.unregister(connection)
    for connection, _ in requests:
        connection.close()
    return [(took[connection], _said(answers[connection])) for connection, _ in requests]


def _is_whole(answer: bytes) -> bool:
    head, found, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head.lower())
    return bool(found) and length is not None and len(body) >= int(length[1])


def _said(answer: bytes) -> str:
    head, _, body = answer.partition(b"\r\n\r\n")
    if b" 200 " not in head.split(b"\r\n")[0]:
        raise SystemExit(f"not acknowledged: {answer[:200]!r}")
    return str(json.loads(body).get("text", "")) if body.startswith(b"{") else ""
