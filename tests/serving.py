"""`crunchtime serve` in processes that can be killed, the Slack that they speak with, and a PostgreSQL that can die."""

import contextlib
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.sandbox.slack.server import Answer
from bot.sandbox.workspace import Workspace

ROOT = Path(__file__).parents[1]
MOST_STARTS = 5
# Forks a bot for each line that it reads, so that a life costs no imports. A bot's messages say in their metadata which
# notices they carry, so that those can be counted at the other end; all else is `crunchtime serve` as it is.
NURSERY = """
import json, os, signal, sys, threading
import uvicorn, bot.app, bot.at_nodes, bot.web.server, bot.config, handlers
from bot.cli import main
from handlers import notify
from handlers.views import gathered

carried = threading.local()

def noting(told, keys_of):
    def noted(self, *args, **named):
        carried.keys = keys_of(*args)
        try:
            return told(self, *args, **named)
        finally:
            carried.keys = []
    return noted

def tagged(client, method, arguments):
    keys = getattr(carried, "keys", [])
    if method == "chat.postMessage" and keys:
        arguments = {**arguments, "metadata": {"event_type": "notices", "event_payload": {"keys": keys}}}
    return call(client, method, arguments)

def cut(drawn):
    message, count = gather(drawn)
    carried.keys = carried.keys[:count]
    return message, count

call, gather = notify._call, gathered.gathered
notify._call, gathered.gathered = tagged, cut
speaker = notify.SlackNotifier
speaker.send = noting(speaker.send, lambda notice, *_: [notice.key])
speaker.gather = noting(speaker.gather, lambda parts, *_: [part.notice.key for part in parts])

signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who dies is forgotten at once
print("ready", flush=True)
for line in sys.stdin:
    order = json.loads(line)
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        for stream, file in ((0, os.open(os.devnull, os.O_RDONLY)), (1, log), (2, log)):
            os.dup2(file, stream)
        os.chdir(os.path.dirname(order["log"]))  # where no .env is
        os.environ.update(order["environment"])
        sys.argv = ["crunchtime", "serve"]
        main()
        sys.exit()
    print(pid, flush=True)
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that Slack took from the bot `process`, and the keys of the notices in it."""

    process: str
    keys: tuple[str, ...]


