"""GET /calendar/TOKEN.ics: reservations as calendar programs subscribe to them (RFC 5545, by the library icalendar)."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot.booking.lifecycle import State
from bot.booking.model import Reservation
from bot.errors import Busy

if TYPE_CHECKING:
    import icalendar

    from bot.desk import Subscribed  # with all of SQL, which an agent's pages need not load

PATH = "/calendar/{token}.ics"
_OFTEN = timedelta(minutes=15)

# A token -> what it opens; None for nothing. Runs in a thread.
Find = Callable[[str, datetime], "Subscribed | None"]


def page(find: Find, clock: Callable[[], datetime]) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint. Whoever has the token may read; what a wrong one gets looks like any unknown path."""

    async def calendar(request: Request) -> Response:
        now = clock()
        try:
            found = await run_in_threadpool(find, request.path_params["token"], now)
        except Busy:
            return PlainTextResponse("busy; try again", 503, {"Retry-After": "60"})
        if found is None:
            raise HTTPException(404)
        headers = {"Cache-Control": "private, max-age=60"}
        return Response(as_ics(found, now), media_type="text/calendar; charset=utf-8", headers=headers)

    return calendar


def as_ics(found: "Subscribed", now: datetime) -> bytes:
    """The calendar, in UTC; members' text is escaped, so that it cannot end its line."""
    import icalendar  # noqa: PLC0415  only for those who subscribe

    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Crunchtime//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", icalendar.vText(" ".join(found.title.split())))
    calendar.add("refresh-interval", _OFTEN, parameters={"value": "DURATION"})
    for one in found.reservations:
        calendar.add_component(_event(one, found, now))
    return bytes(calendar.to_ical())


def _event(one: Reservation, found: "Subscribed", now: datetime) -> "icalendar.Event":
    import icalendar  # noqa: PLC0415

    event = icalendar.Event()
    event.add("uid", f"{one.label}@crunchtime")
    event.add("sequence", one.version)
    event.add("dtstamp", now)
    event.add("dtstart", one.window.start)
    event.add("dtend", one.window.end)
    event.add("summary", _said(one, found))
    event.add("status", "TENTATIVE" if one.state is State.PENDING else "CONFIRMED")
    if one.reason:
        event.add("description", one.reason)
    return event


def _said(one: Reservation, found: "Subscribed") -> str:
    nodes = " and ".join(dict.fromkeys(gpu.partition(":")[0] for gpu in one.gpus))
    said = f"{len(one.gpus)} × {one.pool} on {nodes} · {one.label}"
    name = found.names.get(one.member)
    waits = " (waits for an admin)" if one.state is State.PENDING else ""
    return f"{name}: {said}{waits}" if name else f"{said}{waits}"
