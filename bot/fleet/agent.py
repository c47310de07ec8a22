"""The agent's pages: GET /v1/readings for who has the token, GET /healthz. Nothing can be written, nothing is run."""

import hmac
from collections.abc import Callable
from datetime import datetime

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.fleet.probe import Probe
from bot.fleet.wire import encoded

READINGS = "/v1/readings"


def pages(probe: Probe, token: str, clock: Callable[[], datetime]) -> Starlette:
    """The application. `probe` must answer at once (a Sampler does). Raises ValueError without a token."""
    if not token:
        raise ValueError("without a token anybody could read who runs what")
    wanted = f"Bearer {token}".encode()

    async def readings(request: Request) -> Response:
        sent = request.headers.getlist("authorization")
        # Compared in constant time, so that the answer's delay tells nothing of how much of it was right.
        if len(sent) != 1 or not hmac.compare_digest(sent[0].encode("latin-1"), wanted):
            return PlainTextResponse("wrong or no token", 401, {"WWW-Authenticate": "Bearer"})
        now = clock()
        return Response(encoded(probe.look(now), now), media_type="application/json")

    routes = [Route("/healthz", _alive, methods=["GET"]), Route(READINGS, readings, methods=["GET"])]
    made = Starlette(routes=routes, exception_handlers={HTTPException: _not_found})
    made.router.redirect_slashes = False
    return made


async def _alive(_: Request) -> Response:
    return PlainTextResponse("alive")


async def _not_found(_: Request, __: Exception) -> Response:
    return PlainTextResponse("not found", 404)
