"""GPUs that fail, and what a run loses by it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from benchmarks.replaying.traces import DAY, Job, log_uniform

CHECKPOINT = 60  # minutes between two checkpoints of a run
SOONEST, LATEST = 60, 3 * DAY  # minutes until a GPU is back


@dataclass(frozen=True, slots=True)
class Failure:
    """The GPU at `place` (0 first) is out of service in `[start, end)`."""

    place: int
    start: int
    end: int


def failures(gpus: int, until: int, mean_days: float, random: Random) -> tuple[Failure, ...]:
    """Each GPU fails once in `mean_days` of service, in the mean and whatever was before; in order, up to `until`."""
    found = []
    for place in range(gpus):
        now = 0.0
        while (now := now + random.expovariate(1 / (mean_days * DAY))) < until:
            start = int(now)
            now = start + round(log_uniform(SOONEST, LATEST, random))
            found.append(Failure(place, start, int(now)))
    return tuple(sorted(found, key=lambda failure: (failure.start, failure.place)))


def resumed(job: Job, began: int | None, now: int) -> Job:
    """What is left of a job at `now` that ran since `began` (None: had not begun): all since its last checkpoint."""
    kept = 0 if began is None else (now - began) // CHECKPOINT * CHECKPOINT
    return replace(job, submit=now, length=max(1, job.length - kept), runs=max(1, job.runs - kept))


def struck(failure: Failure, running: Sequence[tuple[int, int]], gpus: int) -> int | None:
    """Which of those `running` (job, GPUs) is on the GPU that fails, where GPUs have no ids; None: it was idle.

    `gpus` is how many are in service.
    """
    place = failure.place % gpus
    for id_, count in running:
        if place < count:
            return id_
        place -= count
    return None
