"""Batch queues that promise nothing: EASY backfilling, and the same in order of deadlines."""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from time import perf_counter

from benchmarks.replaying.failing import Failure, resumed, struck
from benchmarks.replaying.runs import Outcome, Run
from benchmarks.replaying.traces import Job


@dataclass(frozen=True, slots=True)
class _Running:
    """`end` is when it is over at the latest, as the queue knows; `real_end` when it will be. No `job`: a failure."""

    job: Job | None
    gpus: int
    start: int
    end: int
    real_end: int


class Queue:
    """The first in the queue gets the next GPUs; others pass it only where that does not delay it.

    `by_deadline`: first is who is due first (EDF), not who came first (EASY). `drop_late`: who can no longer make it
    is dropped. As in batch systems, a run that is longer than was asked for is ended.
    """

    def __init__(self, gpus: int, *, by_deadline: bool = False, drop_late: bool = False) -> None:
        self._gpus = gpus
        self._free = gpus
        self._by_deadline = by_deadline
        self._drop_late = drop_late
        self._waiting: list[Job] = []
        self._running: dict[int, _Running] = {}  # by job; a GPU that is out of service is a run of its own, below 0
        self._ends: list[tuple[int, int]] = []
        self._outcome = Outcome({})

    def play(self, jobs: Sequence[Job], failures: Sequence[Failure] = ()) -> Outcome:
        self._outcome, coming = Outcome({job.id: Run(job) for job in jobs}), list(reversed(jobs))
        broken = list(reversed(failures))
        while coming or self._ends or self._waiting:
            now = self._next(coming, broken)
            while self._ends and self._ends[0][0] <= now:
                self._end(*heappop(self._ends))
            while broken and broken[-1].start <= now:
                self._fail(broken.pop(), len(broken))
            arrived = 0
            while coming and coming[-1].submit <= now:
                self._waiting.append(coming.pop())
                arrived += 1
            began = perf_counter()
            self._pass(now)
            taken = perf_counter() - began
            self._outcome.seconds += [taken / arrived] * arrived if arrived else [taken]
        return self._outcome

    def _next(self, coming: Sequence[Job], broken: Sequence[Failure]) -> int:
        """When something happens next."""
        instants = [end for end, _ in self._ends[:1]]
        instants += [job.submit for job in coming[-1:]] + [failure.start for failure in broken[-1:]]
        return min(instants)

    def _end(self, minute: int, id_: int) -> None:
        running = self._running.get(id_)
        if running is None or running.real_end != minute:
            return  # it was struck by a failure before
        del self._running[id_]
        self._free += running.gpus
        if running.job is not None:
            run = self._outcome.runs[id_]
            run.stretches.append((running.start, minute))
            run.finished = running.job.runs <= running.job.length

    def _fail(self, failure: Failure, number: int) -> None:
        """Who is on the GPU goes back into the queue, with what is left to do."""
        running = [(id_, one.gpus) for id_, one in self._running.items() if one.job is not None]
        in_service = sum(count for _, count in running) + self._free
        if not in_service:
            return
        victim = struck(failure, running, in_service)
        if victim is not None:
            hit = self._running.pop(victim)
            self._free += hit.gpus
            self._outcome.runs[victim].stretches.append((hit.start, failure.start))
            self._waiting.insert(0, resumed(hit.job, hit.start, failure.start))
        self._free -= 1
        out = -1 - number
        self._running[out] = _Running(None, 1, failure.start, failure.end, failure.end)
        heappush(self._ends, (failure.end, out))

    def _pass(self, now: int) -> None:
        waiting = self._waiting
        if self._by_deadline:
            waiting.sort(key=lambda job: (job.due, job.id))
        if self._drop_late:
            waiting[:] = [job for job in waiting if job.latest >= now]
        begun = 0
        while begun < len(waiting) and waiting[begun].gpus <= self._free:
            self._start(waiting[begun], now)
            begun += 1
        del waiting[:begun]
        if waiting and self._free:
            self._backfill(now)

    def _backfill(self, now: int) -> None:
        head, free = self._waiting[0], self._free
        shadow = now
        for end, gpus in sorted((one.end, one.gpus) for one in self._running.values()):
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
            self._start(job, now)
        self._waiting[:] = left

    def _start(self, job: Job, now: int) -> None:
        real_end = now + min(job.length, job.runs)
        self._free -= job.gpus
        self._running[job.id] = _Running(job, job.gpus, now, now + job.length, real_end)
        heappush(self._ends, (real_end, job.id))
