"""Jobs that are acted in the sandbox, as the bot hears of them from a node's agent."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.errors import InputError
from bot.sandbox.fleet import Hosts
from bot.sandbox.lab import sandbox_lab
from bot.sandbox.script import read_line
from bot.sandbox.training import Train, Trainings
from bot.web.agents import Ask
from make import monday

LAB = sandbox_lab()
NOW = monday(8)


def test_a_job_says_once_how_long_its_steps_take_and_releases_at_its_end() -> None:
    heard: list[Ask] = []

    def answer(ask: Ask, now: datetime) -> Mapping[str, Any]:
        if ask.act == "mine":
            mine = {"id": "R1", "state": "active", "gpus": ["atlas:0", "atlas:1"]}
            return {"reservations": [mine] if ask.node == "atlas" else []}
        heard.append(ask)
        return {}

    hosts = Hosts(LAB)
    there = Trainings(LAB, answer, hosts)
    assert there.begin("alice", Train(1000, "tiny", 3.6), NOW) == "alice's job tiny runs on atlas:0, atlas:1 for R1."
    with pytest.raises(InputError, match="no GPUs now on which nothing runs"):
        there.begin("alice", Train(1000, "tiny", 3.6), NOW)
    assert len(hosts.jobs_of("alice")) == 1
    assert not there.due(NOW)
    for minutes in (1, 2, 62):
        there.settle(NOW + timedelta(minutes=minutes))
    assert not there.due(NOW + timedelta(minutes=62))
    there.settle(NOW + timedelta(minutes=63))
    assert [(ask.act, ask.reservation, ask.report) for ask in heard] == [
        ("here", "R1", "step_seconds=3.6 name=tiny gpus=2"),
        ("release", "R1", "step_seconds=3.6 name=tiny gpus=2 ran=3780"),
    ]
    assert len({ask.job for ask in heard}) == 1
    assert hosts.jobs_of("alice") == []


@pytest.mark.parametrize(
    "said",
    ["", "10 steps", "0 steps of x at 1s", "10 steps of <!x> at 1s", "10 steps of x at 0s"],
)
def test_what_is_no_job_is_said_with_an_example(said: str) -> None:
    with pytest.raises(InputError, match="how long does a step take") as caught:
        read_line(f"alice: train {said}", None)
    assert caught.value.example == "alice: train 10000 steps of tiny-gpt at 0.42s"


def test_where_nobody_answers_the_nodes_it_is_said() -> None:
    with pytest.raises(InputError, match="nobody answers the nodes"):
        Trainings(LAB, None).begin("alice", Train(10, "x", 1), NOW)
