"""What became of each job under a policy, and the order in which a policy is told what happens."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from benchmarks.replaying.traces import Job


@dataclass(slots=True)
class Run:
    """One job's fate. `start` and `end` are when it really ran; `finished`: all of its work was done.

    `promised`: it was told a window that is over by its deadline; `kept`: no act of the policy took it beyond that.
    """

    job: Job
    start: int | None = None
    end: int | None = None
    finished: bool = False
    promised: bool = False
    kept: bool = True
    moves: int = 0

    @property
    def met(self) -> bool:
        """Whether its work was done by its deadline."""
        return self.finished and self.end is not None and self.end <= self.job.due

    @property
    def wait(self) -> int | None:
        """Minutes from its submission to its start."""
        return None if self.start is None else self.start - self.job.submit


@dataclass(slots=True)
class Outcome:
    """A policy's whole replay: the jobs' fates by id, and how long each decision took in seconds."""

    runs: dict[int, Run]
    seconds: list[float] = field(default_factory=list)
    promises: bool = False  # whether it promises anything


@dataclass(frozen=True, slots=True)
class Failure:
    """A GPU (`place` of `gpus`, 0 first) is out of service in `[start, end)`."""

    place: int
    start: int
    end: int


class Player(Protocol):
    """A policy. Jobs come in order of submission."""

    def play(self, jobs: Sequence[Job]) -> Outcome:
        """All of them, to the last end."""
