"""Batch queues that promise nothing: EASY backfilling, and the same in order of deadlines."""

from collections.abc import Sequence
from heapq import heappop, heappush
from time import perf_counter

from benchmarks.replaying.runs import Outcome, Run
from benchmarks.replaying.traces import Job


class Queue:
    """The first in the queue gets the next GPUs; others pass it only where that does not delay it.

    `by_deadline`: first is who is due first (EDF), not who came first (EASY). `drop_late`: who can no longer make it
    is dropped. As in batch systems, a run that is longer than was asked for is ended.
    """

    def __init__(self, gpus: int, *, by_deadline: bool = False, drop_late: bool = False) -> None:
        self._free = gpus
        self._by_deadline = by_deadline
        self._drop_late = drop_late
        self._waiting: list[Job] = []
        self._running: dict[int, tuple[int, int]] = {}  # by job: when it is over at the latest, and its GPUs
        self._ends: list[tuple[int, int]] = []

    def play(self, jobs: Sequence[Job]) -> Outcome:
        outcome, coming = Outcome({job.id: Run(job) for job in jobs}), list(reversed(jobs))
        while coming or self._ends:
            now = min(coming[-1].submit if coming else self._ends[0][0], self._ends[0][0] if self._ends else 1 << 60)
            while self._ends and self._ends[0][0] <= now:
                _, id_ = heappop(self._ends)
                self._free += self._running.pop(id_)[1]
            arrived = 0
            while coming and coming[-1].submit <= now:
                self._waiting.append(coming.pop())
                arrived += 1
            began = perf_counter()
            self._pass(now, outcome)
            taken = perf_counter() - began
            outcome.seconds += [taken / arrived] * arrived if arrived else [taken]
        return outcome

    def _pass(self, now: int, outcome: Outcome) -> None:
        waiting = self._waiting
        if self._by_deadline:
            waiting.sort(key=lambda job: (job.due, job.id))
        if self._drop_late:
            waiting[:] = [job for job in waiting if job.latest >= now]
        begun = 0
        while begun < len(waiting) and waiting[begun].gpus <= self._free:
            self._start(waiting[begun], now, outcome)
            begun += 1
        del waiting[:begun]
        if waiting and self._free:
            self._backfill(now, outcome)

    def _backfill(self, now: int, outcome: Outcome) -> None:
        head, free = self._waiting[0], self._free
        shadow = now
        for end, gpus in sorted(self._running.values()):
            free += gpus
            if free >= head.gpus:
                shadow = end
                break
        spare = free - head.gpus  # GPUs that the head leaves over when it begins
        left = [head]
        for job in self._waiting[1:]:
            short = now + job.length <= shadow
            if job.gpus > self._free or not (short or job.gpus <= spare):
                left.append(job)
                continue
            if not short:
                spare -= job.gpus
            self._start(job, now, outcome)
        self._waiting[:] = left

    def _start(self, job: Job, now: int, outcome: Outcome) -> None:
        run = outcome.runs[job.id]
        run.start, run.end, run.finished = now, now + min(job.length, job.runs), job.runs <= job.length
        self._free -= job.gpus
        self._running[job.id] = (now + job.length, job.gpus)
        heappush(self._ends, (run.end, job.id))
