"""How long Slack waits for an answer: `crunchtime serve` over signed HTTP, many people at once.

    uv run python benchmarks/acks.py [--people 24] [--rounds 20] [--database URL] [--json OUT]

In each round all people press enter at the same instant; every acknowledgement carries its card, after the commit.
The server is a process of its own, its Slack a stand-in on this machine; both share the machine's cores with the
people.
"""

import argparse
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
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

    def prepared(self, person: Person, line: str) -> tuple[http.client.HTTPConnection, bytes, dict[str, str]]:
        """One command, signed, and an open connection for it: all that a person's Slack would have ready."""
        delivery, _ = payloads.command(self.workspace, self.workspace.url, person, line, CHANNEL)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.connect()
        return connection, delivery.body(), delivery.headers(self.workspace.signing_secret, clock.now())


def sent(connection: http.client.HTTPConnection, body: bytes, headers: dict[str, str]) -> tuple[float, str]:
    """Seconds until the acknowledgement was there, and what it says."""
    began = time.perf_counter()
    connection.request("POST", "/slack/events", body, headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    took = time.perf_counter() - began
    connection.close()
    if answer.status != 200:
        raise SystemExit(f"answered {answer.status}: {text[:200]}")
    return took, json.loads(text).get("text", "") if text else ""


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
    barrier = threading.Barrier(len(people))
    took: list[float] = []
    answers: list[str] = []

    def person(number: int) -> None:
        for round_ in range(rounds):
            command = served.prepared(people[number], line(number, round_))
            barrier.wait()
            seconds, text = sent(*command)
            took.append(seconds)
            answers.append(text)

    threads = [threading.Thread(target=person, args=(number,)) for number in range(len(people))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
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
