"""POST /agent/v1/line: what a node's agent asks for the people on it. Only for who has the agents' token."""

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Annotated, Any, Literal

import structlog
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

log = structlog.get_logger()

PATH = "/agent/v1/line"
_LARGEST = 4096
_SECONDS_TO_SEND = 5
# Few, and their own: however many jobs ask, Slack's deliveries do not wait for them.
_THREADS = 2
_MOST_UNDER_WAY = 64


def _plain(text: str) -> str:
    if not text.isprintable():
        raise ValueError("holds control characters")
    return text


Text = Annotated[str, AfterValidator(_plain), Field(max_length=500)]
Word = Annotated[str, AfterValidator(_plain), Field(max_length=64)]


class Ask(BaseModel):
    """What somebody on `node`, whose Linux user is `login`, wants.

    `text` is what `book` books; `reservation` ("R12", or "W3" that waits for one) what `release` and `here` are about;
    `job` is one run's own key, and `waits` whether it waits for the start, or, where all is full, for GPUs. `report` is
    what the job says of itself with `here` or `release` (see `bot.estimates.reports`).
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    act: Literal["mine", "book", "release", "here"]
    node: Word
    login: Word
    text: Text = ""
    reservation: str = Field("", pattern=r"^(?:[RW][0-9]{1,9})?$")
    job: str = Field("", pattern=r"^[0-9a-f]{0,32}$")
    waits: bool = False
    report: Text = ""


Answer = Callable[[Ask, datetime], Mapping[str, Any]]


def page(answer: Answer, token: str, clock: Callable[[], datetime]) -> Callable[[Request], Awaitable[Response]]:
    """The page. `answer` runs in a thread and may raise. Raises ValueError without a token."""
    if not token:
        raise ValueError("without a token anybody could book as anybody")
    wanted = f"Bearer {token}".encode()
    threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="agents")
    under_way = asyncio.Semaphore(_MOST_UNDER_WAY)

    async def line(request: Request) -> Response:
        sent = request.headers.getlist("authorization")
        if len(sent) != 1 or not hmac.compare_digest(sent[0].encode("latin-1"), wanted):
            return PlainTextResponse("wrong or no token", 401, {"WWW-Authenticate": "Bearer"})
        if under_way.locked():
            return PlainTextResponse("too many at once", 503)
        async with under_way:
            try:
                async with asyncio.timeout(_SECONDS_TO_SEND):
                    body = await _body(request)
            except (TimeoutError, ClientDisconnect):
                return PlainTextResponse("the body did not arrive", 400)
            if body is None:
                return PlainTextResponse(f"over {_LARGEST} bytes", 413)
            try:
                ask = Ask.model_validate_json(body)
            except ValidationError:
                return PlainTextResponse("not a request of an agent's", 400)
            try:
                return JSONResponse(await asyncio.get_running_loop().run_in_executor(threads, answer, ask, clock()))
            except Exception:
                log.exception("what an agent asked could not be answered", act=ask.act, node=ask.node)
                return PlainTextResponse("it went wrong; see the bot's log", 500)

    return line


async def _body(request: Request) -> bytes | None:
    """The whole body, or None as soon as it is too large."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST:
            return None
    return bytes(body)
