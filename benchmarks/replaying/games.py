"""One seed of a replay: the jobs as the seed makes them, and each policy and bound on them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from random import Random
from statistics import fmean

from benchmarks.replaying.bounds import Met, linear
from benchmarks.replaying.calendars import FirstFree
from benchmarks.replaying.core import Core
from benchmarks.replaying.deadlines import with_deadlines
from benchmarks.replaying.failing import Failure, failures
from benchmarks.replaying.figures import Figures, figures
from benchmarks.replaying.labs import FREE, OPEN, UNMOVED, zones_of
from benchmarks.replaying.queues import Queue
from benchmarks.replaying.runs import Player
from benchmarks.replaying.traces import Job, Trace, made, misjudged, offered_load, ratios, with_fixed, with_people

POLICIES: dict[str, Callable[[int, Sequence[Job]], Player]] = {
    "calendar": lambda gpus, _: FirstFree(gpus),
    "calendar-refuse-late": lambda gpus, _: FirstFree(gpus, refuse_late=True),
    "easy": lambda gpus, _: Queue(gpus),
    "edf": lambda gpus, _: Queue(gpus, by_deadline=True),
    "edf-drop-late": lambda gpus, _: Queue(gpus, by_deadline=True, drop_late=True),
    "core-no-moves": lambda gpus, _: Core(gpus, UNMOVED),
    "core": lambda gpus, _: Core(gpus, FREE),
    "core-move-rules": lambda gpus, jobs: Core(gpus, OPEN, zones_of(jobs)),
}


@dataclass(frozen=True, slots=True)
class Game:
    """What is replayed, and how. Without `trace` the jobs are made: `jobs` of them, at `load`."""

    gpus: int
    kind: str
    trace: Trace | None = None
    jobs: int = 2000
    load: float = 0.8
    policies: tuple[str, ...] = tuple(POLICIES)
    bounds: bool = True
    windows: int = 0
    window_jobs: int = 80
    cpsat_seconds: float = 20
    fixed_share: float = 0
    overrun: Path | None = None
    failure_days: float = 0


@dataclass(frozen=True, slots=True)
class Played:
    """What one seed gave: figures by policy, bounds by name, and by policy what was met on CP-SAT's windows."""

    jobs: int
    dropped: int
    load: float
    policies: dict[str, Figures]
    bounds: Figures
    on_windows: dict[str, Figures]


def jobs_of(game: Game, seed: int) -> tuple[Job, ...]:
    """The jobs of a seed: whose they are, how wrong their lengths are, which are fixed, and when they are due."""
    random = Random(seed)
    trace = game.trace or made(game.gpus, game.jobs, game.load, random)
    jobs = with_people(trace.jobs, random)
    if game.overrun is not None:
        jobs = misjudged(jobs, ratios(game.overrun), random)
    if game.fixed_share:
        jobs = with_fixed(jobs, game.fixed_share, random)
    return with_deadlines(jobs, game.kind, random)


def failures_of(game: Game, jobs: Sequence[Job], seed: int) -> tuple[Failure, ...]:
    """The failures of a seed, until the last job is due."""
    if not game.failure_days:
        return ()
    return failures(game.gpus, max(job.due for job in jobs), game.failure_days, Random(seed))


def play(game: Game, seed: int) -> Played:
    """Everything that was asked for, on one seed."""
    jobs = jobs_of(game, seed)
    broken = failures_of(game, jobs, seed)
    found = {name: figures(POLICIES[name](game.gpus, jobs).play(jobs, broken), game.gpus) for name in game.policies}
    on_windows: dict[str, Figures] = {}
    bounds: Figures = dict.fromkeys(("lp_gpu_hours", "lp_count", "cpsat_gpu_hours", "cpsat_count"))
    if game.bounds:
        met = linear(jobs, game.gpus)
        bounds |= {"lp_gpu_hours": met.gpu_hours, "lp_count": met.count}
    if game.windows and find_spec("ortools"):
        bounds |= _windows(game, jobs, on_windows)
    dropped = game.trace.dropped if game.trace else 0
    return Played(len(jobs), dropped, offered_load(jobs, game.gpus), found, bounds, on_windows)


def _windows(game: Game, jobs: Sequence[Job], on_windows: dict[str, Figures]) -> Figures:
    """CP-SAT and the LP on the very same stretches; the policies on them too, into `on_windows`."""
    from benchmarks.replaying.cpsat import best, windows  # noqa: PLC0415 - an extra of the benchmark

    parts = windows(jobs, game.windows, game.window_jobs)
    reached = [best(part, game.gpus, game.cpsat_seconds) for part in parts]
    lps = [linear(part, game.gpus) for part in parts]
    for name in game.policies:
        each = [figures(POLICIES[name](game.gpus, part).play(part), game.gpus) for part in parts]
        on_windows[name] = {key: fmean(one[key] or 0 for one in each) for key in ("met_by_gpu_hours", "met_by_count")}

    def mean(mets: Sequence[Met], prefix: str) -> Figures:
        return {
            f"{prefix}_gpu_hours": fmean(met.gpu_hours for met in mets),
            f"{prefix}_count": fmean(met.count for met in mets),
        }

    return (
        mean([one.met for one in reached], "cpsat")
        | mean([one.at_most for one in reached], "cpsat_at_most")
        | mean(lps, "lp_on_windows")
    )
