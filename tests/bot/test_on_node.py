"""On a node: its agent's socket, the bot behind it, and real commands under `crunchtime run`."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
import uvicorn

from bot.app import open_desk
from bot.at_nodes import AtNodes
from bot.booking.lifecycle import State
from bot.booking.model import Reservation
from bot.booking.observed import Device
from bot.desk import Desk
from bot.errors import BotError, Unreachable
from bot.fleet import local
from bot.fleet.local import Local
from bot.fleet.to_bot import ToBot
from bot.jobs.turnover import turnover
from bot.on_node.agent import Agent
from bot.on_node.env import env
from bot.web import asgi
from desks import booked, stands
from make import ALICE, BOB, CAROL, lab, monday, node, request
from storage.people import KnownMember
from storage.readings import Readings

ROOT = Path(__file__).parents[2]
TOKEN = "0123456789abcdef"
RUN = """
import sys
from pathlib import Path
from bot.on_node.run import Agent, Pace, Wish, run
sys.exit(run({wish}, Agent(Path({path!r})), lambda line: print(line, file=sys.stderr), {pace}))
"""
LAB = lab(node("atlas", "a100", 4), node("hermes", "a100", 4), node("titan", "3090", 4))
LOGINS = {"alice": ALICE.id, "bob": BOB.id}


@dataclass
class OnAtlas:
    """A bot and atlas' agent. `login`: who is on the node; `now`: what time it is for the bot."""

    desk: Desk
    path: Path
    now: datetime = field(default_factory=lambda: monday(8))
    login: str = "alice"
    url: str | None = None
    agents: list[Local] = field(default_factory=list)
    running: "list[subprocess.Popen[str]]" = field(default_factory=list)

    @property
    def agent(self) -> Agent:
        return Agent(self.path, seconds=5)

    def start(self) -> None:
        self.agents.append(Local(self.path, "Atlas", ToBot(self.url, TOKEN, seconds=5).ask))
        self.agents[-1].start()

    def turn(self, hour: float) -> None:
        self.now = monday(hour)
        turnover(self.desk, self.now)

    def run(self, *command: str, grace: float = 1, **wish: str | bool) -> "subprocess.Popen[str]":
        """`crunchtime run` with short times."""
        wish, pace = f"Wish({command!r}, **{wish!r})", f"Pace(waiting=0.1, running=0.1, grace={grace}, releasing=5)"
        whole = [sys.executable, "-c", RUN.format(wish=wish, path=str(self.path), pace=pace)]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        pipe = subprocess.PIPE
        self.running.append(subprocess.Popen(whole, env=environment, stdout=pipe, stderr=pipe, text=True))
        return self.running[-1]

    def booked(self, **of: object) -> Reservation:
        return booked(self.desk, wanted=replace(request(**{"start": 8, **of}), node="atlas"), now=self.now)


def seen(what: Callable[[], object]) -> None:
    """Wait until it holds."""
    until = time.monotonic() + 10
    while not what():
        assert time.monotonic() < until, "in vain"
        time.sleep(0.01)


