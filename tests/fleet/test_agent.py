"""The agent's pages, and what an agent says against what the bot takes."""

import asyncio
import json
import math
from datetime import timedelta
from typing import Any

import httpx
import pytest

from bot.booking.observed import Fault, Process
from bot.fleet.agent import READINGS, pages
from bot.fleet.probe import Report
from bot.fleet.wire import decoded, encoded
from gpus import reading, report
from make import monday

TOKEN = "0123456789abcdef"
PROCESS = Process(11, "alice", "python", 12_000, container="3f1b7c000000")
WHOLE = report(
    "atlas",
    reading("atlas:0", utilisation=97, temperature=70, power=398.5, ecc_errors=0, processes=(PROCESS,), busy=100),
    reading("atlas:1", throttled=("power cap",), mig=True, processes=None),
    reading("atlas:2", fault=Fault.LOST),
)


class Told:
    def __init__(self, said: Report) -> None:
        self.said = said

    def look(self, now) -> Report:
        return self.said


def ask(path: str = READINGS, headers: Any = None, method: str = "GET") -> httpx.Response:
    """One request to the agent's pages, without a network between."""

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(pages(Told(WHOLE), TOKEN, lambda: monday(8)))
        async with httpx.AsyncClient(transport=transport, base_url="http://atlas") as client:
            return await client.request(method, path, headers=headers)

    return asyncio.run(asked())


def test_who_has_the_token_gets_the_readings_and_the_bot_takes_them_as_they_were() -> None:
    answer = ask(headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    assert decoded(answer.content, "atlas", monday(8)) == WHOLE


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer 0123456789abcdeF"}, {"Authorization": TOKEN}, {"Authorization": "Bearer "}],
)
def test_nobody_else_gets_anything(headers: dict[str, str]) -> None:
    answer = ask(headers=headers)
    assert answer.status_code == 401
    assert "alice" not in answer.text


def test_a_header_that_is_no_text_is_wrong_and_no_crash() -> None:
    assert ask(headers=[(b"authorization", b"Bearer \xff\xfe")]).status_code == 401
    twice = [("authorization", f"Bearer {TOKEN}"), ("authorization", f"Bearer {TOKEN}")]
    assert ask(headers=twice).status_code == 401


def test_alive_needs_no_token_and_nothing_else_is_there() -> None:
    assert ask("/healthz").text == "alive"
    for method, path in [("POST", READINGS), ("PUT", READINGS), ("GET", "/"), ("GET", "/v1/readings/")]:
        answer = ask(path, {"Authorization": f"Bearer {TOKEN}"}, method)
        assert answer.status_code == 404, (method, path)


def test_no_agent_without_a_token() -> None:
    with pytest.raises(ValueError, match="token"):
        pages(Told(WHOLE), "", lambda: monday(8))


def test_an_old_report_of_a_driver_that_hangs_is_still_that() -> None:
    found = decoded(json.dumps(sent(age=4000.0, fault="hangs")).encode(), "atlas", monday(8))
    assert (found.fault, found.at) == (Fault.HANGS, monday(8) - timedelta(seconds=4000))


def test_the_clocks_of_two_hosts_need_not_agree() -> None:
    sent = encoded(WHOLE, monday(8.05))
    assert decoded(sent, "atlas", monday(20)).at == monday(19.95)


def sent(**of: Any) -> dict[str, Any]:
    whole: dict[str, Any] = json.loads(encoded(WHOLE, monday(8)))
    whole["gpus"][0] |= {key: value for key, value in of.items() if key in whole["gpus"][0]}
    return whole | {key: value for key, value in of.items() if key in whole}


@pytest.mark.parametrize(
    "of",
    [
        {"utilisation": math.nan},
        {"utilisation": 101},
        {"utilisation": -1},
        {"power": math.nan},
        {"power": math.inf},
        {"memory_used_mb": 10**20},
        {"temperature": "hot"},
        {"age": math.nan},
        {"age": -5.0},
        {"age": 1e12},
        {"age": 301.0},
        {"version": 2},
        {"uuid": "../../etc/passwd"},
        {"uuid": "GPU-" + "a" * 200},
        {"uuid": "GPU-atlas-1"},
        {"index": 1},
        {"index": 10**9},
        {"model": "A100\n\x1b[31m"},
        {"model": "x" * 1000},
        {"processes": [{"pid": -1, "login": "alice", "command": "x"}]},
        {"processes": [{"pid": 1, "login": "\u202ealice", "command": "x"}]},
        {"processes": [{"pid": 1, "login": "alice", "command": "x"}] * 1000},
        {"gpus": [{"uuid": "", "index": 0}] * 100},
        {"fault": "bored"},
        {"gpus": None},
    ],
    ids=lambda of: str(of)[:40],
)
def test_what_is_no_reading_is_refused_as_a_whole(of: dict[str, Any]) -> None:
    with pytest.raises(ValueError) as caught:
        decoded(json.dumps(sent(**of)).encode(), "atlas", monday(8))
    assert len(str(caught.value)) <= 200
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b"<html>"])
def test_what_is_no_report_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError):
        decoded(body, "atlas", monday(8))


def test_a_newer_agent_may_say_more() -> None:
    whole = sent() | {"fans": 3}
    whole["gpus"][0]["fan"] = 40
    assert decoded(json.dumps(whole).encode(), "atlas", monday(8)) == WHOLE


def test_the_node_is_who_was_asked_whatever_it_calls_itself() -> None:
    found = decoded(json.dumps(sent(node="somebody-else")).encode(), "atlas", monday(8))
    assert {one.node for one in found.readings} == {"atlas"}


def test_with_a_fault_no_value_is_taken_even_if_one_is_sent() -> None:
    found = decoded(json.dumps(sent(fault="hangs")).encode(), "atlas", monday(8))
    assert [(one.fault, one.utilisation, one.processes) for one in found.readings] == [
        (Fault.HANGS, None, None),
        (Fault.HANGS, None, None),
        (Fault.LOST, None, None),
    ]
