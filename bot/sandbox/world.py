"""The sandbox's world: a workspace and a bot on one machine, with a clock of their own."""

import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from slack_sdk import WebClient

from bot.app import Bot, build, open_desk
from bot.booking.digest import next_hour
from bot.booking.lab import Lab
from bot.booking.lifecycle import State
from bot.booking.model import MINUTE
from bot.desk import Desk
from bot.desk.admins import is_group
from bot.introducing import Team
from bot.sandbox.delivery import Deliver
from bot.sandbox.fleet import Hosts
from bot.sandbox.lab import ADMIN_CHANNEL, LAB_CHANNEL, PEOPLE
from bot.sandbox.slack.people import Channel, Person
from bot.sandbox.slack.state import BOT_ID
from bot.sandbox.training import Train, Trainings
from bot.sandbox.workspace import Workspace
from bot.watching import watching
from bot.web import bolt
from bot.web.agents import Answer
from handlers.courier import Courier

_LEAPS = (timedelta(hours=6), timedelta(hours=1))


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._lock = threading.Lock()

    def __call__(self) -> datetime:
        with self._lock:
            return self._now

    def move(self, by: timedelta) -> None:
        """On by that much."""
        with self._lock:
            self._now += by


class SandboxWorld:
    """See `bot.sandbox.as_seen.World`. Deliveries go through the real Bolt app, messages over real HTTP."""

    def __init__(
        self, workspace: Workspace, bot: Bot, clock: Clock, hosts: Hosts | None = None, at_nodes: Answer | None = None
    ) -> None:
        self.workspace = workspace
        self._trainings = Trainings(bot.desk.lab, at_nodes, hosts)
        self.hosts = hosts
        self.lab = bot.desk.lab
        self.bot = bot
        self.clock = clock
        self._absent: set[str] = set()
        self.deliver: Deliver = self._deliver
        self._handle = bolt(bot.app)
        self._digest = next_hour(bot.desk.lab, clock())
        self._month = self._next_month()

    def advance(self, by: timedelta) -> None:
        """Minute by minute, doing what becomes due; a time in which nothing does passes at once."""
        end = self.clock() + by
        while (left := end - self.clock()) > timedelta():
            if self._digest is not None:
                left = min(left, self._digest - self.clock())
            left = min(left, self._month - self.clock())
            quiet = (span for span in (left, *_LEAPS) if span <= left and not self._due(self.clock() + span))
            self.clock.move(next(quiet, min(MINUTE, left)))
            self.settle()

    def _due(self, at: datetime) -> bool:
        """Whether anything will be due by then. What is due stays so, hence this says that nothing is in between."""
        if self.bot.watching is not None:
            return True  # every minute is looked at
        if self._trainings.due(at):
            return True
        desk = self.bot.desk
        with desk.ledger.reading() as book:
            if book.due(at, desk.lab.policy.approval_timeout) or book.oldest_due(at) is not None:
                return True
        nobody_there = any(
            one.state is State.ACTIVE or one.window.start <= at
            for member in self._absent
            for one in desk.mine(member, self.clock())
        )
        return nobody_there or desk.waitlist_due(at) or desk.outage_due(at) or desk.reminders_due(self.clock(), at)

    def settle(self) -> None:
        """Time does its work, and what is owed goes out."""
        now = self.clock()
        self._trainings.settle(now)
        self.bot.poll(now)
        self.bot.turnover(now)
        held = (one for member in self._absent for one in self.bot.desk.mine(member, now))
        self.bot.desk.unseen([one.id for one in held if one.state is State.ACTIVE], now)
        # Of a day on which the world began after the hour there is none: nobody was there for it.
        if self._digest is not None and self._digest <= now:
            self.bot.digest(now)
            self._digest = next_hour(self.bot.desk.lab, now)
        if self._month <= now:
            self.bot.month(now)
        self._month = self._next_month()
        while self.bot.deliver(now):
            pass  # what was sent may owe more: the digest its thread
        self.bot.home(now)

    def _next_month(self) -> datetime:
        """When a month's report, or the pulse, is due next."""
        now, desk = self.clock(), self.bot.desk
        return min(desk.next_month_at(now), desk.next_pulse_at(now))

    def stay_away(self, person: str, away: bool) -> None:
        """Whether the person's GPUs are seen to be unused, as long as they stay away; by default nobody looks."""
        (self._absent.add if away else self._absent.discard)(person)

    def train(self, login: str, act: Train) -> str:
        """See `Trainings.begin`."""
        return self._trainings.begin(login, act, self.clock())

    def _deliver(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
        # Nothing happens at the very instant of something else: notices of two changes are told apart by theirs.
        self.clock.move(timedelta(milliseconds=1))
        answer = self._handle(body.decode(), {name.lower(): value for name, value in headers.items()})
        return answer.status, answer.body


@contextmanager
def opened(
    lab: Lab,
    now: datetime,
    database_url: str | None = None,
    hosts: Hosts | None = None,
    at_nodes: Callable[[Desk], Answer] | None = None,
) -> Iterator[SandboxWorld]:
    """A world that begins at `now`. Without a database, a scratch one that goes with the world.

    `hosts`: what its GPUs are doing; without them they are not watched. `at_nodes`: what answers the nodes' agents;
    without it no job in `crunchtime run` can be acted.
    """
    clock = Clock(now)
    with tempfile.TemporaryDirectory(prefix="crunchtime-") as folder:
        desk = open_desk(database_url or f"sqlite:///{Path(folder) / 'sandbox.db'}", lab)
        try:
            with Workspace(_people(lab), _channels(lab), clock) as workspace:
                client = WebClient(token=workspace.token, base_url=workspace.api_url)
                watched = watching(hosts.fleet(clock), desk.ledger, lab.policy) if hosts is not None else None
                bot = build(desk, client, Team(workspace.team, workspace.bot.id, BOT_ID), clock, Courier(), watched)
                desk.gpus_left(now)
                desk.take_file(now)
                bot.people.learn_all(now)
                bot.groups.refresh()
                world = SandboxWorld(workspace, bot, clock, hosts, at_nodes(desk) if at_nodes is not None else None)
                world.settle()
                yield world
        finally:
            desk.ledger.close()


def _people(lab: Lab) -> list[Person]:
    """The sandbox's own five; of another lab's admins those that are none of them, by their ids."""
    known = {person.id for person in PEOPLE}
    return [
        *PEOPLE,
        *(Person(id_, id_.lower(), lab.timezone) for id_ in lab.admins if id_ not in known and not is_group(id_)),
    ]


def _channels(lab: Lab) -> list[Channel]:
    everyone = frozenset({person.id for person in _people(lab)} | {BOT_USER})
    admins = frozenset({*lab.admins, BOT_USER})
    return [
        Channel(lab.channel or LAB_CHANNEL, "gpus", everyone),
        Channel(lab.admin_channel or ADMIN_CHANNEL, "gpu-admins", admins, private=True),
    ]


BOT_USER = "U0CRUNCH"
