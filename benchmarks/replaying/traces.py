"""Real arrivals, lengths and GPU counts out of CSV files, or made ones; all as jobs in whole minutes."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import exp, log
from pathlib import Path
from random import Random

MINUTE = 60
DAY = 24 * 60
PEOPLE = 16  # who asks, where a trace does not say
LONGEST_RATIO = 10.0  # a run that crashed at once says nothing of how well people estimate
PEAK = 3  # a made day's busiest hour has so many times the arrivals of its quietest


@dataclass(frozen=True, slots=True)
class Job:
    """One job. Minutes count from the trace's beginning.

    `length` is what its member asks for and `runs` what it will really need; it should be over by `due`.
    `fixed`: its member books a window of their own, which is never moved.
    """

    id: int
    member: str
    submit: int
    length: int
    gpus: int
    runs: int
    due: int = 0
    fixed: bool = False

    @property
    def work(self) -> int:
        """GPU-minutes that it really needs."""
        return self.gpus * self.runs

    @property
    def latest(self) -> int:
        """The last start from which all of its length is over in time."""
        return self.due - self.length


@dataclass(frozen=True, slots=True)
class Trace:
    """`jobs` by submission; `dropped` are wider than the cluster or ran for no time at all."""

    name: str
    jobs: tuple[Job, ...]
    dropped: int = 0


def load(path: Path, gpus: int, *, cluster: str | None = None, skip: int = 0, limit: int | None = None) -> Trace:
    """A trace's jobs of one cluster (None: all), from the `skip`-th on and at most `limit` of them.

    Columns: submit_s, duration_s, gpus or procs; cluster, user and job_id where it has them. Instants and lengths are
    rounded up to whole minutes. Raises ValueError where a column is missing or no job is left.
    """
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    if cluster is not None:
        rows = [row for row in rows if int(row["cluster"]) == int(cluster)]
    if not rows:
        raise ValueError(f"{path.name}: no jobs" + (f" of cluster {cluster}" if cluster is not None else ""))
    wide = "gpus" if "gpus" in rows[0] else "procs"
    missing = {"submit_s", "duration_s", wide} - rows[0].keys()
    if missing:
        raise ValueError(f"{path.name}: no column {', '.join(sorted(missing))}")
    rows.sort(key=lambda row: float(row["submit_s"]))
    rows = rows[skip : None if limit is None else skip + limit]
    kept = [row for row in rows if 1 <= int(row[wide]) <= gpus and float(row["duration_s"]) > 0]
    if not kept:
        raise ValueError(f"{path.name}: no job fits {gpus} GPUs")
    first = float(kept[0]["submit_s"])
    jobs = []
    for number, row in enumerate(kept, 1):
        submit, length = _minutes(float(row["submit_s"]) - first), max(1, _minutes(float(row["duration_s"])))
        jobs.append(Job(number, row.get("user", ""), submit, length, int(row[wide]), length))
    return Trace(path.name, tuple(jobs), len(rows) - len(kept))


def made(gpus: int, count: int, load: float, random: Random) -> Trace:
    """`count` jobs for `gpus` GPUs that ask for `load` (0..1 or more) of their time.

    Arrivals follow the hour of the day; lengths are log-normal (median 2 h, mean 9 h), at most 7 days.
    """
    jobs, widths = [], [width for width in (1, 1, 1, 1, 2, 2, 4, 8, 8, 16) if width <= gpus]
    lengths = [min(7 * DAY, max(1, round(120 * exp(random.gauss(0, 1.73))))) for _ in range(count)]
    wanted = [random.choice(widths) for _ in range(count)]
    work = sum(length * width for length, width in zip(lengths, wanted, strict=True))
    gap, now = work / (gpus * load) / count, 0.0
    for number, (length, width) in enumerate(zip(lengths, wanted, strict=True), 1):
        busy = (1 + (PEAK - 1) * _daylight(now)) / (1 + (PEAK - 1) / 3)  # a third of daylight in the mean
        now += random.expovariate(busy / gap)
        jobs.append(Job(number, "", int(now), length, width, length))
    return Trace("generated", tuple(jobs))


def with_people(jobs: Iterable[Job], random: Random) -> tuple[Job, ...]:
    """Whose they are, where the trace did not say: a few members ask for much, the others for little."""
    names = [f"U0MEMBER{number}" for number in range(PEOPLE)]
    weights = [1 / (place + 1) for place in range(PEOPLE)]
    return tuple(job if job.member else replace(job, member=random.choices(names, weights)[0]) for job in jobs)


def ratios(path: Path) -> tuple[float, ...]:
    """Requested time over used time of each job of a trace that has both (`requested_s`), in order of size."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    found = [float(row["requested_s"]) / float(row["duration_s"]) for row in rows if float(row["duration_s"]) > 0]
    return tuple(sorted(min(ratio, LONGEST_RATIO) for ratio in found))


def misjudged(jobs: Iterable[Job], drawn: tuple[float, ...], random: Random) -> tuple[Job, ...]:
    """Asked for as people ask: the real length times a ratio out of `drawn`, more often too long than too short."""
    return tuple(replace(job, length=max(1, round(job.runs * random.choice(drawn)))) for job in jobs)


def with_fixed(jobs: Iterable[Job], share: float, random: Random) -> tuple[Job, ...]:
    """A `share` of them is booked as fixed windows."""
    return tuple(replace(job, fixed=random.random() < share) for job in jobs)


def offered_load(jobs: tuple[Job, ...], gpus: int) -> float:
    """GPU-time asked for, as a part of what there is while jobs arrive."""
    return sum(job.work for job in jobs) / (gpus * max(1, jobs[-1].submit - jobs[0].submit))


def log_uniform(low: float, high: float, random: Random) -> float:
    """Each factor is as likely as another."""
    return exp(random.uniform(log(low), log(high)))


def _minutes(seconds: float) -> int:
    return int(-(-seconds // MINUTE))


def _daylight(minute: float) -> float:
    """0 at night to 1 in the early afternoon."""
    hour = minute % DAY / 60
    return max(0.0, 1 - abs(hour - 14) / 8)
