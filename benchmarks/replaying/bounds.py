"""What no policy can beat: the preemptive linear program, and what CP-SAT reaches on windows of a few jobs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

from benchmarks.replaying.traces import Job

UNIT = 60.0  # minutes: the program is in GPU-hours


@dataclass(frozen=True, slots=True)
class Met:
    """Deadlines met, as parts (0..1) of all that was submitted."""

    gpu_hours: float
    count: float


def linear(jobs: Sequence[Job], gpus: int) -> Met:
    """The most that can be met if jobs may be cut into pieces of time, run at fewer GPUs, and be met in part.

    One variable for each job and each interval between releases and deadlines in which it may run: at most its GPUs
    times the interval, all together at most all GPUs. So it is an upper bound for each of the two figures.
    """
    points = np.unique(np.array([(job.submit, job.due) for job in jobs]))
    first = np.searchsorted(points, [job.submit for job in jobs])
    stop = np.searchsorted(points, [job.due for job in jobs])
    sizes = stop - first
    whose = np.repeat(np.arange(len(jobs)), sizes)
    when = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes) + np.repeat(first, sizes)
    lengths = np.diff(points) / UNIT
    width = np.array([job.gpus for job in jobs], dtype=float)
    work = np.array([job.work for job in jobs]) / UNIT
    columns = np.arange(len(whose))
    rows = np.concatenate([whose, when + len(jobs)])
    matrix = csr_array(
        (np.ones(2 * len(whose)), (rows, np.concatenate([columns, columns]))),
        shape=(len(jobs) + len(lengths), len(whose)),
    )
    limits = np.concatenate([work, gpus * lengths])
    bounds = np.column_stack([np.zeros(len(whose)), np.minimum(width[whose], gpus) * lengths[when]])

    def most(weight: np.ndarray) -> float:
        found = linprog(-weight[whose], A_ub=matrix, b_ub=limits, bounds=bounds, method="highs")
        if not found.success:
            raise RuntimeError(f"the linear program has no answer: {found.message}")
        return float(-found.fun)

    return Met(most(np.ones(len(jobs))) / work.sum(), most(1 / work) / len(jobs))
