"""How long Slack waits for an answer: `crunchtime serve` over signed HTTP, many people at once.

    uv run python benchmarks/acks.py [--people 24] [--rounds 20] [--database URL] [--json OUT]

In each round all people press enter at the same instant; every acknowledgement carries its card, after the commit.
The server is a process of its own, its Slack a stand-in on this machine; both share the machine's cores with the
people.
"""

import argparse
import json
import os
import re
import selectors
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bot import clock
from bot.sandbox import payloads
from bot.sandbox.slack.people import Channel, Person
from bot.sandbox.workspace import Workspace

NODES = 8
WARM_UP = 2  # rounds: the first answers compile statements and start threads
CHANNEL = "C0GPUS"
LAB = f"""
[lab]
name = "Bench Lab"
channel = "{CHANNEL}"
admins = ["U0ADMIN"]
"""
NODE = """
[[node]]
name = "n{}"
[[node.gpus]]
pool = "a100"
memory_gb = 80
count = 8
"""


@dataclass(frozen=True, slots=True)
class Served:
    """A running server, and the workspace that it speaks with."""

    workspace: Workspace
    port: int

    def prepared(self, person: Person, line: str) -> tuple[socket.socket, bytes]:
        """One command, signed and written out, and an open connection for it: what Slack would have ready."""
        delivery, _ = payloads.command(self.workspace, self.workspace.url, person, line, CHANNEL)
        body = delivery.body()
        headers = {
            "Host": f"127.0.0.1:{self.port}",
            "Content-Length": str(len(body)),
            **delivery.headers(self.workspace.signing_secret, clock.now()),
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return socket.create_connection(
            ("127.0.0.1", self.port)
        ), f"POST /slack/events HTTP/1.1\r\n{lines}\r\n".encode() + body


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
                answers[connection] += connection.recv(1 << 16)
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
    return str(json.loads(body).get("text", ""))


def main() -> None:
    """Measure, print, and write JSON where asked to."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--people", type=int, default=24)
    options.add_argument("--rounds", type=int, default=20)
    options.add_argument("--database", help="default: a scratch SQLite file")
    options.add_argument("--json", type=Path)
    chosen = options.parse_args()
    people = [Person(f"U0P{number:03}", f"p{number}") for number in range(chosen.people)]
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(
            people, [Channel(CHANNEL, "gpus", frozenset({*(p.id for p in people), "U0CRUNCH"}))], clock.now
        )
        with workspace, _server(Path(folder), workspace, chosen.database) as served:
            rows = [
                _measured("book", served, people, chosen.rounds, _booking),
                _measured("free", served, people, chosen.rounds, lambda _, __: "/gpu free"),
                _measured("one alone, book", served, people[:1], chosen.rounds, lambda p, r: _booking(p, r + 1000)),
            ]
    print(f"{'operation':<18}{'people':>8}{'answers':>9}{'p50 ms':>9}{'p99 ms':>9}{'max ms':>9}")
    for row in rows:
        print(
            f"{row['operation']:<18}{row['people']:>8}{row['answers']:>9}"
            f"{row['p50_ms']:>9.1f}{row['p99_ms']:>9.1f}{row['max_ms']:>9.1f}"
        )
    if chosen.json:
        chosen.json.write_text(json.dumps(rows, indent=1))


def _booking(person: int, round_: int) -> str:
    start = clock.now() + timedelta(hours=1 + (round_ * 31 + person * 7) % 150)
    return f"/gpu book 1 a100 {start:%Y-%m-%dT%H:%MZ}/PT1H"


def _measured(
    operation: str, served: Served, people: list[Person], rounds: int, line: Callable[[int, int], str]
) -> dict[str, float | str | int]:
    took: list[float] = []
    answers: list[str] = []
    for round_ in range(-WARM_UP, rounds):
        requests = [served.prepared(person, line(number, round_)) for number, person in enumerate(people)]
        for seconds, text in sent(requests):
            answers.append(text)
            if round_ >= 0:
                took.append(seconds)
    if operation != "free" and not all("yours" in text for text in answers):
        raise SystemExit(f"a booking was not granted: {next(text for text in answers if 'yours' not in text)}")
    took.sort()
    return {
        "operation": operation,
        "people": len(people),
        "answers": len(took),
        "p50_ms": statistics.median(took) * 1e3,
        "p99_ms": took[min(len(took) - 1, int(len(took) * 0.99))] * 1e3,
        "max_ms": took[-1] * 1e3,
    }


class _server:  # noqa: N801 - used as a function
    """`crunchtime serve` in a process of its own."""

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
        self.process = subprocess.Popen([sys.executable, "-m", "bot", "serve"], env=self.environment)
        for _ in range(200):
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                    return Served(self.workspace, self.port)
            except OSError:
                time.sleep(0.1)
        raise SystemExit("the server did not start")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)


if __name__ == "__main__":
    main()
