"""Work that may be cut up, as a flow into slots of time: what fits, and the cut that shows why the rest does not."""

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

Free = tuple[int, int, int]  # start, end (minutes), GPUs


@dataclass(frozen=True, slots=True)
class Job:
    """`gpu_minutes` of work inside `[start, end)` (minutes since 1970), on at most `count` GPUs at once."""

    start: int
    end: int
    count: int
    gpu_minutes: int


@dataclass(frozen=True, slots=True)
class Slot:
    """`minutes` of `[start, end)` in which just `gpus` are free; no job's bounds lie inside of it."""

    start: int
    end: int
    gpus: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Cut:
    """These jobs (by place) do not all fit: outside of these slots (by place) they run as wide as they can."""

    jobs: frozenset[int]
    slots: frozenset[int]


def slots_of(jobs: Sequence[Job], free: Sequence[Free]) -> list[Slot]:
    """Time, cut where jobs' bounds are; minutes of a piece with as many free GPUs are as good as each other: one slot.

    `free`: in order, without overlaps. More GPUs than the jobs there could use are left out.
    """
    change: dict[int, int] = {}
    for job in jobs:
        change[job.start] = change.get(job.start, 0) + job.count
        change[job.end] = change.get(job.end, 0) - job.count
    edges = sorted(change)
    found: list[Slot] = []
    width = at = 0
    for start, end in pairwise(edges):
        width += change[start]
        levels: dict[int, int] = {}
        while at < len(free) and free[at][0] < end:
            begins, ends, gpus = free[at]
            level, minutes = min(gpus, width), min(ends, end) - max(begins, start)
            if level > 0 and minutes > 0:
                levels[level] = levels.get(level, 0) + minutes
            if ends > end:
                break
            at += 1
        found += (Slot(start, end, gpus, minutes) for gpus, minutes in levels.items())
    return found


class Flow:
    """Each job's GPU-minutes by slot. `effort` bounds how many pairs of a job and a slot are looked at."""

    def __init__(self, jobs: Sequence[Job], slots: Sequence[Slot], effort: int) -> None:
        starts, ends = [slot.start for slot in slots], [slot.end for slot in slots]
        self.jobs = jobs
        self.slots = slots
        self._effort = effort
        self._range = [range(bisect_left(starts, job.start), bisect_right(ends, job.end)) for job in jobs]
        self._left = [slot.gpus * slot.minutes for slot in slots]
        self._due = [job.gpu_minutes for job in jobs]

    def within(self, job: int) -> range:
        """The slots inside a job's bounds."""
        return self._range[job]

    def room(self, job: int, slot: int) -> int:
        """How many GPU-minutes of the job the slot has time for, if the job were alone."""
        return min(self.jobs[job].count, self.slots[slot].gpus) * self.slots[slot].minutes

    def cut(self) -> Cut | None:
        """Why the jobs do not all fit; None if they do, or if the effort is not enough to say."""
        self._effort -= sum(map(len, self._range))
        if self._effort < 0:
            return None
        self._flow = [[0] * len(places) for places in self._range]
        self._in: list[list[int]] = [[] for _ in self.slots]
        for job, places in enumerate(self._range):
            for slot in places:
                self._in[slot].append(job)
        self._pour()
        for job in sorted(range(len(self.jobs)), key=lambda job: self.jobs[job].end):
            while self._due[job]:
                found = self._further(job)
                if found is not None or self._effort < 0:
                    return found
        return None

    def _pour(self) -> None:
        """A first flow, slot by slot: who has the least time to spare takes what it can."""
        jobs, flows, due, left = self.jobs, self._flow, self._due, self._left
        for slot, here in enumerate(self.slots):
            for _, job in sorted([(self._spare(job), job) for job in self._in[slot] if due[job]]):
                amount = min(due[job], min(jobs[job].count, here.gpus) * here.minutes, left[slot])
                flows[job][slot - self._range[job].start] += amount
                due[job] -= amount
                left[slot] -= amount
                if not left[slot]:
                    break

    def _spare(self, job: int) -> float:
        one = self.jobs[job]
        return one.end - self._due[job] / one.count

    def _further(self, first: int) -> Cut | None:
        """More of a job, by sending others elsewhere; or the cut, if there is no way."""
        came_by: dict[int, int] = {}  # slot -> job
        sent_from: dict[int, int] = {first: -1}  # job -> slot
        queue = deque((first,))
        while queue:
            job = queue.popleft()
            places, flow = self._range[job], self._flow[job]
            self._effort -= len(places)
            for slot, amount in zip(places, flow, strict=True):
                if slot in came_by or amount >= self.room(job, slot):
                    continue
                came_by[slot] = job
                if self._left[slot]:
                    self._send(first, slot, came_by, sent_from)
                    return None
                self._effort -= len(self._in[slot])
                for other in self._in[slot]:
                    if other not in sent_from and self._flow[other][slot - self._range[other].start]:
                        sent_from[other] = slot
                        queue.append(other)
        return Cut(frozenset(sent_from), frozenset(came_by))

    def _send(self, first: int, last: int, came_by: dict[int, int], sent_from: dict[int, int]) -> None:
        """As much as the way from the job `first` to the free slot `last` lets through."""
        way: list[tuple[int, int, int]] = []  # job, the slot that it gains, the slot that it gives up
        slot, amount = last, min(self._left[last], self._due[first])
        while slot >= 0:
            job = came_by[slot]
            begin, gives = self._range[job].start, sent_from[job]
            amount = min(amount, self.room(job, slot) - self._flow[job][slot - begin])
            if gives >= 0:
                amount = min(amount, self._flow[job][gives - begin])
            way.append((job, slot, gives))
            slot = gives
        for job, gains, gives in way:
            begin = self._range[job].start
            self._flow[job][gains - begin] += amount
            if gives >= 0:
                self._flow[job][gives - begin] -= amount
        self._left[last] -= amount
        self._due[first] -= amount
