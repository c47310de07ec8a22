"""A Slack that fails at random and keeps book of it, and dispatchers in processes of their own that can be killed."""

import json
import os
import random
import re
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from slack_sdk import WebClient

from bot.booking.lab import Lab
from bot.desk import Desk
from bot.jobs.deliver import deliver
from handlers.identity import People
from handlers.notify import SlackNotifier
from make import monday
from storage.engine import open_engine
from storage.ledger import Ledger
from storage.outbox import Outbox

SPEED = 25  # so much faster than the real one is the clock that all share
TIMEOUT = 0.7  # real seconds, of the dispatchers' client
HANGS = 1.0  # real seconds
FAULTS = {"429": 0.06, "500 before": 0.04, "500 after": 0.03, "hangs before": 0.02, "hangs after": 0.03}
TEAM = "T0LAB"


@dataclass(frozen=True, slots=True)
class Clock:
    """From Monday 08:00 on, at SPEED; the same in all processes of a machine. `began`: its real beginning."""

    began: float

    def __call__(self) -> datetime:
        return monday(8) + timedelta(seconds=(time.monotonic() - self.began) * SPEED)


@dataclass
class Call:
    """One call of chat.postMessage: by which process, of which notices; whether it was taken, and said so."""

    process: str
    notices: list[int]
    taken: bool
    answered: bool


@dataclass
class FailingSlack:
    """Takes messages that say "notice N", and fails as FAULTS says. Use it as a context."""

    clock: Clock
    seed: int
    faults: dict[str, float] = field(default_factory=lambda: dict(FAULTS))
    calls: list[Call] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)
    too_early: list[str] = field(default_factory=list)  # channels to which it was written before the Retry-After
    _rests: dict[str, datetime] = field(default_factory=dict)

    def __enter__(self) -> "FailingSlack":
        self._random, self._lock = random.Random(self.seed), threading.Lock()
        self._server = _Quiet(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/api/"

    def taken(self) -> Counter[int]:
        """How often each notice was taken."""
        with self._lock:
            return Counter(number for call in self.calls if call.taken for number in call.notices)

    def unexcused(self) -> list[int]:
        """Notices that came again although it had said that it took them, and their sender lived to hear it.

        Who makes another call has heard the answer to the one before.
        """
        last = {call.process: at for at, call in enumerate(self.calls)}
        heard: set[int] = set()
        twice = []
        for at, call in enumerate(self.calls):
            if call.taken:
                twice += [number for number in call.notices if number in heard]
            if call.answered and last[call.process] != at:
                heard |= set(call.notices)
        return twice

    def answer(self, process: str, message: dict[str, Any]) -> tuple[int, dict[str, Any], dict[str, str]]:
        """What a call is answered; it may take its time."""
        channel, text = message["channel"], message["text"]
        with self._lock:
            now, fault = self.clock(), self._fault()
            if now < self._rests.get(channel, now):
                self.too_early.append(channel)
            self.met[fault] += 1
            taken = fault in ("", "500 after", "hangs after")
            call = Call(process, [int(found) for found in re.findall(r"notice (\d+)", text)], taken, fault == "")
            assert call.notices, text
            self.calls.append(call)
            wait = self._random.randint(1, 20)
            if fault == "429":
                self._rests[channel] = now + timedelta(seconds=wait)
        if fault.startswith("hangs"):
            time.sleep(HANGS)
        if fault == "429":
            return 429, {"ok": False, "error": "ratelimited"}, {"Retry-After": str(wait)}
        if fault.startswith("500"):
            return 500, {"ok": False, "error": "internal_error"}, {}
        return 200, {"ok": True, "ts": "1.1", "channel": channel}, {}

    def _fault(self) -> str:
        at = self._random.random()
        for name, share in self.faults.items():
            if at < share:
                return name
            at -= share
        return ""


class _Quiet(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who called has been killed, or waits no more."""


def _handler(slack: FailingSlack) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            process = self.headers["Authorization"].rpartition("-")[2]
            status, answer, headers = slack.answer(process, message)
            body = json.dumps(answer).encode()
            self.send_response(status)
            for name, value in (headers | {"Content-Length": str(len(body))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Not to the terminal."""

    return Handler


def dispatch(database_url: str, slack_url: str, lab: Lab, clock: Clock) -> None:
    """A dispatcher's life: it sends what is due until it is killed."""
    client = WebClient(f"xoxb-{os.getpid()}", base_url=slack_url, timeout=TIMEOUT, retry_handlers=[])  # type: ignore[arg-type]
    desk = Desk(Ledger(open_engine(database_url)), lab)
    outbox, notifier = Outbox(desk.ledger), SlackNotifier(client, lab, People(desk, client, TEAM))
    while True:
        deliver(desk, outbox, notifier, clock(), clock)
        time.sleep(0.02)
