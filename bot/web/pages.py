"""The ASGI application: POST /slack/events behind the gate, GET /healthz, GET /readyz. Everything else is a 404."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog
from anyio import CapacityLimiter, to_thread
from slack_bolt import App, BoltRequest
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.web.gate import Replays, objection, signature_of

log = structlog.get_logger()

_LARGEST = 1024 * 1024
_SECONDS_TO_SEND = 10
# Answers are computing, one after the other before the ledger: more threads only quarrel about the interpreter
# (24 people at once: p50 42 ms with 4, 52 ms with 40). What waits for Slack waits elsewhere.
_THREADS = 4
_FORWARDED = ("content-type", "x-slack-request-timestamp", "x-slack-signature", "x-slack-retry-num")
_PLAIN = "text/plain; charset=utf-8"
_LEAVES = frozenset({200, 400, 401, 404})


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back for one delivery."""

    status: int
    body: str
    content_type: str = _PLAIN


# Raw body and headers (lower-case names) -> the answer. Runs in a thread; may raise.
Handle = Callable[[str, Mapping[str, str]], Answer]


def bolt(app: App) -> Handle:
    """Hands deliveries to a Bolt app. Nothing that Slack has not signed goes in: no query, none but its own headers."""

    def handle(body: str, headers: Mapping[str, str]) -> Answer:
        try:
            request = BoltRequest(body=body, headers=dict(headers))
        except Exception:  # whatever its parser stumbles over: signed, but no payload of Slack's
            return Answer(400, "not a payload of Slack's")
        response = app.dispatch(request)
        content_type = response.first_headers().get("content-type", _PLAIN)
        return Answer(response.status, response.body or "", content_type)

    return handle


def asgi(
    *,
    handle: Handle | None,
    signing_secret: str,
    ready: Callable[[], str | None],
    clock: Callable[[], datetime],
) -> Starlette:
    """The application. `handle` None (Socket Mode): no /slack/events. `ready`, run in a thread: why not, or None."""
    routes = [Route("/healthz", _alive, methods=["GET"]), Route("/readyz", _readiness(ready), methods=["GET"])]
    if handle is not None:
        if not signing_secret:
            raise ValueError("without a signing secret anyone could speak as Slack")
        routes.append(Route("/slack/events", _events(handle, signing_secret, clock), methods=["POST"]))
    app = Starlette(routes=routes, exception_handlers={HTTPException: _not_found})
    app.router.redirect_slashes = False
    return app


def _events(handle: Handle, secret: str, clock: Callable[[], datetime]) -> Callable[[Request], Awaitable[Response]]:
    replays: Replays[Answer] = Replays()
    threads = CapacityLimiter(_THREADS)  # its own: a busy Slack does not keep /readyz waiting

    async def events(request: Request) -> Response:
        signed = signature_of(request.headers)
        if signed is None:
            return _stranger(request, "it is not signed")
        try:
            async with asyncio.timeout(_SECONDS_TO_SEND):
                body = await _body(request)
        except (TimeoutError, ClientDisconnect):
            return PlainTextResponse("the body did not arrive", 400)
        if body is None:
            return PlainTextResponse("over 1 MiB", 413)
        now = clock()
        if (why := objection(secret, *signed, body, now)) is not None:
            return _stranger(request, why)
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            return PlainTextResponse("not UTF-8", 400)
        headers = {name: request.headers[name] for name in _FORWARDED if name in request.headers}
        key = hashlib.sha256(signed[1].encode()).hexdigest()

        async def work() -> Answer:
            with structlog.contextvars.bound_contextvars(request=key[:8]):
                return await to_thread.run_sync(_answer, handle, text, headers, key[:8], limiter=threads)

        answer = await replays.once(key, now, work)
        return Response(answer.body, answer.status, media_type=answer.content_type)

    return events


def _answer(handle: Handle, body: str, headers: Mapping[str, str], reference: str) -> Answer:
    """Only 200, 400, 401 and 404 go out.

    Bolt answers 500 where a listener crashed. Slack shows a member nothing but "dispatch_failed" for that, so it
    becomes a 200 that says so: a slash command shows its text, a form stays open (an empty 200 would close it as if it
    had worked), a button ignores it.
    """
    try:
        answer = handle(body, headers)
    except Exception:
        log.exception("a delivery crashed", reference=reference)
        return _went_wrong(reference)
    if answer.status in _LEAVES:
        return answer
    log.error("a delivery was answered with a status that Slack cannot use", status=answer.status, reference=reference)
    return _went_wrong(reference)


def _went_wrong(reference: str) -> Answer:
    text = f"Something went wrong here, and it has been logged ({reference}). `/gpu mine` shows what stands."
    page = JSONResponse({"response_type": "ephemeral", "text": text})
    return Answer(200, bytes(page.body).decode(), "application/json")


async def _body(request: Request) -> bytes | None:
    """The whole body, or None as soon as it is known to be over 1 MiB."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and (len(announced) > 9 or int(announced) > _LARGEST):
        return None
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST:
            return None
    return bytes(body)


def _stranger(request: Request, why: str) -> Response:
    """401. What was sent is not logged: it is somebody's text, and not to be trusted."""
    log.warning("a delivery was refused", why=why, client=request.client.host if request.client else "")
    return PlainTextResponse("not signed by Slack", 401)


async def _alive(_: Request) -> Response:
    return PlainTextResponse("alive")


def _readiness(ready: Callable[[], str | None]) -> Callable[[Request], Awaitable[Response]]:
    async def readiness(_: Request) -> Response:
        try:
            reason = await run_in_threadpool(ready)
        except Exception:
            log.exception("readiness could not be told")
            reason = "readiness could not be told; see the log"
        return PlainTextResponse("ready") if reason is None else PlainTextResponse(reason, 503)

    return readiness


async def _not_found(_: Request, __: Exception) -> Response:
    """Unknown paths and wrong methods look the same from outside."""
    return PlainTextResponse("not found", 404)
