"""Calendars as programs read them: whole, in UTC, and with nothing that a member could smuggle in."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import httpx
import icalendar
import pytest

from bot.booking.lifecycle import State
from bot.desk import Subscribed
from bot.errors import Busy
from bot.web import asgi
from bot.web.calendar import as_ics
from make import monday, reservation

NOW = monday(8)
ONE = reservation(reason="ablations; for bob, and\nEND:VCALENDAR\r\nX-EVIL:1 \N{SNOWMAN}")


def events(body: bytes) -> list[icalendar.Event]:
    return list(icalendar.Calendar.from_ical(body).walk("VEVENT"))


def test_each_reservation_is_an_event_in_utc() -> None:
    (event,) = events(as_ics(Subscribed("alice", (ONE,), {}), NOW))
    assert (event.start, event.end) == (ONE.window.start, ONE.window.end)
    assert event["uid"] == f"{ONE.label}@crunchtime"
    assert event["sequence"] == ONE.version
    assert event["status"] == "CONFIRMED"
    assert ONE.label in event["summary"]


def test_members_text_cannot_end_its_line() -> None:
    body = as_ics(Subscribed("a\r\nX-EVIL:1", (ONE,), {ONE.member: "al\r\nX-EVIL:1"}), NOW)
    assert not any(line.startswith(b"X-EVIL") for line in body.splitlines())
    (event,) = events(body)
    assert str(event["description"]).startswith("ablations; for bob, and\nEND:VCALENDAR")


def test_what_waits_for_an_admin_is_tentative_and_a_pool_s_names_its_holders() -> None:
    pending = replace(ONE, state=State.PENDING)
    (event,) = events(as_ics(Subscribed("a100", (pending,), {ONE.member: "alice"}), NOW))
    assert event["status"] == "TENTATIVE"
    assert str(event["summary"]).startswith("alice: ")


def asked(find: Callable[..., Subscribed | None], path: str, method: str = "GET") -> httpx.Response:
    pages = asgi(handle=None, signing_secret="", ready=lambda: None, clock=lambda: NOW, calendars=find)

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(pages), base_url="http://bot") as client:
            return await client.request(method, path)

    return asyncio.run(ask())


def alice_s(token: str, _: object) -> Subscribed | None:
    return Subscribed("alice", (ONE,), {}) if token == "right" else None


def test_the_right_token_opens_it_and_another_looks_like_any_unknown_path() -> None:
    answer = asked(alice_s, "/calendar/right.ics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert len(events(answer.content)) == 1
    wrong, unknown = asked(alice_s, "/calendar/wrong.ics"), asked(alice_s, "/nothing")
    assert (wrong.status_code, wrong.text) == (unknown.status_code, unknown.text) == (404, "not found")
    assert asked(alice_s, "/calendar/right.ics", "POST").status_code == 404


def test_a_busy_ledger_is_told_to_come_back() -> None:
    def busy(*_: object) -> Subscribed:
        raise Busy("busy")

    answer = asked(busy, "/calendar/right.ics")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")


@pytest.mark.parametrize("path", ["/calendar/.ics", "/calendar/a/b.ics", "/calendar/%00.ics", "/calendar/right"])
def test_odd_paths_are_unknown(path: str) -> None:
    assert asked(alice_s, path).status_code == 404