class Slack(Workspace):
    """A workspace that keeps book of who sent it which notices, and of what came to its response URLs."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.taken: list[Taken] = []
        self.responded: dict[str, Mapping[str, Any]] = {}

    def answer_call(self, method: str, arguments: dict[str, Any], token: str) -> Answer:
        """As the workspace does, for a token that ends in the number of its process."""
        name, _, process = token.rpartition("/")
        with self.lock:
            answer = super().answer_call(method, arguments, name)
            self.calls.clear()  # hours of them would not fit
            if method == "chat.postMessage" and answer[1].get("ok"):
                payload = (arguments.get("metadata") or {}).get("event_payload") or {}
                self.taken.append(Taken(process, tuple(payload.get("keys", ()))))
            return answer

    def answer_response(self, token: str, payload: object) -> Answer:
        """As the workspace does."""
        with self.lock:
            if isinstance(payload, dict):
                self.responded[token] = payload
            return super().answer_response(token, payload)


class Nursery:
    """Where bots are born. Use it as a context."""

    def __enter__(self) -> "Nursery":
        path = os.pathsep.join((str(ROOT), str(ROOT / "tests")))
        self._process = subprocess.Popen(
            [sys.executable, "-c", NURSERY],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": path},
        )
        assert self._line() == "ready"
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=30)

    def born(self, environment: Mapping[str, str], log: Path) -> int:
        """The process id of a new bot, which writes what it says to `log`."""
        assert self._process.stdin is not None
        print(json.dumps({"environment": environment, "log": str(log)}), file=self._process.stdin, flush=True)
        return int(self._line())

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


@dataclass
class Bot:
    """One bot at one address, in one process after the other."""

    nursery: Nursery
    number: int
    port: int
    environment: Mapping[str, str]
    log: Path
    token: str
    lives: int = 0
    pid: int = 0

    @property
    def name(self) -> str:
        """Of the process that runs now."""
        return f"{self.number}.{self.lives}"

    def start(self) -> None:
        """Begin to start; see `wait`."""
        self.lives += 1
        own = {"SLACK_BOT_TOKEN": f"{self.token}/{self.name}", "CRUNCHTIME_BIND": f"127.0.0.1:{self.port}"}
        self.pid = self.nursery.born({**self.environment, **own}, self.log)

    def lives_still(self) -> bool:
        """Whether its process runs."""
        with contextlib.suppress(ProcessLookupError):
            if self.pid:
                os.kill(self.pid, 0)
                return True
        return False

    def comes_up(self, seconds: float = 60) -> bool:
        """Wait until it listens; False if it ended before. Raises AssertionError if it takes too long."""
        until = time.monotonic() + seconds
        while self.lives_still():
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return True
            assert time.monotonic() < until, "the bot does not come up"
            time.sleep(0.02)
        return False

    def wait(self) -> None:
        """Until it listens; where the database did not let it, it is started again, as systemd would."""
        for _ in range(MOST_STARTS):
            if self.comes_up():
                return
            self.start()
        raise AssertionError(self.log.read_text()[-3000:])

    def kill(self) -> None:
        """kill -9."""
        self._ended(signal.SIGKILL)

    def stop(self) -> float:
        """SIGTERM; how many seconds it took to end."""
        return self._ended(signal.SIGTERM)

    def _ended(self, by: signal.Signals) -> float:
        began = time.monotonic()
        with contextlib.suppress(ProcessLookupError):
            if self.pid:
                os.kill(self.pid, by)
        while self.lives_still():
            assert time.monotonic() - began < 60, f"it outlives {by.name}"
            time.sleep(0.01)
        return time.monotonic() - began


@contextlib.contextmanager
def bots(nursery: Nursery, count: int, folder: Path, slack: Slack, database_url: str, lab: str) -> Iterator[list[Bot]]:
    """So many bots, all of which listen; killed at the end if they still run."""
    (folder / "lab.toml").write_text(lab)
    environment = {
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "SLACK_APP_TOKEN": "",
        "CRUNCHTIME_SLACK_API_URL": slack.api_url,
        "CRUNCHTIME_DATABASE_URL": database_url,
        "CRUNCHTIME_LAB": str(folder / "lab.toml"),
        "CRUNCHTIME_LOG": "warning",
    }
    made = []
    for number in range(count):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        made.append(Bot(nursery, number, port, environment, folder / f"bot{number}.log", slack.token))
    try:
        for bot in made:
            bot.start()
        for bot in made:
            bot.wait()
        yield made
    finally:
        for bot in made:
            bot.kill()


class Postgres:
    """A cluster whose processes can all be killed at once. `downs`: from when to when it was away."""

    def __init__(self, server: Any, url: str) -> None:
        self._server, self.url = server, url
        self.downs: list[tuple[float, float]] = []

    def kill_and_restart(self) -> float:
        """kill -9 of the postmaster and all its children, and a start at once; for how long it was away, in seconds."""
        began = time.monotonic()
        postmaster = self._server.get_postmaster_info().process
        processes = [postmaster, *postmaster.children(recursive=True)]
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
        for process in processes:
            process.wait(timeout=10)
        self._server.ensure_postgres_running()
        self.downs.append((began, time.monotonic()))
        return self.downs[-1][1] - began


@dataclass
class Proxy:
    """What stands before the bots: a delivery goes to one after the other until one takes it."""

    bots: list[Bot]
    secret: str
    chance: random.Random = field(default_factory=lambda: random.Random(5))

    def post(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, str] | None:
        """Status and body of the answer, or None where there was none."""
        for bot in self.chance.sample(self.bots, len(self.bots)):
            connection = http.client.HTTPConnection("127.0.0.1", bot.port, timeout=15)
            try:
                connection.request("POST", "/slack/events", body, dict(headers))
                with connection.getresponse() as answer:
                    return answer.status, answer.read().decode()
            except ConnectionRefusedError:
                continue
            except (OSError, http.client.HTTPException):
                return None  # it may have been heard
            finally:
                connection.close()
        return None


def said(body: str) -> dict[str, Any]:
    """An acknowledgement's message; {} where there is none."""
    try:
        message = json.loads(body)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}


def threads(count: int, run: Any) -> list[threading.Thread]:
    """`run(0)`, `run(1)` ... begun at once."""
    begun = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(count)]
    for thread in begun:
        thread.start()
    return begun
