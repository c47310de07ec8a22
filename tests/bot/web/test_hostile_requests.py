"""Strangers and broken clients at the door, with the whole bot behind it."""

import asyncio
import hashlib
import hmac
import random
from collections import Counter
from typing import Any

from bot.web import asgi, bolt
from handlers.pace import Pace
from hostile import body_of, broken, recorded, said_by
from make import DAN, monday
from worlds import Play, playing

SECRET = "shhh-this-is-a-secret"
NOW = monday(8)
LEAVE = {200, 400, 401, 404, 413}
PATHS = (
    *("/slack/events/", "/slack/../etc/passwd", "/agent/v1/line", "/calendar/x.ics"),
    *("/", "/metrics", "/%2e%2e/", "/\x00"),
)


def signed(body: bytes, off: int = 0) -> dict[bytes, bytes]:
    stamp = str(int(NOW.timestamp()) + off)
    digest = hmac.new(SECRET.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    form = b"application/json" if body.startswith(b"{") else b"application/x-www-form-urlencoded"
    return {
        b"content-type": form,
        b"x-slack-request-timestamp": stamp.encode(),
        b"x-slack-signature": f"v0={digest}".encode(),
    }


async def status_of(app: Any, method: str, path: str, headers: list[tuple[bytes, bytes]], body: bytes) -> int:
    """One request, by raw ASGI: no client that would tidy it."""
    scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"a=%zz"}
    scope |= {"headers": headers, "client": ("203.0.113.9", 5), "server": ("127.0.0.1", 3000), "http_version": "1.1"}
    scope |= {"scheme": "http", "asgi": {"version": "3.0"}}
    sent: list[dict[str, Any]] = []
    parts = [body[: len(body) // 2], body[len(body) // 2 :]]

    async def receive() -> dict[str, Any]:
        if not parts:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return int(sent[0]["status"])


class Hostile:
    """Requests of all sorts: other paths and methods, broken headers, forged and old ones, noise, signed nonsense."""

    def __init__(self, play: Play) -> None:
        self.random = random.Random(20261102)
        self.day = recorded(play)

    def noise(self, most: int) -> bytes:
        return self.random.randbytes(self.random.randrange(most))

    def body(self) -> bytes:
        pick = self.random.random()
        if pick < 0.02:
            return b"x" * (2**20 + 1)
        if pick < 0.2:
            shapes = [b"payload={", b"{}", b"[]", b"\x00" * 9, b"text=\xff", b"[" * 9000, self.noise(300)]
            return self.random.choice(shapes)
        one = self.random.choice(self.day)
        payload = said_by(one.delivery.payload, DAN.id)
        return body_of(one.delivery.kind, broken(payload, self.random, self.random.choice([1, 2, 3])))

    def headers(self, body: bytes) -> list[tuple[bytes, bytes]]:
        made = signed(body, self.random.choice([0, 0, 0, 0, -301, 10**9]))
        name = self.random.choice(list(made))
        match self.random.randrange(12):
            case 0:
                del made[name]
            case 1:
                made[name] = self.noise(200)
            case 2:
                made[name] += self.noise(3)
            case 3:
                made[b"content-length"] = self.random.choice([b"-1", b"1e9", b"", b"\xb2", b"9" * 5000, self.noise(20)])
            case 4:
                made[b"x-slack-retry-num"] = self.noise(9)
        return [*made.items(), *((self.noise(20) or b"x", self.noise(50)) for _ in range(self.random.randrange(3)))]

    def request(self) -> tuple[str, str, list[tuple[bytes, bytes]], bytes]:
        body = self.body()
        if self.random.random() < 0.1:
            return self.random.choice(["GET", "POST", "PUT", "X"]), self.random.choice(PATHS), self.headers(body), body
        return "POST", "/slack/events", self.headers(body), body


def test_whatever_strangers_send_only_five_statuses_leave_and_nobodys_reservation_changes(
    sqlite_url: str, monkeypatch: Any, rounds: Any
) -> None:
    monkeypatch.setattr("bot.app.Pace", lambda: Pace(at_once=10**9))
    monkeypatch.setattr("handlers.pictures.timeline_png", lambda _: b"a picture takes a while to draw")
    with playing(sqlite_url) as play:
        hostile = Hostile(play)
        app = asgi(
            handle=bolt(play.bot.app),
            signing_secret=SECRET,
            ready=lambda: None,
            clock=lambda: NOW,
            calendars=play.bot.desk.subscribed,
        )
        before = play.reservations()

        async def all_of_them() -> Counter[int]:
            return Counter([await status_of(app, *hostile.request()) for _ in range(rounds(200, 10_000))])

        statuses = asyncio.run(all_of_them())
        assert set(statuses) == LEAVE, "each of them was met, so that none is untried"
        assert [one for one in play.reservations() if DAN.id not in (one.member, one.asked_by)] == before
