"""Notices through a Slack that fails, by dispatchers that are killed: none is missing, none comes twice for nothing."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.booking.members import Member
from bot.booking.notices import Notice, NoticeKind
from bot.desk import Desk
from desks import booked
from make import lab, monday, node
from racing import PROCESSES
from storage.engine import open_engine
from storage.ledger import Ledger
from storage.people import KnownMember
from storage.tables import NOTICE
from storming import TEAM, Clock, FailingSlack, dispatch

DISPATCHERS = 3
EVERY = 0.2  # seconds between two kills
PATIENCE = 240.0  # seconds, of a machine that others use too
LAB = replace(lab(node("atlas", "a100", 64)), channel="")


@pytest.fixture
def ledger(database_url: str) -> Iterator[Ledger]:
    ledger = Ledger(open_engine(database_url))
    ledger.sync_gpus(LAB)
    yield ledger
    ledger.close()


def owe(desk: Desk, count: int, channels: int, people: int) -> None:
    """`count` notices, half of them to channels, half to people, of which several may go in one message."""
    members = [Member(f"U0M{number}", f"m{number}", "UTC") for number in range(people)]
    known = [KnownMember(TEAM, one.id, one.name, "UTC", bot=False, deleted=False, seen_at=monday()) for one in members]
    desk.remember(known, monday(7))
    held = [booked(desk, one, now=monday(7)) for one in members]
    with desk.ledger.writing() as book:
        for number in range(count):
            words = {"act": f"act {number}", "reason": f"notice {number}"}
            to, one, now = f"C0N{number // 2 % channels}", held[number // 2 % people], monday(8)
            about_none = Notice(NoticeKind.REPORT, to, 0, now, now, words)
            book.owe(about_none if number % 2 else Notice(NoticeKind.DECISION, one.member, one.id, now, now, words))


def unsent(ledger: Ledger) -> int:
    with ledger.engine.connect() as connection:
        return connection.scalar(select(func.count()).where(NOTICE.c.sent_at.is_(None))) or 0


@dataclass
class Kennel:
    """DISPATCHERS processes; whoever is killed is replaced at once."""

    url: str
    slack: FailingSlack
    kills: int = 0

    def __post_init__(self) -> None:
        self._chance = random.Random(7)
        self._running = [self._started() for _ in range(DISPATCHERS)]

    def kill_one(self) -> None:
        at = self._chance.randrange(DISPATCHERS)
        self._end(at)
        self._running[at] = self._started()
        self.kills += 1

    def kill_all(self) -> None:
        for at in range(DISPATCHERS):
            self._end(at)

    def _started(self):
        arguments = (self.url, self.slack.url, LAB, self.slack.clock)
        one = PROCESSES.Process(target=dispatch, args=arguments, daemon=True)
        one.start()
        return one

    def _end(self, at: int) -> None:
        self._running[at].kill()
        self._running[at].join()
        self._running[at].close()


@contextmanager
def kennel(url: str, slack: FailingSlack) -> Iterator[Kennel]:
    dogs = Kennel(url, slack)
    try:
        yield dogs
    finally:
        dogs.kill_all()


def test_in_a_storm_none_is_missing_none_comes_twice_for_nothing_and_slack_is_left_alone_when_it_asks(
    database_url: str, ledger: Ledger, rounds, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The server of forks looks for the dispatcher there before it is told of our path.
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent.parent))
    count, most_kills = rounds(40, 1000), rounds(5, 10_000)
    owe(Desk(ledger, LAB), count, channels=rounds(10, 40), people=rounds(10, 40))
    with FailingSlack(Clock(time.monotonic()), seed=11) as slack, kennel(database_url, slack) as dogs:
        began = time.monotonic()
        while unsent(ledger) and time.monotonic() - began < PATIENCE:
            time.sleep(EVERY)
            if dogs.kills < most_kills:
                dogs.kill_one()
    seconds, twice = time.monotonic() - began, sum(times > 1 for times in slack.taken().values())
    print(f"{count} notices, {twice} twice; {dogs.kills} kills in {seconds:.0f} s; {dict(slack.met)}")
    assert (unsent(ledger), dogs.kills > 0) == (0, True)
    assert set(slack.taken()) == set(range(count))
    assert slack.unexcused() == []
    assert slack.too_early == []
