"""The ASGI application: POST /slack/events behind the gate, health, metrics, calendars. Everything else is a 404."""

from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.web import agents, calendar
from bot.web.events import PATH, Events, Handle

log = structlog.get_logger()


def asgi(
    *,
    handle: Handle | None,
    signing_secret: str,
    ready: Callable[[], str | None],
    clock: Callable[[], datetime],
    metrics: Callable[[], str] | None = None,
    calendars: calendar.Find | None = None,
    at_nodes: agents.Answer | None = None,
    agent_token: str = "",
) -> ASGIApp:
    """The application. `handle` None (Socket Mode): no /slack/events. `ready`, run in a thread: why not, or None.

    `metrics`, run in a thread: Prometheus text. `calendars` finds what a calendar's token opens; None: there are none.
    `at_nodes` answers agents that have `agent_token`; without either there is no page for them.
    """
    routes = [Route("/healthz", _alive, methods=["GET"]), Route("/readyz", _readiness(ready), methods=["GET"])]
    if metrics is not None:
        routes.append(Route("/metrics", _metrics(metrics), methods=["GET"]))
    if calendars is not None:
        routes.append(Route(calendar.PATH, calendar.page(calendars, clock), methods=["GET"]))
    if at_nodes is not None and agent_token:
        routes.append(Route(agents.PATH, agents.page(at_nodes, agent_token, clock), methods=["POST"]))
    pages = Starlette(routes=routes, exception_handlers={HTTPException: _not_found})
    pages.router.redirect_slashes = False
    if handle is None:
        return pages
    events = Events(handle, signing_secret, clock)

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        slack = scope["type"] == "http" and scope["path"] == PATH and scope["method"] == "POST"
        await (events if slack else pages)(scope, receive, send)

    return application


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


def _metrics(metrics: Callable[[], str]) -> Callable[[Request], Awaitable[Response]]:
    async def told(_: Request) -> Response:
        try:
            return PlainTextResponse(await run_in_threadpool(metrics), media_type="text/plain; version=0.0.4")
        except Exception:
            log.exception("the metrics could not be told")
            return PlainTextResponse("the metrics could not be told; see the log", 503)

    return told


async def _not_found(_: Request, __: Exception) -> Response:
    """Unknown paths and wrong methods look the same from outside."""
    return PlainTextResponse("not found", 404)
