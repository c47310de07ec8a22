"""Jobs in `crunchtime run` on the simulated nodes, which say how long their steps take, and end by themselves.

`alice: train 10000 steps of tiny-gpt at 0.42s`. Only the job is made up: the bot is asked what its agent would ask.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from bot.booking.lab import Lab
from bot.errors import InputError
from bot.estimates.reports import FASTEST, SLOWEST, Report, is_name
from bot.sandbox.fleet import Hosts
from bot.web.agents import Answer, Ask

EXAMPLE = "alice: train 10000 steps of tiny-gpt at 0.42s"
OVER = 1.05  # how much longer than its steps a job takes here: validation and checkpoints
SAYS = timedelta(minutes=1)  # after so long it has said how long its steps take
_TRAIN = re.compile(r"([0-9]{1,9}) steps of (\S{1,60}) at ([0-9]{1,6}(?:\.[0-9]{1,6})?) ?s")


@dataclass(frozen=True, slots=True)
class Train:
    """A job of so many steps of so many seconds begins on the person's GPUs."""

    steps: int
    name: str
    seconds: float


def read_train(rest: str) -> Train:
    """What follows "train". Raises InputError."""
    match = _TRAIN.fullmatch(rest)
    if match is None or not is_name(match[2]) or not FASTEST <= float(match[3]) <= SLOWEST or not int(match[1]):
        raise InputError("what is trained, and how long does a step take?", example=EXAMPLE)
    return Train(int(match[1]), match[2], float(match[3]))


@dataclass(slots=True)
class _Job:
    login: str
    node: str
    reservation: str
    report: Report
    began: datetime
    ends: datetime
    pid: int | None
    said: bool = False

    @property
    def key(self) -> str:
        return sha256(f"{self.reservation} {self.began}".encode()).hexdigest()[:32]


@dataclass(slots=True)
class Trainings:
    """What runs so. `answer`: the bot's to an agent; None: it does not speak with nodes."""

    lab: Lab
    answer: Answer | None
    hosts: Hosts | None = None
    _jobs: list[_Job] = field(default_factory=list)

    def begin(self, login: str, act: Train, now: datetime) -> str:
        """Begins it on the first of the person's reservations that is active; what happened. Raises InputError."""
        for node in self.lab.nodes:
            mine = self._asked(Ask(act="mine", node=node.name, login=login), now)
            for one in mine.get("reservations", ()):
                runs = any(job.reservation == one["id"] for job in self._jobs)
                if one["state"] != "active" or not one["gpus"] or runs:
                    continue
                pid = self.hosts.run(login, *one["gpus"]) if self.hosts is not None else None
                lasts = timedelta(seconds=act.steps * act.seconds * OVER)
                report = Report(act.seconds, act.name, len(one["gpus"]))
                self._jobs.append(_Job(login, node.name, one["id"], report, now, now + lasts, pid))
                return f"{login}'s job {act.name} runs on {', '.join(one['gpus'])} for {one['id']}."
        raise InputError(f"{login} has no GPUs now on which nothing runs", example="alice: /gpu book 2 a100 now for 2h")

    def due(self, at: datetime) -> bool:
        """Whether any of them will have something to say by then."""
        return any(self._next(job) <= at for job in self._jobs)

    def settle(self, now: datetime) -> None:
        """They say what is due."""
        for job in [job for job in self._jobs if self._next(job) <= now]:
            about = {"node": job.node, "login": job.login, "reservation": job.reservation, "job": job.key}
            if job.ends <= now:
                last = replace(job.report, ran=(job.ends - job.began).total_seconds())
                self._asked(Ask.model_validate({**about, "act": "release", "report": last.line()}), now)
                self._jobs.remove(job)
                if self.hosts is not None and job.pid is not None:
                    self.hosts.stop(job.pid)
            else:
                self._asked(Ask.model_validate({**about, "act": "here", "report": job.report.line()}), now)
                job.said = True

    @staticmethod
    def _next(job: _Job) -> datetime:
        return job.ends if job.said else min(job.ends, job.began + SAYS)

    def _asked(self, ask: Ask, now: datetime) -> Mapping[str, Any]:
        if self.answer is None:
            raise InputError("nobody answers the nodes here")
        return self.answer(ask, now)
