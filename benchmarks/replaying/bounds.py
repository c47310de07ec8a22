"""What no policy can beat: the preemptive linear program, and what CP-SAT reaches on windows of a few jobs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

from benchmarks.replaying.traces import Job

UNIT = 60.0  # minutes: the program is in GPU-hours
MOST = 500_000  # variables: beyond, neighbouring intervals are joined


@dataclass(frozen=True, slots=True)
class Met:
    """Deadlines met, as parts (0..1) of all that was submitted."""

    gpu_hours: float
    count: float


def linear(jobs: Sequence[Job], gpus: int, most: int = MOST) -> Met:
    """The most that can be met if jobs may be cut into pieces of time, run at fewer GPUs, and be met in part.

    One variable for each job and each interval between releases and deadlines in which it may run: at most its GPUs
    times its part of the interval, all together at most all GPUs. So it is an upper bound for each of the two figures;
    where intervals had to be joined (more than `most` variables) it is one still, a little further off.
    """
    begin, due = np.array([job.submit for job in jobs]), np.array([job.due for job in jobs])
    points, first, stop = _intervals(begin, due, most)
    sizes = stop - first
    whose = np.repeat(np.arange(len(jobs)), sizes)
    when = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes) + np.repeat(first, sizes)
    lengths = np.diff(points) / UNIT
    inside = (np.minimum(points[when + 1], due[whose]) - np.maximum(points[when], begin[whose])) / UNIT
    width = np.array([min(job.gpus, gpus) for job in jobs], dtype=float)
    work = np.array([job.work for job in jobs]) / UNIT
    columns = np.arange(len(whose))
    rows = np.concatenate([whose, when + len(jobs)])
    matrix = csr_array(
        (np.ones(2 * len(whose)), (rows, np.concatenate([columns, columns]))),
        shape=(len(jobs) + len(lengths), len(whose)),
    )
    limits = np.concatenate([work, gpus * lengths])
    bounds = np.column_stack([np.zeros(len(whose)), width[whose] * inside])

    def reached(weight: np.ndarray) -> float:
        found = linprog(-weight[whose], A_ub=matrix, b_ub=limits, bounds=bounds, method="highs")
        if not found.success:
            raise RuntimeError(f"the linear program has no answer: {found.message}")
        return float(-found.fun)

    return Met(reached(np.ones(len(jobs))) / float(work.sum()), reached(1 / work) / len(jobs))


def _intervals(begin: np.ndarray, due: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The instants between which intervals lie, and for each job its first interval and the one after its last."""
    whole, step = np.unique(np.concatenate([begin, due])), 1
    while True:
        points = np.unique(np.append(whole[::step], whole[-1]))
        first = np.searchsorted(points, begin, side="right") - 1
        stop = np.searchsorted(points, due)
        if (stop - first).sum() <= most or len(points) <= 3:
            return points, first, stop
        step *= 2
