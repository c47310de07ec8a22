"""Two calendars as labs have them: the first free window is booked, and never moved."""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from time import perf_counter

from benchmarks.replaying.failing import Failure, resumed, struck
from benchmarks.replaying.profile import Profile
from benchmarks.replaying.runs import Outcome, Run
from benchmarks.replaying.traces import Job

NOTICED = 60  # minutes before its end at which somebody sees that a run needs longer
END, EXTEND, FAIL = 0, 1, 2  # what happens first in a minute


@dataclass(frozen=True, slots=True)
class _Booking:
    """`[start, end)` for a job, or for what a failure left of it."""

    job: Job
    start: int
    end: int


class FirstFree:
    """Books the first free window; one that is over too late is booked anyway, or refused (`refuse_late`)."""

    def __init__(self, gpus: int, *, refuse_late: bool = False) -> None:
        self._gpus = gpus
        self._profile = Profile(gpus)
        self._refuse_late = refuse_late
        self._booked: dict[int, _Booking] = {}
        self._events: list[tuple[int, int, int]] = []
        self._failures: Sequence[Failure] = ()
        self._outcome = Outcome({})

    def play(self, jobs: Sequence[Job], failures: Sequence[Failure] = ()) -> Outcome:
        self._outcome = Outcome({job.id: Run(job) for job in jobs}, promises=True)
        self._failures = failures
        for place, failure in enumerate(failures):
            heappush(self._events, (failure.start, FAIL, place))
        for job in jobs:
            self._advance(job.submit)
            began = perf_counter()
            self._book(job)
            self._outcome.seconds.append(perf_counter() - began)
            self._profile.forget(job.submit)
        self._advance(None)
        return self._outcome

    def _book(self, job: Job) -> None:
        run = self._outcome.runs[job.id]
        start = self._profile.earliest(job.submit, job.length, job.gpus, job.latest if self._refuse_late else None)
        if start is None:
            return
        self._profile.change(start, start + job.length, -job.gpus)
        self._booked[job.id] = _Booking(job, start, start + job.length)
        run.promised = run.promised or start <= job.latest
        heappush(self._events, (start + min(job.length, job.runs), END, job.id))
        if job.runs > job.length:
            heappush(self._events, (max(start, start + job.length - NOTICED), EXTEND, job.id))

    def _advance(self, until: int | None) -> None:
        while self._events and (until is None or self._events[0][0] <= until):
            minute, what, id_ = heappop(self._events)
            if what == FAIL:
                self._fail(self._failures[id_])
                continue
            booked = self._booked.get(id_)
            if booked is None:
                continue
            # What belongs to a window that was given up does not fit the present one.
            if what == EXTEND and minute == max(booked.start, booked.end - NOTICED):
                self._extend(booked)
            elif what == END and minute == min(booked.end, booked.start + booked.job.runs):
                self._end(booked, minute)

    def _extend(self, booked: _Booking) -> None:
        """It goes on where nobody comes after it; else it is cut off at its end."""
        job, end = booked.job, booked.start + booked.job.runs
        if self._profile.earliest(booked.end, end - booked.end, job.gpus, booked.end) is not None:
            self._profile.change(booked.end, end, -job.gpus)
            self._booked[job.id] = _Booking(job, booked.start, end)
            heappush(self._events, (end, END, job.id))

    def _end(self, booked: _Booking, minute: int) -> None:
        run = self._outcome.runs[booked.job.id]
        run.stretches.append((booked.start, minute))
        run.finished = minute - booked.start >= booked.job.runs
        self._profile.change(minute, booked.end, booked.job.gpus)
        del self._booked[booked.job.id]

    def _fail(self, failure: Failure) -> None:
        """Who is on the GPU begins anew; then those give way, last come first, for whom there are too few GPUs."""
        now = failure.start
        running = [(id_, one.job.gpus) for id_, one in sorted(self._booked.items()) if one.start <= now]
        given_up = []
        victim = struck(failure, running, self._gpus)
        if victim is not None:
            given_up.append(self._give_up(victim, now))
        self._profile.change(now, failure.end, -1)
        while (minute := self._profile.first_below_zero(now)) is not None:
            there = [(one.start > now, id_) for id_, one in self._booked.items() if one.start <= minute < one.end]
            if not there:  # more GPUs are out of service than there are
                break
            given_up.append(self._give_up(max(there)[1], now))
        for job in sorted(given_up, key=lambda job: job.id):
            self._book(job)

    def _give_up(self, id_: int, now: int) -> Job:
        booked, run = self._booked.pop(id_), self._outcome.runs[id_]
        began = booked.start if booked.start <= now else None
        if began is not None:
            run.stretches.append((booked.start, now))
        self._profile.change(max(now, booked.start), booked.end, booked.job.gpus)
        return resumed(booked.job, began, now)
