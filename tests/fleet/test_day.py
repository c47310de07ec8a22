"""A day with the real thing, but for the cards and the time of day: agents as processes over the stub of the
driver's library, the bot's poll, desk and messages, `crunchtime run` as a process. docs/fleet-day.md simulates one."""

import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import uvicorn

from bot.at_nodes import AtNodes
from bot.booking.lab import Lab
from bot.booking.lifecycle import State
from bot.booking.observed import FindingKind
from bot.fleet.fleet import Fleet
from bot.fleet.remote import Agents
from bot.sandbox.lab import with_logins
from bot.web import asgi
from gpus import Card, Driver, around
from make import lab, monday
from worlds import Play, playing

ROOT = Path(__file__).parents[2]
TOKEN = "0123456789abcdef"
MINUTE = timedelta(minutes=1)
ALICES, ADAS, BOBS = 4_194_305, 4_194_306, 4_194_307  # pids, over the highest that Linux gives
# A minute of the agents is a part of a second, and they are told whose a pid is, since all is one user's here.
AGENT = """
import platform, sys
from dataclasses import replace
from functools import partial
from pathlib import Path
node, bind, logins = sys.argv[1:]
platform.node = lambda: node
from bot import clock, node as on
from bot.config import load_settings
from bot.fleet import local, processes, sampler
def process(pid, memory=None, *, compute=True):
    named = dict(line.split() for line in Path(logins).read_text().splitlines())
    return replace(processes.process_of(pid, memory, compute=compute), login=named.get(str(pid)))
sampler.LOOK_EVERY, sampler.WINDOW = 0.05, 0.15
on.Sampler, on.Nvml = partial(sampler.Sampler, every=0.05), partial(on.Nvml, process=process)
local.login_of = lambda _: "dan"
on.agent(load_settings(), clock.now, bind, None, None)
"""
RUN = """
import sys
from pathlib import Path
from bot.on_node.run import Agent, Pace, Wish, run
pace = Pace(waiting=0.25, running=0.25, grace=1, releasing=5)
wish = Wish(sys.argv[2:], book="2 a100 for 4h")
sys.exit(run(wish, Agent(Path(sys.argv[1])), lambda line: print(line, file=sys.stderr, flush=True), pace))
"""


