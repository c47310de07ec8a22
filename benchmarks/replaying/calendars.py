"""Two calendars as labs have them: the first free window is booked, and never moved."""

from collections.abc import Sequence
from heapq import heappop, heappush
from time import perf_counter

from benchmarks.replaying.profile import Profile
from benchmarks.replaying.runs import Outcome, Run
from benchmarks.replaying.traces import Job


class FirstFree:
    """Books the first free window; one that is over too late is booked anyway, or refused (`refuse_late`)."""

    def __init__(self, gpus: int, *, refuse_late: bool = False) -> None:
        self._profile = Profile(gpus)
        self._refuse_late = refuse_late
        self._ends: list[tuple[int, int]] = []  # where the booked length is wrong: when that shows, and whose it is

    def play(self, jobs: Sequence[Job]) -> Outcome:
        outcome = Outcome({job.id: Run(job) for job in jobs}, promises=True)
        for job in jobs:
            self._end(job.submit, outcome)
            began = perf_counter()
            self._book(outcome.runs[job.id])
            outcome.seconds.append(perf_counter() - began)
            self._profile.forget(job.submit)
        self._end(None, outcome)
        return outcome

    def _book(self, run: Run) -> None:
        job = run.job
        last = job.latest if self._refuse_late else None
        start = self._profile.earliest(job.submit, job.length, job.gpus, last)
        if start is None:
            return
        self._profile.change(start, start + job.length, -job.gpus)
        run.start, run.end = start, start + min(job.length, job.runs)
        run.promised, run.finished = start <= job.latest, job.runs <= job.length
        if job.runs != job.length:
            heappush(self._ends, (run.end, job.id))

    def _end(self, until: int | None, outcome: Outcome) -> None:
        """Gives back what is over early; lets those that need longer go on where nobody comes after them."""
        while self._ends and (until is None or self._ends[0][0] <= until):
            minute, id_ = heappop(self._ends)
            run = outcome.runs[id_]
            job = run.job
            booked = run.start + job.length
            if job.runs < job.length:
                self._profile.change(minute, booked, job.gpus)
                continue
            more = run.start + job.runs - booked
            if self._profile.earliest(booked, more, job.gpus, booked) is not None:
                self._profile.change(booked, booked + more, -job.gpus)
                run.end, run.finished = booked + more, True