@pytest.fixture
def there(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[OnAtlas]:
    desk = open_desk(sqlite_url, replace(LAB, logins=LOGINS))
    found = OnAtlas(desk, tmp_path / "agent.sock")
    monkeypatch.setattr(local, "login_of", lambda _: found.login)
    pages = asgi(
        handle=None,
        signing_secret="",
        ready=lambda: None,
        clock=lambda: found.now,
        at_nodes=AtNodes(desk).answer,
        agent_token=TOKEN,
    )
    server = uvicorn.Server(uvicorn.Config(pages, log_config=None, lifespan="off", ws="none"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        found.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        found.start()
        yield found
        for running in found.running:
            with running:  # closes its pipes
                running.kill()
        for agent in found.agents:
            agent.stop()
        server.should_exit = True
        thread.join(10)
        desk.ledger.close()


def test_env_shows_the_active_reservation_s_gpus_or_says_why_there_is_none(there: OnAtlas) -> None:
    def why() -> str:
        with pytest.raises(BotError) as caught:
            env(there.agent)
        return str(caught.value)

    assert "You have no reservation on atlas." in why()
    there.booked(count=2, start=9)
    assert why() == ("No reservation of yours has begun on atlas. R1 is from Mon 2 Nov 10:00 to 18:00 (Europe/Berlin).")
    there.turn(9)
    assert env(there.agent) == "export CUDA_DEVICE_ORDER=PCI_BUS_ID CUDA_VISIBLE_DEVICES=0,1"
    devices = [Device(f"GPU-{place}f", "atlas", place, place) for place in range(4)]
    Readings(there.desk.ledger).write([], devices, there.now)
    assert env(there.agent) == "export CUDA_VISIBLE_DEVICES=GPU-0f,GPU-1f"
    there.login = "mallory"
    assert why().endswith("`/gpu link mallory` in Slack.")
    there.login = "root"
    assert why() == "root is nobody's own login: use your own."


def test_a_command_gets_its_gpus_and_its_arguments_as_they_are_and_its_status_is_passed_on(there: OnAtlas) -> None:
    there.booked(count=1)
    show = "import os, sys; print(os.environ['CUDA_VISIBLE_DEVICES'], sys.argv[1:]); sys.exit(7)"
    arguments = ["--book", "x", "$(id)", "--", "a b", ""]
    done = subprocess.run(
        [sys.executable, "-m", "bot", "run", "--", sys.executable, "-c", show, *arguments],
        env=os.environ | {"CRUNCHTIME_AGENT_SOCKET": str(there.path), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (7, f"0 {arguments!r}\n"), done.stderr
    assert done.stderr == "crunchtime: R1 is released.\n"
    assert stands(there.desk, 1).state is State.RELEASED
    there.agents[0].stop()
    with pytest.raises(Unreachable, match="The agent of this node does not answer at "):
        env(there.agent)


def test_signals_reach_the_command_and_its_end_by_one_is_the_status(there: OnAtlas) -> None:
    there.booked(count=1)
    shell = "trap 'echo usr1' USR1; trap 'echo term; exit 5' TERM; echo up; while :; do sleep 0.02; done"
    running = there.run("sh", "-c", shell)
    assert running.stdout.readline() == "up\n"
    running.send_signal(signal.SIGUSR1)
    assert running.stdout.readline() == "usr1\n"
    running.send_signal(signal.SIGTERM)
    assert running.communicate(timeout=20)[0] == "term\n"
    assert running.returncode == 5
    assert stands(there.desk, 1).state is State.RELEASED
    there.booked(count=1)
    killed = there.run("sh", "-c", "kill -HUP $$")
    killed.communicate(timeout=20)
    assert killed.returncode == 128 + signal.SIGHUP


def test_it_books_and_waits_and_is_pulled_forward_in_the_night_when_gpus_fall_free(there: OnAtlas) -> None:
    there.turn(1)  # in Berlin it is 2 in the morning
    for place, who in (("atlas", BOB), ("hermes", CAROL)):
        wanted = replace(request(4, 2, 12, member=who.id), node=place)
        booked(there.desk, who, wanted, now=there.now)
    there.turn(2)
    running = there.run("sh", "-c", "echo on $CUDA_VISIBLE_DEVICES", book="2 a100 for 4h before tue 20:00")
    seen(lambda: there.desk._jobs)
    (mine,) = (one.reservation for one in there.desk.standing(ALICE, there.now))
    assert (mine.state, mine.window.start, mine.movable) == (State.BOOKED, monday(12), True)
    assert {gpu.partition(":")[0] for gpu in mine.gpus} == {"atlas"}
    there.turn(2.02)
    assert stands(there.desk, mine.id).state is State.BOOKED
    there.desk.release(CAROL, 2, there.now)
    there.turn(2.02)
    assert stands(there.desk, mine.id).state is State.BOOKED, "hermes is free, but the job is on atlas"
    there.desk.release(BOB, 1, there.now)
    there.turn(2.02)
    assert running.communicate(timeout=20)[0].startswith("on ")
    assert running.returncode == 0
    after = stands(there.desk, mine.id)
    assert (after.state, after.window.start) == (State.RELEASED, monday(2 + 1 / 60))


def test_who_gives_up_while_it_waits_has_not_booked(there: OnAtlas) -> None:
    running = there.run("echo", "never", book="1 a100 from 20:00 for 1h")
    seen(lambda: there.desk._jobs)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=20)
    assert (running.returncode, out) == (128 + signal.SIGINT, "")
    assert "R1, Mon 2 Nov 20:00 to 21:00 (Europe/Berlin), waits for its start" in err
    assert stands(there.desk, 1).state is State.CANCELLED


def full(there: OnAtlas, end: float = 12) -> Reservation:
    """Bob has all of atlas."""
    people = [KnownMember("T0LAB", BOB.id, "bob", BOB.zone, bot=False, deleted=False, seen_at=there.now)]
    there.desk.remember(people, there.now)
    wanted = request(4, (there.now - monday()) / timedelta(hours=1), end, member=BOB.id)
    return booked(there.desk, BOB, replace(wanted, node="atlas"), now=there.now)


def test_where_all_is_taken_it_waits_on_the_waitlist_and_begins_when_gpus_fall_free(there: OnAtlas) -> None:
    there.turn(2)  # in the night: a job is not woken
    bobs = full(there)
    running = there.run("sh", "-c", "echo on $CUDA_VISIBLE_DEVICES; exit 6", book="2 a100 for 4h")
    assert running.stderr.readline() == (
        "W1 waits for 2 × A100 on atlas for 4 h: next in line, expected Mon 2 Nov 13:00"
        " (Europe/Berlin). It begins as soon as it can. Ctrl-C leaves the waitlist.\n"
    )
    there.turn(3)
    assert [one.waiting.label for one in there.desk.waiting(there.now)] == ["W1"], "hermes is free, but the job is here"
    there.desk.release(BOB, bobs.id, there.now)
    out, err = running.communicate(timeout=20)
    assert (running.returncode, out, err.splitlines()[-1]) == (6, "on 0,1\n", "R2 is released.")
    after = stands(there.desk, 2)
    assert (after.state, after.window.start) == (State.RELEASED, monday(3))
    assert after.window.end <= monday(7), "four hours, from when they fell free"


def test_two_jobs_with_the_same_words_wait_each_for_gpus_of_its_own(there: OnAtlas) -> None:
    bobs = full(there)
    keys = ("a1", "a1", "b2")
    waits = [there.agent.ask("book", text="2 a100 for 4h", job=key, waits=True)["waiting"] for key in keys]
    assert waits == ["W1", "W1", "W2"]
    assert "next in line" in there.agent.ask("here", reservation="W1")["words"]
    assert "place 2 in line" in there.agent.ask("here", reservation="W2")["words"]
    there.desk.release(BOB, bobs.id, there.now)
    got = [there.agent.ask("here", reservation=one)["booked"] for one in ("W1", "W2")]
    assert got == ["R2", "R3"]
    assert there.agent.ask("book", text="2 a100 for 4h", job="a1", waits=True)["booked"] == "R2"
    there.login = "bob"
    for act in ("here", "release"):
        with pytest.raises(BotError, match="W1"):
            there.agent.ask(act, reservation="W1")


def test_who_gives_up_on_the_waitlist_leaves_it(there: OnAtlas) -> None:
    bobs = full(there)
    running = there.run("echo", "never", book="2 a100 for 4h")
    assert running.stderr.readline().startswith("W1 waits for ")
    running.send_signal(signal.SIGINT)
    assert running.communicate(timeout=20) == ("", "W1 has left the waitlist.\n")
    assert running.returncode == 128 + signal.SIGINT
    assert there.desk.waiting(there.now) == ()
    again = there.run("echo", "never", book="2 a100 for 4h")
    assert again.stderr.readline().startswith("W2 waits for ")
    there.desk.leave(ALICE, 2, there.now)  # in Slack
    _, err = again.communicate(timeout=20)
    assert again.returncode == 1
    assert "W2 does not wait any more: it was left." in err
    there.agent.ask("book", text="4 a100 for 4h", job="c3", waits=True)
    there.desk.release(BOB, bobs.id, there.now)
    assert stands(there.desk, 2).state is State.ACTIVE, "it had it already when it gave up"
    assert there.agent.ask("release", reservation="W3")["released"] is True
    assert stands(there.desk, 2).state is State.RELEASED


def test_who_will_not_wait_is_refused(there: OnAtlas) -> None:
    full(there)
    refused = there.run("echo", "never", book="2 a100 for 4h", wait=False)
    out, err = refused.communicate(timeout=20)
    assert (refused.returncode, out) == (1, "")
    assert "@bob has 4 until 13:00 · R1." in err
    assert there.desk.waiting(there.now) == ()


@pytest.mark.parametrize(("trap", "status"), [("exit 3", 3), ("", 128 + signal.SIGKILL)])
def test_where_somebody_is_next_the_command_is_asked_to_end_and_then_ended(
    there: OnAtlas, trap: str, status: int
) -> None:
    there.booked(count=4, end=10)
    booked(there.desk, BOB, replace(request(4, 10, 12, member=BOB.id), node="atlas"), now=there.now)
    running = there.run("sh", "-c", f"trap '{trap}' TERM; echo up; while :; do sleep 0.02; done", grace=0.5)
    assert running.stdout.readline() == "up\n"
    there.now = monday(10 - 0.4 / 3600)
    _, err = running.communicate(timeout=20)
    assert running.returncode == status, err
    assert "Somebody else is next on these GPUs" in err


def test_where_nobody_is_next_the_command_goes_on_past_its_end(there: OnAtlas, tmp_path: Path) -> None:
    there.booked(count=1, end=10)
    done = tmp_path / "done"
    running = there.run("sh", "-c", f"echo up; while [ ! -e {done} ]; do sleep 0.02; done")
    assert running.stdout.readline() == "up\n"
    there.turn(10)
    assert running.stderr.readline() == "R1 is ended. Nobody is next, so your command goes on.\n"
    done.touch()
    assert running.communicate(timeout=20) == ("", "")
    assert running.returncode == 0


def test_it_outlives_the_agent_and_the_bot(there: OnAtlas, tmp_path: Path) -> None:
    there.booked(count=1)
    done = tmp_path / "done"
    running = there.run("sh", "-c", f"echo up; while [ ! -e {done} ]; do sleep 0.02; done; exit 4")
    assert running.stdout.readline() == "up\n"
    there.agents[0].stop()
    assert not there.path.exists()
    time.sleep(0.3)
    done.touch()
    time.sleep(0.3)
    assert running.poll() is None, "it still has to give its GPUs back"
    there.start()
    running.communicate(timeout=20)
    assert running.returncode == 4
    assert stands(there.desk, 1).state is State.RELEASED


def test_what_was_asked_twice_is_booked_once(there: OnAtlas) -> None:
    first, again = (there.agent.ask("book", text="1 a100 for 2h", job="ab12") for _ in range(2))
    assert first["booked"] == again["booked"] == "R1"
    assert [one["id"] for one in again["reservations"]] == ["R1"]
    assert there.agent.ask("release", reservation="R1")["released"] is True
    assert there.agent.ask("release", reservation="R1")["released"] is False


REFUSED = {
    "2 3090 for 4h": "atlas has no 3090s.",
    "5 a100 for 4h": "atlas has 4 a100s.",
    "titan:0 for 4h": "These GPUs are not on atlas.",
    "2 a100": 'When, and for how long? Write it as in --book "2 a100 for 4h".',
    "1 a100 for 4h for @bob": "A job on a node runs on one's own GPUs. For somebody else book in Slack.",
    "1 a100 for 4h before wed in pieces of 1h": "A job that waits here cannot be cut into pieces. Book those in Slack.",
    "1 h100 for 1h": 'There is no pool "h100": the pools are a100 and 3090.',
    "4 a100 for 1h": 'you need 4 A100, none is free. @bob has 4 until 13:00 · R1.\n  --book "4 a100 2026-11-02T12:00Z/',
}


def test_what_cannot_be_booked_here_is_said_plainly(there: OnAtlas) -> None:
    people = [KnownMember("T0LAB", BOB.id, "bob", BOB.zone, bot=False, deleted=False, seen_at=there.now)]
    there.desk.remember(people, there.now)
    booked(there.desk, BOB, replace(request(4, 8, 12, member=BOB.id), node="atlas"), now=there.now)
    for text, words in REFUSED.items():
        with pytest.raises(BotError) as caught:
            there.agent.ask("book", text=text)
        assert not isinstance(caught.value, Unreachable)
        assert words in str(caught.value), text
        assert "<" not in str(caught.value)
    assert there.agent.ask("mine")["reservations"] == []


def test_nobody_is_somebody_else_by_saying_so(there: OnAtlas) -> None:
    bobs = booked(there.desk, BOB, request(1, 8, 12, member=BOB.id), now=there.now)
    for act in ("here", "release"):
        with pytest.raises(BotError, match="R1"):
            there.agent.ask(act, reservation=bobs.label, login="bob", member=BOB.id)
    assert there.agent.ask("mine", login="bob", node="titan") == {"node": "atlas", "reservations": []}
    assert stands(there.desk, bobs.id).state is State.ACTIVE


def test_the_socket_takes_no_nonsense_and_not_too_much(there: OnAtlas) -> None:
    for line in (b"\n", b"[]\n", b'{"act": 1}\n', b"x" * 5000 + b"\n", b"\xff\n", b'{"act": "revoke"}\n'):
        with socket.socket(socket.AF_UNIX) as caller:
            caller.connect(str(there.path))
            caller.sendall(line)
            assert json.loads(caller.recv(4096))["error"]["code"] == "refused", line
    for _ in range(local.MOST_A_MINUTE - 6):
        there.agent.ask("mine")
    with pytest.raises(Unreachable, match="You ask too often"):
        there.agent.ask("mine")
    with pytest.raises(FileExistsError, match="another agent"):
        there.start()


def test_only_agents_with_the_token_are_heard(there: OnAtlas) -> None:
    url = f"{there.url}/agent/v1/line"
    ask = {"act": "mine", "node": "atlas", "login": "alice"}
    good = {"Authorization": f"Bearer {TOKEN}"}
    for headers in ({}, {"Authorization": f"Bearer {TOKEN}x"}, {"Authorization": TOKEN}):
        assert httpx.post(url, json=ask, headers=headers).status_code == 401
    assert httpx.post(url, json=ask, headers=good).json() == {"node": "atlas", "reservations": []}
    for bad in ({"act": "revoke"}, {"login": "a\nb"}, {"reservation": "12; drop"}, {"text": "x" * 501}):
        assert httpx.post(url, json=ask | bad, headers=good).status_code == 400
    assert httpx.post(url, content=b"x" * 5000, headers=good).status_code == 413
    assert httpx.get(url, headers=good).status_code == 404
    wrong = ToBot(there.url, "another-token-of-16").ask(ask)
    assert wrong["error"]["text"].startswith("The bot has another CRUNCHTIME_AGENT_TOKEN")
    assert ToBot("http://127.0.0.1:9", TOKEN).ask(ask)["error"]["code"] == "unreachable"
    assert ToBot(None, TOKEN).ask(ask)["error"]["code"] == "set-up"
    closed = asgi(handle=None, signing_secret="", ready=lambda: None, clock=lambda: there.now, agent_token=TOKEN)
    assert all(getattr(route, "path", "") != "/agent/v1/line" for route in closed.routes)


def test_who_asks_is_whom_the_kernel_says() -> None:
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    serving = Local(folder / "a.sock", "atlas", lambda asked: {"login": asked["login"]})
    serving.start()
    asking = Agent(folder / "a.sock", seconds=5)
    try:
        assert asking.ask("mine", login="alice") == {"login": local.login_of(os.geteuid())}
        if os.geteuid() == 0:
            os.seteuid(4242)  # for a moment another user of the node
            try:
                assert asking.ask("mine", login="alice") == {"login": "4242"}
            finally:
                os.seteuid(0)
    finally:
        serving.stop()
        folder.rmdir()


def kept(there: OnAtlas) -> list[tuple[str, str, int, float]]:
    return [(one.name, one.pool, one.gpus, one.step_seconds) for one in there.desk.measured(there.now)]


def test_a_step_time_that_the_job_writes_is_kept_while_it_runs_and_how_long_it_ran_at_its_end(
    there: OnAtlas, tmp_path: Path
) -> None:
    there.booked(count=2)
    write = 'echo "step_seconds=$1 name=tiny-gpt" >> "$CRUNCHTIME_STEPS"'
    done = tmp_path / "done"
    shell = f"tell() {{ {write}; }}; tell 9; tell 0.5; tell 0.5; echo up; while [ ! -e {done} ]; do sleep 0.02; done"
    more = "; tell 0.25; tell 0.25; tell 0.25; tell 0.25; echo $CRUNCHTIME_STEPS; echo err >&2"
    running = there.run("sh", "-c", shell + more)
    seen(lambda: kept(there))
    assert kept(there) == [("tiny-gpt", "a100", 2, 0.5)]
    done.touch()
    out, err = running.communicate(timeout=20)
    assert (out.split()[0], err) == ("up", "err\nR1 is released.\n")
    assert kept(there) == [("tiny-gpt", "a100", 2, 0.25)], "the median; what came first, and is slow, counts little"
    with there.desk.ledger.reading() as book:
        hours, gpus = book.ran(1) or (0, 0)
        acts = [line.act for line in book.audited(9)]
    assert 0 < hours * 3600 < 20
    assert gpus == 2
    (last, first) = [act for act in acts if act.startswith("R1: tiny-gpt")]
    assert first == "R1: tiny-gpt takes 0.5 s a step"
    assert last.startswith("R1: tiny-gpt takes 0.25 s a step, and ended after ")
    assert not Path(out.split()[1]).exists(), "nothing is left behind"


def test_a_job_that_fails_or_writes_rubbish_leaves_no_measurement(there: OnAtlas) -> None:
    there.booked(count=1)
    rubbish = r"printf 'step_seconds=nan\nstep_seconds=-1\n\033[31mstep_seconds=1\033[0m\n\000\377\nstep_seconds=0.5'"
    running = there.run("sh", "-c", f'{rubbish} >> "$CRUNCHTIME_STEPS"; mv "$CRUNCHTIME_STEPS" /dev/null/x; exit 3')
    running.communicate(timeout=20)
    assert running.returncode == 3
    assert stands(there.desk, 1).state is State.RELEASED
    assert kept(there) == []
    with there.desk.ledger.reading() as book:
        assert book.ran(1) is None


def test_what_a_job_says_that_cannot_be_is_not_kept(there: OnAtlas) -> None:
    there.booked(count=2)
    there.booked(count=1, start=12)

    def says(report: str, reservation: str = "R1", job: str = "a1") -> None:
        there.agent.ask("here", reservation=reservation, job=job, report=report)

    says("step_seconds=0.5 name=x gpus=3")  # more than it has
    says("step_seconds=0.5")  # no name
    says("ran=500 name=x")  # it has not even begun so long ago
    says("step_seconds=0.5 name=x", "R2")  # which is ahead
    says("step_seconds=0.5 name=x", job="")
    assert kept(there) == []
    for job in range(30):
        says("step_seconds=0.5 name=x gpus=1", job=f"{job:x}")
    assert kept(there) == [("x", "a100", 1, 0.5)] * 20
    there.login = "bob"
    with pytest.raises(BotError, match="You have no R1"):
        says("step_seconds=0.1 name=y")
    with pytest.raises(BotError, match="not yours"):
        there.agent.ask("release", reservation="R1", job="b1", report="step_seconds=0.1 name=y")
    assert "y" not in {name for name, *_ in kept(there)}
