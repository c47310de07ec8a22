"""What is said of the simulated fleet: read, done, and refused where nothing is watched."""

from dataclasses import replace

import pytest

from bot.booking.observed import Fault
from bot.errors import InputError
from bot.sandbox.chat import Chat
from bot.sandbox.fleet import Hosts
from bot.sandbox.fleet_acts import Befall, FleetAct, Load, Run, Stop, do
from bot.sandbox.lab import sandbox_lab, with_logins
from bot.sandbox.script import Line, read_line
from make import monday
from sandbox.small_bot import SmallWorld

LAB = sandbox_lab()


@pytest.mark.parametrize(
    ("text", "who", "act"),
    [
        ("alice: run atlas:0,1 titan:2", "alice", Run("atlas:0,1 titan:2")),
        ("alice: idle", "alice", Load(False)),
        ("alice: busy", "alice", Load(True)),
        ("alice: stop", "alice", Stop()),
        ("lab: lose atlas:2", "lab", Befall("lose", "atlas:2")),
        ("Lab: silence atlas", "lab", Befall("silence", "atlas")),
        ("ada: restore atlas", "ada", Befall("restore", "atlas")),
    ],
)
def test_they_are_read(text: str, who: str, act: FleetAct) -> None:
    line = read_line(text, None)
    assert line == Line(who, text.partition(": ")[2], act)


def test_what_is_done_is_seen_by_who_looks() -> None:
    hosts = Hosts(LAB)

    def look(gpu: int) -> tuple[object, ...]:
        report = hosts.probe("atlas").look(monday(9))
        one = report.readings[gpu] if report.readings else None
        return (
            (report.fault,) if one is None else (one.utilisation, [job.login for job in one.processes or ()], one.fault)
        )

    assert do(Run("atlas:0,1"), "alice", hosts, LAB) == "alice's job runs on atlas:0, atlas:1."
    do(Run("atlas:1"), "bob", hosts, LAB)
    assert (look(0), look(1)) == ((95, ["alice"], None), (100, ["alice", "bob"], None))
    do(Load(False), "alice", hosts, LAB)
    assert look(0) == (0, ["alice"], None)
    do(Stop(), "alice", hosts, LAB)
    assert (look(0), look(1)) == ((0, [], None), (95, ["bob"], None))
    do(Befall("lose", "atlas:1"), "ada", hosts, LAB)
    assert look(1) == (None, [], Fault.LOST)
    do(Befall("restore", "atlas:1"), "ada", hosts, LAB)
    do(Befall("silence", "atlas"), "ada", hosts, LAB)
    assert look(1) == (Fault.UNREACHABLE,)
    do(Befall("restore", "atlas"), "ada", hosts, LAB)
    assert look(1) == (95, ["bob"], None)


@pytest.mark.parametrize(
    "act", [Run("atlas:9"), Run("nowhere"), Stop(), Load(True), Befall("lose", "atlas"), Befall("silence", "mars")]
)
def test_what_cannot_be_done_is_said(act: FleetAct) -> None:
    with pytest.raises(InputError):
        do(act, "alice", Hosts(LAB), LAB)


def test_where_nothing_is_watched_the_option_is_named(world: SmallWorld) -> None:
    told = Chat(world).say("alice: run atlas:0")
    assert "crunchtime try --fleet" in told[-1].text
    assert Chat(world).say("lab: /gpu free")[-1].text.startswith("  Nobody here is called")


def test_the_sandboxs_people_are_called_on_the_nodes_as_in_slack() -> None:
    there = with_logins(replace(LAB, logins={"alice": "U0BOB"}))
    assert (there.logins["bob"], there.logins["alice"]) == ("U0BOB", "U0BOB")