@dataclass
class Host:
    """A node: its cards, and its agent, a process."""

    name: str
    folder: Path
    library: Path
    bot_url: str
    port: int = 0
    jobs: dict[int, tuple[str, tuple[int, ...], int]] = field(default_factory=dict)  # by pid: whose, where, how busy
    lost: set[int] = field(default_factory=set)
    process: "subprocess.Popen[bytes] | None" = None

    def __post_init__(self) -> None:
        self.port = free_port()
        self.driver = Driver(self.folder / f"{self.name}.gpus")
        self.show()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def socket(self) -> Path:
        return self.folder / f"{self.name}.sock"

    def start(self) -> None:
        logins = str(self.folder / f"{self.name}.logins")
        command = [sys.executable, "-c", AGENT, self.name, f"127.0.0.1:{self.port}", logins]
        environment = around(self.library, self.driver.path) | {
            "CRUNCHTIME_AGENT_TOKEN": TOKEN,
            "CRUNCHTIME_AGENT_SOCKET": str(self.socket),
            "CRUNCHTIME_BOT_URL": self.bot_url,
            "PYTHONPATH": str(ROOT),
        }
        self.process = subprocess.Popen(command, cwd=self.folder, env=environment, stderr=subprocess.DEVNULL)

    def die(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def runs(self, login: str, pid: int, *gpus: int, load: int = 95) -> None:
        self.jobs[pid] = (login, gpus, load)
        self.show()

    def ends(self, pid: int) -> None:
        del self.jobs[pid]
        self.show()

    def loses(self, gpu: int) -> None:
        self.lost.add(gpu)
        self.show()

    def show(self) -> None:
        """What its driver says from now on."""
        logins = "\n".join(f"{pid} {login}" for pid, (login, *_) in self.jobs.items())
        (self.folder / f"{self.name}.logins").write_text(logins)
        self.driver.set(*(self._card(number) for number in range(4)))

    def _card(self, number: int) -> Card:
        here = {pid: load for pid, (_, gpus, load) in self.jobs.items() if number in gpus}
        return Card(
            f"GPU-{self.name}-{number}",
            utilisation=min(100, sum(here.values())),
            used_mb=4 + 8000 * len(here),
            processes=tuple((pid, 8000, "C") for pid in here),
            rules=("fail nvmlDeviceGetMemoryInfo 15",) if number in self.lost else (),
        )

    def seen(self, asking: Agents, now: datetime) -> bool:
        """Whether its agent has seen all that its driver says."""
        report = asking.ask({self.name: self.url}, lambda: now)[self.name]
        found = {
            one.index: None if one.fault else (one.utilisation, {process.pid for process in one.processes or ()})
            for one in report.readings
        }
        return found == {
            number: None if number in self.lost else (card.utilisation, {pid for pid, *_ in card.processes})
            for number, card in enumerate(self.driver.cards)
        }


@dataclass
class Day:
    """The lab on that day."""

    play: Play
    hosts: dict[str, Host]
    asking: Agents

    def says(self, line: str) -> str:
        return self.play.say(line)

    def passes(self, minutes: int) -> str:
        """Minute by minute, once the agents have seen how things are; what goes out meanwhile."""
        for host in self.hosts.values():
            if host.process is not None and host.process.poll() is None:
                eventually(partial(host.seen, self.asking, self.play.world.clock()))
        return self.says(f"ada: advance {minutes}m")

    def leaps(self, minutes: int, *, by: int) -> None:
        """A time of which only some minutes are looked at."""
        for _ in range(minutes // by):
            self.play.world.clock.move(by * MINUTE)
            self.play.world.settle()

    def stands(self, id_: int) -> State:
        return next(one.state for one in self.play.reservations() if one.id == id_)


class Real:
    """The hosts, as the world asks for them."""

    def __init__(self, of: Lab) -> None:
        self._lab = of

    def fleet(self, clock: Callable[[], datetime]) -> Fleet:
        return Fleet(self._lab.nodes, Agents(TOKEN, seconds=20), lambda _: pytest.fail("no node is local"), clock)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def eventually(what: Callable[[], object]) -> None:
    until = time.monotonic() + 20
    while not what():
        assert time.monotonic() < until, "in vain"
        time.sleep(0.02)


@pytest.fixture
def day(tmp_path: Path, library: Path, sqlite_url: str) -> Iterator[Day]:
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    hosts = {name: Host(name, tmp_path, library, url) for name in ("atlas", "titan")}
    for host in hosts.values():
        host.start()
    plain = lab()
    nodes = tuple(replace(node, agent=hosts[node.name].url) for node in plain.nodes)
    whole = with_logins(replace(plain, nodes=nodes))
    asking = Agents(TOKEN, seconds=20)
    try:
        # Half past: however old a reading is, it is of the minute in which it was asked for.
        now = monday(8) + MINUTE / 2
        with playing(sqlite_url, now=now, lab=whole, hosts=Real(whole)) as play, serving(play, listener):  # type: ignore[arg-type]
            yield Day(play, hosts, asking)
    finally:
        asking.close()
        for host in hosts.values():
            host.die()


@contextmanager
def serving(play: Play, listener: socket.socket) -> Iterator[None]:
    """The bot's page for agents."""
    pages = asgi(
        handle=None,
        signing_secret="",
        ready=lambda: None,
        clock=play.world.clock,
        at_nodes=AtNodes(play.bot.desk).answer,
        agent_token=TOKEN,
    )
    server = uvicorn.Server(uvicorn.Config(pages, log_config=None, lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    yield
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def dans(day: Day, tmp_path: Path) -> "Iterator[Callable[[], subprocess.Popen[str]]]":
    """`crunchtime run --book` of dan's on atlas: a job that says its pid and its GPUs, and ends when it may."""
    begun: list[subprocess.Popen[str]] = []

    def begin() -> "subprocess.Popen[str]":
        shell = f"echo $$ $CUDA_VISIBLE_DEVICES; while [ ! -e {tmp_path / 'done'} ]; do sleep 0.02; done; exit 3"
        command = [sys.executable, "-c", RUN, str(day.hosts["atlas"].socket), "sh", "-c", shell]
        environment, pipe = os.environ | {"PYTHONPATH": str(ROOT)}, subprocess.PIPE
        begun.append(subprocess.Popen(command, env=environment, stdout=pipe, stderr=pipe, text=True))
        return begun[-1]

    yield begin
    for process in begun:
        with process:
            process.kill()


def test_a_day_with_the_real_thing(day: Day, dans: "Callable[[], subprocess.Popen[str]]", tmp_path: Path) -> None:
    atlas, titan = day.hosts["atlas"], day.hosts["titan"]
    for host in (atlas, titan):
        eventually(partial(host.seen, day.asking, monday(8)))
    day.says("alice: /gpu book atlas:0,1 now for 8h")  # R1
    day.says("ada: /gpu book atlas:2,3 now for 3h")  # R2
    atlas.runs("alice", ALICES, 0, 1)
    atlas.runs("ada", ADAS, 2, 3)
    day.passes(2)

    run = dans()
    assert run.stderr.readline() == (
        "W1 waits for 2 × A100 on atlas for 4 h: next in line, expected Mon 2 Nov 11:00 (UTC)."
        " It begins as soon as it can. Ctrl-C leaves the waitlist.\n"
    )
    assert "Place 2 among those who wait" in day.says("carol: /gpu wait 1 a100 now for 2h")  # W2

    # Bob runs without a reservation, hears of it before anybody else does, and books it with one click.
    titan.runs("bob", BOBS, 0)
    atlas.ends(ALICES)
    told = day.passes(12)
    assert "@bob (DM):\n      You run as bob on titan:0 without a reservation." in told
    assert "gpu-admins" not in told
    assert "1 × 3090 on titan is yours" in day.says("bob: click 1")  # R3

    # Alice's have been idle for an hour while others wait: she is asked, keeps one, and carol is offered the other.
    assert "quiet" not in day.passes(44)
    told = day.passes(4)
    assert "@alice (DM):\n      Your 2 × A100 on atlas have been quiet for 1 h. R1. Someone is waiting." in told
    told = day.says("alice: click 2")
    assert "R1 keeps 1 × A100 on atlas" in told
    assert "@carol (DM):\n      1 × A100 on atlas is free for you" in told  # R4
    assert "is yours" in day.says("carol: click 1")
    assert run.poll() is None, "dan needs two, and waits on"

    # Ada's come free two hours early: dan's job, a process, begins on them, runs, and gives them back.
    atlas.ends(ADAS)
    assert "R5 booked · @dan" in day.says("ada: /gpu release R2")
    pid, devices = run.stdout.readline().split()
    assert devices == "GPU-atlas-2,GPU-atlas-3"
    atlas.runs("dan", int(pid), 2, 3)
    assert "@dan" not in day.passes(3), "he has what he runs on"
    (tmp_path / "done").touch()
    printed, told = run.communicate(timeout=20)
    # Where it asked in the moment between ada's release and its own turn, it heard how soon that is.
    assert (printed, re.sub(r"\AW1 waits for [^\n]*: next in line, [^\n]*\n", "", told)) == ("", "R5 is released.\n")
    assert run.returncode == 3
    assert day.stands(5) is State.RELEASED
    atlas.ends(int(pid))

    # A GPU is lost: the admins are asked, and who would have had it next gets another.
    assert "1 × 3090 on titan is yours" in day.says("dan: /gpu book 1 3090 in 30m for 2h")  # R6
    (next_,) = (one.gpus for one in day.play.reservations() if one.id == 6)
    titan.loses(int(next_[0][-1]))
    assert f"#gpu-admins:\n      1 GPU is gone: {next_[0]}." in day.passes(3)
    told = day.says("ada: click 1")
    assert f"{next_[0]} is out of service" in told
    assert "@dan (DM):\n      R6 has other GPUs, because of an outage" in told

    # The agent of atlas dies. Alice's job ends in that time, but nobody sees it, and nothing is concluded.
    atlas.runs("alice", ALICES, 0)
    day.passes(5)
    since = f"since {day.play.world.clock().astimezone(ZoneInfo('Europe/Berlin')):%H:%M}"
    atlas.die()
    atlas.ends(ALICES)
    assert "No readings: atlas:0,1,2,3." in day.passes(25)
    day.leaps(70, by=5)
    assert f"A100 · no reading {since}" in day.says("ada: /gpu who")
    assert f"No reading {since}: atlas:0,1,2,3" in day.says("ada: /gpu free")
    assert day.stands(1) is State.ACTIVE
    assert [one.gpus for one in day.play.reservations() if one.id == 1] == [("atlas:0",)]
    found = [one.finding for one in day.play.bot.desk.findings(day.play.world.clock())]
    assert {one.kind for one in found if one.gpu.startswith("atlas:")} == {FindingKind.MISSING}
