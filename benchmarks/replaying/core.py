"""The bot's own core at play: its decide() and its Calendar, with a plain dict of reservations for a ledger."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from time import perf_counter

from benchmarks.replaying.failing import Failure, resumed
from benchmarks.replaying.runs import Outcome, Run
from benchmarks.replaying.traces import Job
from bot.booking import amend
from bot.booking.calendar import Calendar
from bot.booking.decide import decide
from bot.booking.decision import Decision, Granted, Held, Placement
from bot.booking.lab import Gpu, Lab, Node, Policy
from bot.booking.lifecycle import State
from bot.booking.model import MINUTE, Before, Fixed, Promise, Request, Reservation, instant_of, minute_of, window_of
from bot.booking.search import earliest, need_of
from bot.booking.snapshot import Scene, Snapshot

POOL = "gpus"
PER_NODE = 8
OUTAGE = "U0OUTAGE"
BEGIN = datetime(2027, 1, 4, tzinfo=UTC)  # minute 0 of every trace: a Monday
ZONES = ("Europe/Berlin", "America/Los_Angeles", "Asia/Tokyo", "UTC")
NOTICED = 60  # minutes before its end at which somebody sees that a run needs longer
MOST_TRIED = 16  # of the waiting, each time that GPUs are given back

# What is no part of the game is off: no limit of a member's, no admin.
OPEN = Policy(
    max_hours=10**6,
    hard_max_hours=10**6,
    max_share=10**3,
    horizon_days=60,
    movable_horizon_days=3650,
    outstanding_pool_days=10**6,
    approval="never",
)
UNMOVED = replace(OPEN, moves=0)
FREE = replace(OPEN, moves=10**6, move_notice=timedelta(0))
END, EXTEND, START, FAIL = 0, 1, 2, 3  # what happens first in a minute


class BrokenRuleError(Exception):
    """The core did what it never may: a benchmark of it is worth nothing."""


@dataclass(slots=True)
class _Ledger:
    """Reservations by id (the job's), and what is to happen: (minute, what, id, version)."""

    held: dict[int, Reservation] = field(default_factory=dict)
    events: list[tuple[int, int, int, int]] = field(default_factory=list)
    version: int = 0


class Core:
    """The core under one policy. `zones`: members' time zones, so that they have nights.

    Who is refused waits: when GPUs are given back early, those who can still make it ask again, most urgent first;
    then holders of movable reservations are offered an earlier start, and take it.
    """

    def __init__(self, gpus: int, policy: Policy, zones: Mapping[str, str] | None = None) -> None:
        self._lab = lab_of(gpus, policy)
        self._policy = policy
        self._zones = dict(zones or {})
        self._begin = minute_of(BEGIN)
        self._calendar = Calendar(self._lab, self._begin)
        self._ledger = _Ledger()
        self._waiting: dict[int, Job] = {}
        self._jobs: dict[int, Job] = {}  # by id: the job, or what failures left of it
        self._failures: Sequence[Failure] = ()
        self._busy: dict[str, int] = dict.fromkeys(self._lab.gpus, 0)
        self._outcome = Outcome({}, promises=True)

    def play(self, jobs: Sequence[Job], failures: Sequence[Failure] = ()) -> Outcome:
        self._outcome = Outcome({job.id: Run(job) for job in jobs}, promises=True)
        self._failures = failures
        for place, failure in enumerate(failures):
            heappush(self._ledger.events, (failure.start, FAIL, -1 - place, 0))
        for job in jobs:
            self._advance(job.submit)
            self._calendar.forget(self._begin + job.submit)
            if not self._ask(job, job.submit):
                self._waiting[job.id] = job
            self._advance(job.submit)
        self._advance(None)
        return self._outcome

    def _ask(self, job: Job, now: int) -> bool:
        """decide() on the job, and its answer carried out. Whether it was granted."""
        instant = instant_of(self._begin + now)
        request = self._request(job, now)
        snapshot = self._snapshot(job.member)
        began = perf_counter()
        decision: Decision = decide(request, snapshot, self._calendar, self._policy, instant)
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
        begin = instant_of(self._begin + now)
        by = instant_of(self._begin + job.due)
        request = Request(job.member, job.gpus, Before(job.length * MINUTE, Promise(by, by), begin), pool=POOL)
        if not job.fixed:
            return request
        # Whoever books a window looks for the first that is free; where none is, the last one that is in time.
        need = need_of(request, self._calendar.pools[POOL], job.gpus)
        first, last = self._begin + now, self._begin + job.latest
        found = earliest(self._calendar, need, first, last, job.length, first)
        start = max(first, last) if found is None else minute_of(found.window.start)
        return replace(request, when=Fixed(window_of(start, start + job.length)))

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
            created_at=instant_of(self._begin + now),
            version=self._ledger.version + 1,  # never one that it had before it was displaced
            movable=not job.fixed,
            not_before=None if isinstance(request.when, Fixed) else request.when.not_before,
            promise=None if isinstance(request.when, Fixed) else request.when.promise,
        )
        self._write([*self._rearranged(placement, now), booked])
        self._expect(booked)
        self._jobs[job.id] = job
        run = self._outcome.runs[job.id]
        run.promised, run.kept = True, self._minute(booked.window.end) <= job.due

    def _rearranged(self, placement: Placement, now: int) -> list[Reservation]:
        """Others with their new GPUs and new windows: to be written at once with what makes them so."""
        held, changed = self._ledger.held, {}
        for id_, gpus in placement.rebinds:
            changed[id_] = replace(held[id_], gpus=gpus)
        for move in placement.moves:
            old = changed.get(move.reservation, held[move.reservation])
            if old.state is not State.BOOKED or not old.movable or self._minute(old.window.start) <= now:
                raise BrokenRuleError(f"R{old.id} was moved, but has begun or is fixed")
            moved = replace(old, window=move.window, gpus=move.gpus, moved=old.moved + 1, version=old.version + 1)
            changed[old.id] = moved
            self._expect(moved)
            run = self._outcome.runs[old.id]
            run.moves += 1
            inside = self._minute(moved.window.start) >= now and self._minute(moved.window.end) <= run.job.due
            run.kept = run.kept and inside and moved.window.length == old.window.length
        return list(changed.values())

    def _write(self, changed: Iterable[Reservation]) -> None:
        changed = list(changed)
        self._ledger.version += 1
        for one in changed:
            if one.holds:
                self._ledger.held[one.id] = one
            else:
                self._ledger.held.pop(one.id, None)
        self._calendar.apply(changed, self._ledger.version)

    def _expect(self, booked: Reservation) -> None:
        heappush(self._ledger.events, (self._minute(booked.window.start), START, booked.id, booked.version))

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
        job, end = self._jobs[held.id], self._minute(held.window.end)
        for gpu in held.gpus:
            if self._busy[gpu] > minute:
                raise BrokenRuleError(f"R{held.id} begins on {gpu}, which is taken")
            self._busy[gpu] = end
        if held.count != job.gpus or end - minute != job.length:
            raise BrokenRuleError(f"R{held.id} has other GPUs or hours than were asked for")
        self._write([replace(held, state=State.ACTIVE)])
        if job.runs > job.length:
            heappush(self._ledger.events, (max(minute, end - NOTICED), EXTEND, held.id, held.version))
        heappush(self._ledger.events, (minute + min(job.runs, job.length), END, held.id, held.version))

    def _extend(self, held: Reservation, minute: int) -> None:
        """Asks for the rest of the time; without it the run is cut off at its end."""
        job, scene = self._jobs[held.id], self._scene(held.member, minute)
        answer = amend.extend(held, held.window.start + job.runs * MINUTE, scene)
        if isinstance(answer, Granted):
            longer = replace(held, window=answer.placement.window, version=held.version + 1)
            self._write([*self._rearranged(answer.placement, minute), longer])
            end = self._minute(longer.window.end)
            self._busy |= dict.fromkeys(held.gpus, end)
            heappush(self._ledger.events, (end, END, held.id, longer.version))

    def _end(self, held: Reservation, minute: int) -> None:
        booked = self._minute(held.window.end)
        self._busy |= dict.fromkeys(held.gpus, minute)
        self._write([replace(held, state=State.ENDED if minute == booked else State.RELEASED)])
        if held.id < 0:  # a GPU is back
            self._refill(minute)
            return
        run = self._outcome.runs[held.id]
        began = self._minute(held.window.start)
        run.stretches.append((began, minute))
        run.finished = minute - began >= self._jobs[held.id].runs
        if minute < booked:
            self._refill(minute)

    def _fail(self, id_: int, failure: Failure) -> None:
        """A GPU is out of service: whoever it was promised to asks again, with what is left to do."""
        now = failure.start
        gpu = list(self._lab.gpus)[failure.place]
        window = window_of(self._begin + now, self._begin + failure.end)
        displaced = self._calendar.holders(POOL, window, [gpu])
        if any(one.id < 0 for one in displaced):
            return  # it is out of service already
        left = [self._displaced(one, now) for one in displaced]
        out = Reservation(
            id_, OUTAGE, State.ACTIVE, POOL, (gpu,), window, created_at=instant_of(self._begin + now), named=True
        )
        self._write([out])
        self._busy[gpu] = failure.end
        heappush(self._ledger.events, (failure.end, END, id_, out.version))
        for job in left:
            if not self._ask(job, now):
                self._waiting[job.id] = job

    def _displaced(self, held: Reservation, now: int) -> Job:
        """What is left of its job."""
        self._write([replace(held, state=State.DISPLACED)])
        began = None
        if held.state is State.ACTIVE:
            began = self._minute(held.window.start)
            self._busy |= dict.fromkeys(held.gpus, now)
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
            if self._ask(job, now):
                del self._waiting[job.id]

    def _earlier(self, now: int) -> int:
        """How many of the next movable reservations now begin earlier than they would have."""
        begin = self._begin + now
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
                self._write([*self._rearranged(found, now), sooner])
                self._expect(sooner)
                self._outcome.runs[id_].earlier += 1
                taken += 1
        return taken

    def _scene(self, member: str, minute: int) -> Scene:
        return Scene(self._snapshot(member), self._calendar, self._policy, instant_of(self._begin + minute))

    def _minute(self, instant: datetime) -> int:
        return minute_of(instant) - self._begin


def lab_of(gpus: int, policy: Policy) -> Lab:
    """One pool, on nodes of eight."""
    nodes = []
    for first in range(0, gpus, PER_NODE):
        name = f"n{first // PER_NODE:03}"
        nodes.append(Node(name, tuple(Gpu(name, index, POOL) for index in range(min(PER_NODE, gpus - first)))))
    return Lab("Replayed Lab", tuple(nodes), policy=policy)


def zones_of(jobs: Iterable[Job]) -> dict[str, str]:
    """A time zone for each member, one after the other."""
    members = sorted({job.member for job in jobs})
    return {member: ZONES[place % len(ZONES)] for place, member in enumerate(members)}
