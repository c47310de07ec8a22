"""POST /slack/events: what Slack delivers, verified, answered once, and never with a status that Slack cannot use.

Plain ASGI: by way of Starlette's layers a delivery costs 0.2 ms more of the interpreter, which 24 people at once share.
"""

import asyncio
import hashlib
import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import structlog
from starlette.types import Receive, Scope, Send

from bot.web.gate import Replays, objection, signature_of

if TYPE_CHECKING:
    from slack_bolt import App

log = structlog.get_logger()

PATH = "/slack/events"
_LARGEST = 1024 * 1024
_SECONDS_TO_SEND = 10
# Answers are computing, one after the other before the ledger: more threads only quarrel about the interpreter
# (24 people at once: p50 42 ms with 4, 52 ms with 40). What waits for Slack waits elsewhere.
_THREADS = 4
_FORWARDED = frozenset({"content-type", "x-slack-request-timestamp", "x-slack-signature", "x-slack-retry-num"})
_PLAIN = "text/plain; charset=utf-8"
_LEAVES = frozenset({200, 400, 401, 404})
_NOT_SLACKS = "not a payload of Slack's"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back for one delivery."""

    status: int
    body: str
    content_type: str = _PLAIN


# Raw body and headers (lower-case names) -> the answer. Runs in a thread; may raise.
Handle = Callable[[str, Mapping[str, str]], Answer]


def bolt(app: "App") -> Handle:
    """Hands deliveries to a Bolt app. Nothing that Slack has not signed goes in: no query, none but its own headers."""
    from slack_bolt import BoltRequest  # noqa: PLC0415 - a node's agent serves pages too, without Slack's 20 MB

    from bot.web.shapes import is_slacks  # noqa: PLC0415 - its models take a moment to make

    def handle(body: str, headers: Mapping[str, str]) -> Answer:
        try:
            request = BoltRequest(body=body, headers=dict(headers))
        except Exception:  # whatever its parser stumbles over: signed, but no payload of Slack's
            return Answer(400, _NOT_SLACKS)
        if not is_slacks(request.body):
            log.warning("a delivery has no shape of Slack's")
            return Answer(404, _NOT_SLACKS)  # as for what nobody here listens to
        response = app.dispatch(request)
        content_type = response.first_headers().get("content-type", _PLAIN)
        return Answer(response.status, response.body or "", content_type)

    return handle


class Events:
    """The ASGI application behind `PATH`. Raises ValueError without a secret."""

    def __init__(self, handle: Handle, secret: str, clock: Callable[[], datetime]) -> None:
        if not secret:
            raise ValueError("without a signing secret anyone could speak as Slack")
        self._handle, self._secret, self._clock = handle, secret, clock
        self._replays: Replays[Answer] = Replays()
        # Its own: a busy Slack does not keep /readyz waiting.
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="answer")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one delivery."""
        answer = await self._answered(scope, receive)
        body = answer.body.encode()
        headers = [(b"content-length", b"%d" % len(body)), (b"content-type", answer.content_type.encode())]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answered(self, scope: Scope, receive: Receive) -> Answer:
        signed = signature_of(scope["headers"])
        if signed is None:
            return _stranger(scope, "it is not signed")
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            async with asyncio.timeout(_SECONDS_TO_SEND):
                body = await _body(headers.get("content-length", ""), receive)
        except (TimeoutError, ConnectionResetError):
            return Answer(400, "the body did not arrive")
        if body is None:
            return Answer(413, "over 1 MiB")
        now = self._clock()
        if (why := objection(self._secret, *signed, body, now)) is not None:
            return _stranger(scope, why)
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            return Answer(400, "not UTF-8")
        reference = hashlib.sha256(signed[1].encode()).hexdigest()
        passed = {name: value for name, value in headers.items() if name in _FORWARDED}

        def begin() -> asyncio.Future[Answer]:
            loop = asyncio.get_running_loop()
            return loop.run_in_executor(self._threads, _made, self._handle, text, passed, reference[:8])

        return await self._replays.once(reference, now, begin)


def _made(handle: Handle, body: str, headers: Mapping[str, str], reference: str) -> Answer:
    """Only 200, 400, 401 and 404 go out.

    Bolt answers 500 where a listener crashed. Slack shows a member nothing but "dispatch_failed" for that, so it
    becomes a 200 that says so: a slash command shows its text, a form stays open (an empty 200 would close it as if it
    had worked), a button ignores it.
    """
    with structlog.contextvars.bound_contextvars(request=reference):
        try:
            answer = handle(body, headers)
        except Exception:
            log.exception("a delivery crashed", reference=reference)
            return _went_wrong(reference)
        if answer.status in _LEAVES:
            return answer
        log.error("a delivery got a status that Slack cannot use", status=answer.status, reference=reference)
        return _went_wrong(reference)


def _went_wrong(reference: str) -> Answer:
    text = f"Something went wrong here, and it has been logged ({reference}). `/gpu mine` shows what stands."
    return Answer(200, json.dumps({"response_type": "ephemeral", "text": text}), "application/json")


async def _body(announced: str, receive: Receive) -> bytes | None:
    """The whole body, or None as soon as it is known to be over 1 MiB. Raises ConnectionResetError."""
    if announced.isdecimal() and (len(announced) > 9 or int(announced) > _LARGEST):
        return None
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionResetError("the client hung up")
        body += message.get("body", b"")
        if len(body) > _LARGEST:
            return None
        if not message.get("more_body", False):
            return bytes(body)


def _stranger(scope: Scope, why: str) -> Answer:
    """401. What was sent is not logged: it is somebody's text, and not to be trusted."""
    client = scope.get("client")
    log.warning("a delivery was refused", why=why, client=client[0] if client else "")
    return Answer(401, "not signed by Slack")
