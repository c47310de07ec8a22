"""CP-SAT as an oracle that knows all jobs beforehand, on windows of a trace that it can cope with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ortools.sat.python import cp_model

from benchmarks.replaying.bounds import Met
from benchmarks.replaying.traces import Job


@dataclass(frozen=True, slots=True)
class Reached:
    """What it found, and what it proved that nobody can pass; both as parts of all that was submitted."""

    met: Met
    at_most: Met


def best(jobs: Sequence[Job], gpus: int, seconds: float, *, workers: int = 1) -> Reached:
    """The best plan for these jobs alone that is found in `seconds` for each of the two figures."""
    hours, hours_bound = _solved(jobs, gpus, seconds, workers, lambda job: job.work)
    count, count_bound = _solved(jobs, gpus, seconds, workers, lambda _: 1)
    return Reached(Met(hours, count), Met(hours_bound, count_bound))


def windows(jobs: Sequence[Job], count: int, size: int) -> list[tuple[Job, ...]]:
    """The `count` busiest stretches of `size` jobs of the trace, in order, each beginning at its first job."""
    size = min(size, len(jobs))
    parts = [tuple(jobs[first : first + size]) for first in range(0, len(jobs) - size + 1, size)]
    busiest = sorted(range(len(parts)), key=lambda place: -_rate(parts[place]))[:count]
    return [_from_zero(parts[place]) for place in sorted(busiest)]


def _rate(part: Sequence[Job]) -> float:
    """GPU-minutes asked for a minute."""
    return sum(job.work for job in part) / max(1, part[-1].submit - part[0].submit)


def _from_zero(part: Sequence[Job]) -> tuple[Job, ...]:
    first = part[0].submit
    return tuple(replace(job, submit=job.submit - first, due=job.due - first) for job in part)


def _solved(
    jobs: Sequence[Job], gpus: int, seconds: float, workers: int, worth: Callable[[Job], int]
) -> tuple[float, float]:
    model = cp_model.CpModel()
    intervals, taken = [], []
    for job in jobs:
        is_met = model.new_bool_var("")
        start = model.new_int_var(job.submit, max(job.submit, job.due - job.runs), "")
        intervals.append(model.new_optional_fixed_size_interval_var(start, job.runs, is_met, ""))
        if job.submit + job.runs > job.due:
            model.add(is_met == 0)
        taken.append(is_met)
    model.add_cumulative(intervals, [job.gpus for job in jobs], gpus)
    model.maximize(sum(worth(job) * is_met for job, is_met in zip(jobs, taken, strict=True)))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = workers
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return 0.0, 1.0
    whole = sum(map(worth, jobs))
    return solver.objective_value / whole, min(1.0, solver.best_objective_bound / whole)
