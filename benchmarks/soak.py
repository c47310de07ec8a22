"""Half an hour of a busy lab: whether memory, latency, files, threads and connections of `crunchtime serve` stay flat.

    uv run python benchmarks/soak.py [--minutes 30] [--people 50] [--kind postgresql] [--json OUT]

Each person says something every few seconds (about ten things a second in all), and once a minute all do at the same
instant. They look, book windows of minutes that begin and end meanwhile, book ahead and release or extend, and open
their Home tabs; health, readiness and metrics are asked for as a monitor would. What each holds is bounded, so that
nothing but history grows. Linux only: it reads /proc.

Compared are the mean of the memory in the first and the last quarter of what is left after a sixth for warming up, and
the median of the answers; and, which does not depend on what else the machine does, the processor time that the
server took for one answer, all of its jobs included. Ends with status 1 if the memory differs by more than 5 %.
"""

import argparse
import json
import os
import random
import re
import statistics
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path

import psycopg

from benchmarks.databases import KINDS, scratch
from benchmarks.serving import Served, Server, people_of, sent, workspace_of
from benchmarks.timing import percentile
from bot import clock
from bot.sandbox import payloads
from bot.sandbox.slack.people import Person

PAUSE = 5.0  # seconds between what one person says and the next
EVERY = 10.0  # seconds between two looks at the process
MOST_HELD = 3  # reservations that one person knows of before they release one
FLAT = 0.05
PAGE = os.sysconf("SC_PAGE_SIZE")
LOOKS = ("free", "free", "free", "mine", "mine", "who", "queue", "deadlines", "free a100 tomorrow 09:00-17:00")
NUMBER = re.compile(r"\bR(\d+)\b")


@dataclass(frozen=True, slots=True)
class Look:
    """The process at an instant (seconds from the beginning): processor time in seconds, sizes in MiB, and counts."""

    at: float
    processor: float
    memory: float
    files: int
    threads: int
    connections: int
    database: float


@dataclass(slots=True)
class Someone:
    """One of the people, and the reservations that they know they have."""

    person: Person
    held: list[int] = field(default_factory=list)


