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
from benchmarks.replaying.waiting import Waitlist
from bot.booking import amend
from bot.booking.decide import decide
from bot.booking.decision import Decision, Granted, Held, Placement
from bot.booking.judge import judge
from bot.booking.lab import Policy
from bot.booking.lifecycle import State
from bot.booking.model import MINUTE, Before, Fixed, Promise, Request, Reservation, Window, minute_of, window_of
from bot.booking.search import Need, earliest
from bot.booking.snapshot import Scene, Snapshot
from bot.booking.sooner import sooner

OUTAGE = "U0OUTAGE"
NOTICED = 60  # minutes before its end at which somebody sees that a run needs longer


class Core:
    """The core under one policy. `zones`: members' time zones, so that they have nights.

    Who is refused waits in the bot's own waitlist, and takes what it offers: it is looked at when GPUs are given back
    early and when others were moved. Then holders of movable reservations are told of an earlier start, and take it.
    """

    def __init__(self, gpus: int, policy: Policy, zones: Mapping[str, str] | None = None) -> None:
        self._lab = lab_of(gpus, policy)
        self._policy = policy
        self._zones = dict(zones or {})
        self._ledger = Ledger(self._lab)
        self._calendar = self._ledger.calendar
        self._waitlist = Waitlist()
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
            self._ask_or_wait(job, job.submit)
            self._advance(job.submit)
        self._advance(None)
        return self._outcome

    def _ask_or_wait(self, job: Job, now: int) -> None:
        if not self._ask(job, now):
            # Whoever wanted a window of their own waits for one that is in time.
            self._waitlist.add(job, self._before(job, now), instant(now))

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
                if placement.moves:
                    self._serve_waitlist(now)
                return True
            case Held():
                raise BrokenRuleError(f"job {job.id} was held for an admin, though nothing asks one: {decision}")
            case _:
                return False

    def _before(self, job: Job, now: int) -> Request:
        by = instant(job.due)
        return Request(job.member, job.gpus, Before(job.length * MINUTE, Promise(by, by), instant(now)), pool=POOL)

    def _request(self, job: Job, now: int) -> Request:
        request = self._before(job, now)
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
            not_before=request.when.not_before if isinstance(request.when, Before) and not job.fixed else None,
            promise=request.when.promise if isinstance(request.when, Before) and not job.fixed else None,
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
        self._had(held, minute)
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
            self._ask_or_wait(job, now)

    def _displaced(self, held: Reservation, now: int) -> Job:
        """What is left of its job."""
        self._ledger.write([replace(held, state=State.DISPLACED)])
        began = None
        if held.state is State.ACTIVE:
            began = trace_minute(held.window.start)
            self._had(held, now)
            self._ledger.leave(held.gpus, now)
            self._outcome.runs[held.id].stretches.append((began, now))
        return resumed(self._jobs[held.id], began, now)

    def _had(self, held: Reservation, now: int) -> None:
        if trace_minute(held.window.start) < now:
            self._waitlist.had(held.member, Window(held.window.start, instant(now)), held.count, instant(now))

    def _refill(self, now: int) -> None:
        """GPUs have come back early."""
        self._serve_waitlist(now)
        if self._earlier(now):
            self._serve_waitlist(now)

    def _serve_waitlist(self, now: int) -> None:
        """One at a time, each with the calendar as the one before has left it."""
        while (due := self._waitlist.first(self._waiting_scene(now))) is not None:
            one, placement = due.waiting, due.placement
            verdict = judge(one.request, placement, self._scene(one.member, now)) if placement else None
            if not isinstance(verdict, Granted):
                raise BrokenRuleError(f"{one.label} was to be served, but {verdict}")
            self._book(self._waitlist.served(one), one.request, verdict.placement, now)

    def _earlier(self, now: int) -> int:
        """How many movable reservations now begin earlier than they would have."""
        taken = 0
        for told, window in sooner(self._waiting_scene(now)):
            held = self._ledger.held[told.id]  # another's earlier start may have given it other GPUs meanwhile
            answer = amend.move(held, window, self._scene(held.member, now))
            if isinstance(answer, Granted):
                placement = answer.placement
                begins = replace(held, window=window, gpus=placement.gpus, version=held.version + 1)
                self._ledger.write([*self._ledger.rearranged(placement, now, self._outcome.runs), begins])
                self._ledger.expect_start(begins)
                self._outcome.runs[held.id].earlier += 1
                taken += 1
        return taken

    def _waiting_scene(self, now: int) -> Scene:
        """For all who wait, and how much each has had."""
        scene, at = self._scene("", now), instant(now)
        return replace(
            scene, snapshot=replace(scene.snapshot, waiting=self._waitlist.all(), past=self._waitlist.past(at))
        )

    def _scene(self, member: str, minute: int) -> Scene:
        return Scene(self._snapshot(member), self._calendar, self._policy, instant(minute))
