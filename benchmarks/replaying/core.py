"""The bot's own core at play: its decide() and its Calendar, asked as members would ask."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from heapq import heappop, heappush
from time import perf_counter

from benchmarks.replaying.failing import Failure, resumed
from benchmarks.replaying.labs import POOL, lab_of
from benchmarks.replaying.ledger import END, EXTEND, FAIL, START, BrokenRuleError, Ledger, instant, trace_minute
from benchmarks.replaying.runs import Outcome, Run
from benchmarks.replaying.traces import Job
from bot.booking import amend
from bot.booking.decide import decide
from bot.booking.decision import Decision, Granted, Held, Placement
from bot.booking.lab import Policy
from bot.booking.lifecycle import State
from bot.booking.model import MINUTE, Before, Fixed, Promise, Request, Reservation, Window, minute_of, window_of
from bot.booking.search import Need, earliest, need_of
from bot.booking.snapshot import Scene, Snapshot

OUTAGE = "U0OUTAGE"
NOTICED = 60  # minutes before its end at which somebody sees that a run needs longer
MOST_TRIED = 16  # of the waiting, each time that GPUs are given back


class Core:
    """The core under one policy. `zones`: members' time zones, so that they have nights.

    Who is refused waits: when GPUs are given back early, those who can still make it ask again, most urgent first;
    then holders of movable reservations are offered an earlier start, and take it.
    """

    def __init__(self, gpus: int, policy: Policy, zones: Mapping[str, str] | None = None) -> None:
        self._lab = lab_of(gpus, policy)
        self._policy = policy
        self._zones = dict(zones or {})
        self._ledger = Ledger(self._lab)
        self._calendar = self._ledger.calendar
        self._waiting: dict[int, Job] = {}
        self._jobs: dict[int, Job] = {}  # by id: the job, or what failures left of it
        self._failures: Sequence[Failure] = ()
        self._outcome = Outcome({}, promises=True)

    def play(self, jobs: Sequence[Job], failures: Sequence[Failure] = ()) -> Outcome:
        self._outcome = Outcome({job.id: Run(job) for job in jobs}, promises=True)
        self._failures = failures
        for place, failure in enumerate(failures):
            heappush(self._ledger.events, (failure.start, FAIL, -1 - place, 0))
        for job in jobs:
            self._advance(job.submit)
            self._calendar.forget(minute_of(instant(job.submit)))
            if not self._ask(job, job.submit):
                self._waiting[job.id] = job
            self._advance(job.submit)
        self._advance(None)
        return self._outcome

    def _ask(self, job: Job, now: int) -> bool:
        """decide() on the job, and its answer carried out. Whether it was granted."""
        if job.fixed and job.latest < now:
            return False  # a failure left it no window that is in time
        request, snapshot, at = self._request(job, now), self._snapshot(job.member), instant(now)
        began = perf_counter()
        decision: Decision = decide(request, snapshot, self._calendar, self._policy, at)
        self._outcome.seconds.append(perf_counter() - began)
        match decision:
            case Granted(placement):
                self._book(job, request, placement, now)
                return True
            case Held():
                raise BrokenRuleError(f"job {job.id} was held for an admin, though nothing asks one: {decision}")
            case _:
                return False

    def _request(self, job: Job, now: int) -> Request:
        by = instant(job.due)
        request = Request(job.member, job.gpus, Before(job.length * MINUTE, Promise(by, by), instant(now)), pool=POOL)
        if not job.fixed:
            return request
        # Whoever books a window looks for the first that is free; where none is, the last one that is in time.
        found = self._first_free(job, now)
        start = minute_of(instant(job.latest)) if found is None else minute_of(found.window.start)
        return replace(request, when=Fixed(window_of(start, start + job.length)))

    def _first_free(self, job: Job, now: int) -> Placement | None:
        """Room in time that nobody is moved for."""
        pool = self._calendar.pools[POOL]
        need = Need(POOL, job.gpus, pool.layout.full, member=job.member)
        first, last = minute_of(instant(now)), minute_of(instant(job.latest))
        return earliest(self._calendar, need, first, last, job.length, first)

    def _snapshot(self, member: str) -> Snapshot:
        return Snapshot(self._calendar.of(member), (), self._calendar.pending(), zones=self._zones)

    def _book(self, job: Job, request: Request, placement: Placement, now: int) -> None:
        booked = Reservation(
            id=job.id,
            member=job.member,
            state=State.BOOKED,
            pool=POOL,
            gpus=placement.gpus,
            window=placement.window,
            created_at=instant(now),
            version=self._ledger.version + 1,  # never one that it had before it was displaced
            movable=not job.fixed,
            not_before=None if isinstance(request.when, Fixed) else request.when.not_before,
            promise=None if isinstance(request.when, Fixed) else request.when.promise,
        )
        self._ledger.write([*self._ledger.rearranged(placement, now, self._outcome.runs), booked])
        self._ledger.expect_start(booked)
        self._jobs[job.id] = job
        run = self._outcome.runs[job.id]
        run.promised, run.kept = True, trace_minute(booked.window.end) <= job.due

    def _advance(self, until: int | None) -> None:
        """Starts, ends and extends what is due by then (None: all)."""
        events = self._ledger.events
        while events and (until is None or events[0][0] <= until):
            minute, what, id_, version = heappop(events)
            if what == FAIL:
                self._fail(id_, self._failures[-1 - id_])
                continue
            held = self._ledger.held.get(id_)
            if held is None or held.version != version:
                continue
            if what == START:
                self._start(held, minute)
            elif what == EXTEND:
                self._extend(held, minute)
            else:
                self._end(held, minute)

    def _start(self, held: Reservation, minute: int) -> None:
        job, end = self._jobs[held.id], trace_minute(held.window.end)
        self._ledger.take(held.gpus, minute, end)
        if held.count != job.gpus or end - minute != job.length:
            raise BrokenRuleError(f"R{held.id} has other GPUs or hours than were asked for")
        self._ledger.write([replace(held, state=State.ACTIVE)])
        if job.runs > job.length:
            self._ledger.expect(max(minute, end - NOTICED), EXTEND, held)
        self._ledger.expect(minute + min(job.runs, job.length), END, held)

    def _extend(self, held: Reservation, minute: int) -> None:
        """Asks for the rest of the time; without it the run is cut off at its end."""
        job, scene = self._jobs[held.id], self._scene(held.member, minute)
        answer = amend.extend(held, held.window.start + job.runs * MINUTE, scene)
        if isinstance(answer, Granted):
            longer = replace(held, window=answer.placement.window, version=held.version + 1)
            self._ledger.write([*self._ledger.rearranged(answer.placement, minute, self._outcome.runs), longer])
            end = trace_minute(longer.window.end)
            self._ledger.leave(held.gpus, end)
            self._ledger.expect(end, END, longer)

    def _end(self, held: Reservation, minute: int) -> None:
        booked = trace_minute(held.window.end)
        self._ledger.leave(held.gpus, minute)
        self._ledger.write([replace(held, state=State.ENDED if minute == booked else State.RELEASED)])
        if held.id < 0:  # a GPU is back
            self._refill(minute)
            return
        run = self._outcome.runs[held.id]
        began = trace_minute(held.window.start)
        run.stretches.append((began, minute))
        run.finished = minute - began >= self._jobs[held.id].runs
        if minute < booked:
            self._refill(minute)

    def _fail(self, id_: int, failure: Failure) -> None:
        """A GPU is out of service: whoever it was promised to asks again, with what is left to do."""
        now = failure.start
        gpu = list(self._lab.gpus)[failure.place]
        window = Window(instant(now), instant(failure.end))
        displaced = self._calendar.holders(POOL, window, [gpu])
        if any(one.id < 0 for one in displaced):
            return  # it is out of service already
        left = [self._displaced(one, now) for one in displaced]
        out = Reservation(id_, OUTAGE, State.ACTIVE, POOL, (gpu,), window, created_at=instant(now), named=True)
        self._ledger.write([out])
        self._ledger.take([gpu], now, failure.end)
        self._ledger.expect(failure.end, END, out)
        for job in left:
            if not self._ask(job, now):
                self._waiting[job.id] = job

    def _displaced(self, held: Reservation, now: int) -> Job:
        """What is left of its job."""
        self._ledger.write([replace(held, state=State.DISPLACED)])
        began = None
        if held.state is State.ACTIVE:
            began = trace_minute(held.window.start)
            self._ledger.leave(held.gpus, now)
            self._outcome.runs[held.id].stretches.append((began, now))
        return resumed(self._jobs[held.id], began, now)

    def _refill(self, now: int) -> None:
        """GPUs have come back early."""
        self._ask_again(now)
        if self._earlier(now):
            self._ask_again(now)

    def _ask_again(self, now: int) -> None:
        """The most urgent of those who were refused."""
        self._waiting = {id_: job for id_, job in self._waiting.items() if job.latest >= now}
        for job in sorted(self._waiting.values(), key=lambda job: (job.latest, job.id))[:MOST_TRIED]:
            # Nobody is moved for one who waits: others' moves were tried when it was refused.
            if self._first_free(job, now) is not None and self._ask(job, now):
                del self._waiting[job.id]

    def _earlier(self, now: int) -> int:
        """How many of the next movable reservations now begin earlier than they would have."""
        begin = minute_of(instant(now))
        later = (one for one in self._ledger.held.values() if one.state is State.BOOKED and one.movable)
        following = sorted(later, key=lambda one: (one.window.start, one.id))[:MOST_TRIED]
        taken = 0
        for id_ in [one.id for one in following]:
            held = self._ledger.held[id_]
            request = amend.as_request(held, held.window)
            need = need_of(request, self._calendar.pools[POOL], held.count)
            with self._calendar.without(held):
                last = minute_of(held.window.start) - 1
                found = earliest(self._calendar, need, begin, last, held.window.minutes, begin)
            if found is not None:
                sooner = replace(held, window=found.window, gpus=found.gpus, version=held.version + 1)
                self._ledger.write([*self._ledger.rearranged(found, now, self._outcome.runs), sooner])
                self._ledger.expect_start(sooner)
                self._outcome.runs[id_].earlier += 1
                taken += 1
        return taken

    def _scene(self, member: str, minute: int) -> Scene:
        return Scene(self._snapshot(member), self._calendar, self._policy, instant(minute))