class Soak:
    """One run: what was seen of the process, and how long each answer took."""

    def __init__(self, served: Served, people: list[Person], database: str) -> None:
        self.looks: list[Look] = []
        self.took: dict[str, list[tuple[float, float]]] = defaultdict(list)  # by what was said: when, seconds
        self.refused = 0
        self.unwell: list[str] = []  # what the monitor was told instead of "ready"
        self._served = served
        self._people = [Someone(person) for person in people]
        self._database = database
        self._random = random.Random(7)
        self._began = time.monotonic()

    def run(self, seconds: float) -> None:
        """Everybody goes on for so long."""
        due = [(self._random.uniform(0, PAUSE), someone) for someone in self._people]
        look, monitor, all_at_once, home = 0.0, 5.0, 60.0, 1.0
        while (now := self._now()) < seconds:
            if now >= look:
                self.looks.append(self._look())
                look += EVERY
            if now >= monitor:
                self._monitored()
                monitor += 15
            if now >= home:  # one after the other, each every few minutes
                self._opened(self._random.choice(self._people))
                home += 3
            if now >= all_at_once:
                self._say([(someone, self._line(someone)) for someone in self._people])
                all_at_once += 60
            speaking = [someone for at, someone in due if at <= now]
            if speaking:
                self._say([(someone, self._line(someone)) for someone in speaking])
            due = [(at + PAUSE * self._random.uniform(0.7, 1.3) if at <= now else at, one) for at, one in due]
            time.sleep(0.05)
        self.looks.append(self._look())

    def _now(self) -> float:
        return time.monotonic() - self._began

    def _line(self, someone: Someone) -> str:
        kind = self._random.random()
        if len(someone.held) >= MOST_HELD:
            return f"release R{someone.held[0]}"
        if kind < 0.55:
            return self._random.choice(LOOKS)
        if someone.held and kind < 0.65:
            return f"extend R{someone.held[-1]} 10m"
        if someone.held and kind < 0.7:
            return f"show R{someone.held[-1]}"
        soon = self._random.random() < 0.5
        start = clock.now() + timedelta(
            minutes=self._random.randrange(1, 5) if soon else self._random.randrange(60, 9000)
        )
        length = self._random.randrange(2, 8) if soon else self._random.randrange(30, 600)
        return f"book {self._random.choice((1, 1, 1, 2))} a100 {start:%Y-%m-%dT%H:%MZ}/PT{length}M"

    def _say(self, said: list[tuple[Someone, str]]) -> None:
        at = self._now()
        requests = [self._served.prepared(someone.person, f"/gpu {line}") for someone, line in said]
        for (someone, line), (seconds, text) in zip(said, sent(requests), strict=True):
            verb = line.split()[0]
            self.took[verb].append((at, seconds))
            number = NUMBER.search(text)
            if verb == "book":
                if "yours" in text and number:
                    someone.held.append(int(number[1]))
                else:
                    self.refused += 1
            elif verb == "release":
                someone.held.pop(0)  # released, or over already

    def _opened(self, someone: Someone) -> None:
        sent([self._served.written(payloads.home_opened(self._served.workspace, someone.person))])

    def _monitored(self) -> None:
        for path in ("healthz", "readyz", "metrics"):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self._served.port}/{path}", timeout=30) as answer:
                    answer.read()
            except urllib.error.HTTPError as error:
                with error:
                    self.unwell.append(f"{path} at {self._now():.0f} s: {error.read(200).decode()}")

    def _look(self) -> Look:
        process = Path("/proc") / str(self._served.pid)
        resident = int((process / "statm").read_text().split()[1]) * PAGE
        threads = re.search(r"Threads:\s+(\d+)", (process / "status").read_text())
        assert threads is not None
        files = len(list((process / "fd").iterdir()))
        connections, size = 0, 0.0
        if self._database.startswith("sqlite:///"):
            size = Path(self._database.removeprefix("sqlite:///")).stat().st_size / 2**20
        else:
            with psycopg.connect(self._database.replace("+psycopg", "")) as connection:
                connections = _number(
                    connection, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                )
                size = _number(connection, "SELECT pg_database_size(current_database())") / 2**20
        times = (process / "stat").read_text().rpartition(")")[2].split()
        processor = (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")
        return Look(self._now(), processor, resident / 2**20, files, int(threads[1]), connections, size)


def _number(connection: psycopg.Connection, query: str) -> int:
    row = connection.execute(query).fetchone()  # type: ignore[arg-type]
    assert row is not None
    return int(row[0])


def main() -> int:
    """Run, print, and write JSON where asked to; the exit status."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--minutes", type=float, default=30)
    options.add_argument("--people", type=int, default=50)
    options.add_argument("--kind", choices=KINDS, default="sqlite")
    options.add_argument("--json", type=Path)
    chosen = options.parse_args()
    people = people_of(chosen.people)
    with tempfile.TemporaryDirectory() as folder, scratch(chosen.kind) as database:
        workspace = workspace_of(people)
        with workspace, Server(Path(folder), workspace, database) as served:
            soak = Soak(served, people, database)
            soak.run(chosen.minutes * 60)
    if chosen.json:
        chosen.json.write_text(json.dumps({"looks": [asdict(look) for look in soak.looks], "took": soak.took}))
    return _told(soak, chosen.minutes * 60)


def _told(soak: Soak, seconds: float) -> int:
    warm = seconds / 6
    quarter = (seconds - warm) / 4
    heads = ("minutes", "MiB", "files", "threads", "connections", "database MiB", "p50 ms", "p99 ms", "CPU ms")
    print("".join(f"{head:>{width}}" for head, width in zip(heads, (8, 8, 7, 9, 13, 14, 9, 9, 9), strict=True)))
    for begin, end in [(0.0, warm), *((warm + n * quarter, warm + (n + 1) * quarter) for n in range(4))]:
        looks = [look for look in soak.looks if begin <= look.at <= end]
        took = [took for each in soak.took.values() for at, took in each if begin <= at < end]
        print(
            f"{end / 60:>8.1f}{statistics.mean(look.memory for look in looks):>8.1f}"
            f"{max(look.files for look in looks):>7}{max(look.threads for look in looks):>9}"
            f"{max(look.connections for look in looks):>13}{looks[-1].database:>14.1f}"
            f"{statistics.median(took) * 1e3:>9.1f}{percentile(took, 0.99) * 1e3:>9.1f}"
            f"{(looks[-1].processor - looks[0].processor) / len(took) * 1e3:>9.2f}"
        )
    for verb, each in sorted(soak.took.items()):
        seconds_each = [took for _, took in each]
        print(
            f"  {verb:<10}{len(each):>7} answers, p50 {statistics.median(seconds_each) * 1e3:.1f} ms,"
            f" p99 {percentile(seconds_each, 0.99) * 1e3:.1f} ms, longest {max(seconds_each) * 1e3:.1f} ms"
        )
    first, last = (
        statistics.mean(look.memory for look in soak.looks if begin <= look.at < begin + quarter)
        for begin in (warm, warm + 3 * quarter)
    )
    print(*soak.unwell, sep="\n")
    print(f"bookings refused: {soak.refused}; memory {last / first - 1:+.1%} from the first to the last quarter")
    return int(abs(last / first - 1) > FLAT)


if __name__ == "__main__":
    sys.exit(main())
