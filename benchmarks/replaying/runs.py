"""What became of each job under a policy, and the order in which a policy is told what happens."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from benchmarks.replaying.failing import Failure
from benchmarks.replaying.traces import Job


@dataclass(slots=True)
class Run:
    """One job's fate. `stretches` are when it really ran, in order; `finished`: all of its work was done.

    `promised`: it was told a window that is over by its deadline; `kept`: no act of the policy took it beyond that.
    `moves`: how often the policy moved it; `earlier`: how often it took an earlier start that it was offered.
    """

    job: Job
    stretches: list[tuple[int, int]] = field(default_factory=list)
    finished: bool = False
    promised: bool = False
    kept: bool = True
    moves: int = 0
    earlier: int = 0

    @property
    def start(self) -> int | None:
        """When it first began."""
        return self.stretches[0][0] if self.stretches else None

    @property
    def end(self) -> int | None:
        """When it was last over."""
        return self.stretches[-1][1] if self.stretches else None

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


class Player(Protocol):
    """A policy. Jobs come in order of submission."""

    def play(self, jobs: Sequence[Job], failures: Sequence[Failure] = ()) -> Outcome:
        """All of them, to the last end, while GPUs fail."""
