"""Synthetic deadlines, declared as such: the three kinds A, B and C."""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import replace
from random import Random

from benchmarks.replaying.traces import DAY, Job, log_uniform

KINDS = ("A", "B", "C")
TIGHTEST, LOOSEST = 1.1, 5.0  # A: times the length
LEAST_SLACK, MOST_SLACK = 6 * 60, 7 * DAY  # B: minutes besides the length
APART = (5 * DAY, 20 * DAY)  # C: minutes between two of the lab's deadlines
AOE_MIDNIGHT = 12 * 60  # the end of a day anywhere on Earth is noon UTC


def with_deadlines(jobs: Iterable[Job], kind: str, random: Random) -> tuple[Job, ...]:
    """Each with its `due`, rounded down to a whole minute; every job alone could make it."""
    held = tuple(jobs)
    match kind:
        case "A":
            return tuple(_due(job, int(job.length * log_uniform(TIGHTEST, LOOSEST, random))) for job in held)
        case "B":
            return tuple(_due(job, job.length + int(log_uniform(LEAST_SLACK, MOST_SLACK, random))) for job in held)
        case "C":
            return next_shared(held, shared(max(job.submit + job.length for job in held), random))
        case _:
            raise ValueError(f"deadlines are of kind {', '.join(KINDS)}, not {kind}")


def shared(until: int, random: Random) -> tuple[int, ...]:
    """The lab's conference deadlines, AoE, the last of them after `until`."""
    found = [0]
    while found[-1] < until:
        days = (found[-1] + random.randint(*APART)) // DAY
        found.append(days * DAY + AOE_MIDNIGHT)
    return tuple(found[1:])


def next_shared(jobs: Iterable[Job], instants: tuple[int, ...]) -> tuple[Job, ...]:
    """Each job gets the first of `instants` that it can make if it begins at once."""
    return tuple(replace(job, due=instants[bisect_left(instants, job.submit + job.length)]) for job in jobs)


def _due(job: Job, minutes: int) -> Job:
    return replace(job, due=job.submit + max(minutes, job.length))
