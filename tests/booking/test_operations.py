"""Random operations on the core against an oracle that knows nothing of masks: a dict of intervals and the promises."""

import random
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from scipy.optimize import linprog

from bot.booking import amend
from bot.booking.calendar import Calendar
from bot.booking.decide import decide
from bot.booking.decision import Granted, Held, Placement, Refused
from bot.booking.lab import Policy
from bot.booking.lifecycle import State
from bot.booking.model import Before, Fixed, Promise, Request, Reservation, Window, Work, minute_of
from bot.booking.pieces import pieces_of
from bot.booking.planning import is_night
from bot.booking.reasons import NotByDeadline
from bot.booking.snapshot import Scene, Snapshot
from make import lab, monday, node

ZONES = {"U0": "Europe/Berlin", "U1": "America/Los_Angeles", "U2": "Asia/Tokyo", "U3": "UTC"}
POLICY = Policy(
    max_hours=10**6,
    hard_max_hours=10**6,
    max_share=1,
    horizon_days=60,
    movable_horizon_days=60,
    outstanding_pool_days=10**6,
    move_notice=timedelta(hours=3),
    moves=2,
)


HOUR = timedelta(hours=1)


def ends(one: Reservation) -> tuple[datetime, datetime]:
    """Both ends of its window."""
    return one.window.start, one.window.end


class Play:
    """A lab that is booked at random; `check` is the oracle's word on every change."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.lab = lab(node("n0", "a100", 4), node("n1", "a100", 2), node("m0", "3090", 2), policy=POLICY)
        self.now = monday(9)
        self.calendar = Calendar(self.lab, minute_of(self.now))
        self.ledger: dict[int, Reservation] = {}
        self.out: set[str] = set()
        self.seen: Counter[str] = Counter()
        self.last = 0

    def step(self) -> None:
        """One operation."""
        name = self.dice.choices(
            ["book", "cancel", "extend", "release", "deadline", "outage", "clock"], [50, 12, 8, 6, 4, 1, 19]
        )[0]
        self.seen[name] += 1
        getattr(self, f"_{name}")()

    def _book(self) -> None:
        request = self._request()
        before = dict(self.calendar.live)
        masks = {pool: self.calendar.pools[pool].minutes.over(*self._reach()) for pool in self.calendar.pools}
        snapshot = Snapshot(self.calendar.of(request.member), zones=ZONES)
        decision = decide(request, snapshot, self.calendar, POLICY, self.now)
        assert self.calendar.live == before
        assert masks == {pool: self.calendar.pools[pool].minutes.over(*self._reach()) for pool in masks}
        match decision:
            case Granted(placement):
                self._enter(request, placement)
            case Refused(refusals):
                self.seen["refused"] += 1
                if any(isinstance(why, NotByDeadline) and why.proof is not None for why in refusals):
                    self.seen["proven"] += 1
                    self._check_proof(request)
            case Held():
                pytest.fail("nothing is limited here")

    def _enter(self, request: Request, placement: Placement) -> None:
        self.seen["moves"] += len(placement.moves)
        self.seen["rebinds"] += len(placement.rebinds)
        self.seen["pieces"] += len(placement.pieces)
        changed = []
        for moved in placement.moves:
            old = self.calendar.live[moved.reservation]
            new = replace(old, window=moved.window, gpus=moved.gpus, moved=old.moved + 1)
            self._check_move(old, new)
            changed.append(new)
        changed += [replace(self.calendar.live[id_], gpus=gpus) for id_, gpus in placement.rebinds]
        for one in changed[len(placement.moves) :]:
            self._check_rebind(self.calendar.live[one.id], one)
        fixed = isinstance(request.when, Fixed)
        for piece in pieces_of(placement):
            self.last += 1
            changed.append(
                Reservation(
                    id=self.last,
                    member=request.member,
                    state=State.ACTIVE if piece.window.start <= self.now else State.BOOKED,
                    pool=piece.pool,
                    gpus=piece.gpus,
                    window=piece.window,
                    created_at=self.now,
                    movable=not fixed,
                    named=bool(request.gpus),
                    not_before=None if isinstance(request.when, Fixed) else request.when.not_before,
                    promise=None if isinstance(request.when, Fixed) else request.when.promise,
                )
            )
        self._check_asked(request, placement)
        self._apply(changed)

    def _apply(self, changed: list[Reservation]) -> None:
        self.calendar.apply(changed, self.calendar.version + 1)
        for one in changed:
            self.ledger[one.id] = one
        for one in changed:
            self._check_legal(one)

    def _check_legal(self, one: Reservation) -> None:
        """No overlap with anybody, and the promise kept."""
        if not one.holds:
            return
        assert len(set(one.gpus)) == len(one.gpus)
        assert all(self.lab.gpus[gpu].pool == one.pool for gpu in one.gpus)
        for other in self.ledger.values():
            if other.id != one.id and other.holds and other.window.overlaps(one.window):
                assert not set(other.gpus) & set(one.gpus), (one, other)
        if one.promise is not None:
            assert one.window.end <= one.promise.by
            assert one.not_before is not None
            assert one.window.start >= one.not_before

    def _check_move(self, old: Reservation, new: Reservation) -> None:
        assert old.movable
        assert old.state is State.BOOKED
        assert not old.named
        assert old.window.start > self.now
        assert old.window.start - self.now >= POLICY.move_notice
        assert new.window.start - self.now >= POLICY.move_notice
        assert new.moved <= POLICY.moves
        assert new.window.length == old.window.length
        assert new.count == old.count
        assert new.window == old.window or not is_night(new.window.start, ZONES[old.member])

    def _check_rebind(self, old: Reservation, new: Reservation) -> None:
        assert not old.named
        assert old.state is not State.ACTIVE
        assert old.window.start > self.now
        assert {gpu.split(":")[0] for gpu in old.gpus} == {gpu.split(":")[0] for gpu in new.gpus}

    def _check_asked(self, request: Request, placement: Placement) -> None:
        match request.when:
            case Fixed(window):
                assert placement.window == window
            case Before(length, promise, not_before):
                pieces = pieces_of(placement)
                assert sum((piece.window.length for piece in pieces), timedelta()) == length
                assert pieces[0].window.start >= not_before
                assert all(one.window.end <= two.window.start for one, two in pairwise(pieces))
                assert pieces[-1].window.end <= promise.by
            case Work(hours, promise, not_before):
                assert placement.window.start >= not_before
                assert placement.window.end <= promise.by
                assert placement.window.hours * len(placement.gpus) >= hours - 1e-6
        if request.gpus:
            assert placement.gpus == request.gpus
        elif not isinstance(request.when, Work):
            assert {len(piece.gpus) for piece in pieces_of(placement)} == {request.count}

    def _check_proof(self, request: Request) -> None:
        """In no pool where it may go does it fit, even if all that has not begun could be cut up and moved at will."""
        for pool in [request.pool] if request.pool else sorted(self.lab.pools):
            if not isinstance(request.when, Work) and request.count > self.lab.pools[pool].size:
                continue
            assert not self._fits_cut_up(request, pool)

    def _fits_cut_up(self, request: Request, pool: str) -> bool:
        """A linear program: how many GPU-minutes each job gets in each interval between two changes."""
        assert not isinstance(request.when, Fixed)
        size = self.lab.pools[pool].size
        count = max(n for n in (1, 2, 4, 8) if n <= size) if isinstance(request.when, Work) else request.count
        start, end = max(request.when.not_before, self.now), request.when.promise.by
        hours = request.when.gpu_hours if isinstance(request.when, Work) else request.when.length / HOUR * count
        jobs, busy = [(start, end, count, hours)], []
        for one in self.calendar.live.values():
            if one.pool != pool:
                continue
            if one.promise is not None and one.not_before is not None and one.window.start > self.now:
                jobs.append((max(one.not_before, self.now), one.promise.by, one.count, one.window.hours * one.count))
            else:
                busy.append(one)
        edges = sorted({self.now, *(at for job in jobs for at in job[:2])} | {at for one in busy for at in ends(one)})
        edges = [at for at in edges if at >= self.now]
        slots = list(pairwise(edges))
        free = [size - sum(one.count for one in busy if one.window.overlaps(Window(*slot))) for slot in slots]
        if not isinstance(request.when, Work):
            alone = [
                b - a for (a, b), gpus in zip(slots, free, strict=True) if gpus >= count and start <= a and b <= end
            ]
            if sum(alone, timedelta()) < request.when.length:
                return False
        pairs = [(j, s) for j, job in enumerate(jobs) for s, slot in enumerate(slots) if job[0] <= slot[0] < job[1]]
        if not pairs:
            return False
        room = [jobs[j][2] * ((slots[s][1] - slots[s][0]) / HOUR) for j, s in pairs]
        of_job = [[float(j == one) for j, _ in pairs] for one in range(len(jobs))]
        of_slot = [[float(s == one) for _, s in pairs] for one in range(len(slots))]
        exists = [gpus * ((b - a) / HOUR) for gpus, (a, b) in zip(free, slots, strict=True)]
        found = linprog(
            [-1.0] * len(pairs),
            A_ub=[*of_slot, *of_job],
            b_ub=[*exists, *(job[3] for job in jobs)],
            bounds=[(0, most) for most in room],
        )
        return -found.fun > sum(job[3] for job in jobs) - 1e-6

    def _request(self) -> Request:
        dice = self.dice
        member, start = dice.choice(sorted(ZONES)), self.now + timedelta(minutes=dice.randrange(0, 3000, 15))
        length = timedelta(minutes=dice.choice([30, 60, 240, 600, 1440]))
        by = start + length * dice.uniform(1, 5)
        promise = Promise(by, by.replace(second=0, microsecond=0), dice.choice([None, "neurips", "iclr"]))
        pool = dice.choice(["a100", "a100", "a100", "3090", None])
        count = dice.choice([1, 1, 1, 2, 2, 3, 4, 6])
        gpus: tuple[str, ...] = ()
        if dice.random() < 0.1:
            pool, gpus = "a100", tuple(dice.sample(["n0:0", "n0:1", "n0:2", "n1:0"], dice.choice([1, 2])))
            gpus, count = tuple(sorted(gpus)), len(gpus)
        kind = dice.random()
        if kind < 0.4:
            return Request(member, count, Fixed(Window(start, start + length)), pool, gpus)
        if kind < 0.5:
            return Request(member, 1, Work(dice.choice([2, 8, 30]), promise, start), pool)
        pieces = timedelta(minutes=60) if kind > 0.9 else None
        return Request(member, count, Before(length, promise, start, pieces), pool, gpus)

    def _holding(self, *states: State) -> Reservation | None:
        found = [one for one in self.calendar.live.values() if one.state in states and one.member != "out"]
        return self.dice.choice(found) if found else None

    def _cancel(self) -> None:
        if (one := self._holding(State.BOOKED)) is not None:
            self._apply([replace(one, state=State.CANCELLED)])

    def _release(self) -> None:
        one = self._holding(State.ACTIVE)
        if one is not None and one.window.start < self.now:
            self._apply([replace(one, state=State.RELEASED, window=Window(one.window.start, self.now))])

    def _extend(self) -> None:
        one = self._holding(State.BOOKED, State.ACTIVE)
        if one is None:
            return
        end = one.window.end + timedelta(hours=self.dice.choice([1, 4]))
        scene = Scene(Snapshot(self.calendar.of(one.member), zones=ZONES), self.calendar, POLICY, self.now)
        verdict = amend.extend(one, end, scene)
        if isinstance(verdict, Granted):
            found = verdict.placement
            self.seen["extended by moves"] += bool(found.moves)
            changed = [replace(one, window=found.window, gpus=found.gpus, movable=False, promise=None, not_before=None)]
            for moved in found.moves:
                old = self.calendar.live[moved.reservation]
                changed.append(replace(old, window=moved.window, gpus=moved.gpus, moved=old.moved + 1))
                self._check_move(old, changed[-1])
            changed += [replace(self.calendar.live[id_], gpus=gpus) for id_, gpus in found.rebinds]
            self._apply(changed)

    def _deadline(self) -> None:
        """A named deadline is put off, or comes nearer as far as everybody still makes it."""
        name, hours = self.dice.choice(["neurips", "iclr"]), self.dice.choice([-6, -1, 12, 48])
        changed = []
        for one in self.calendar.live.values():
            if one.promise is not None and one.promise.name == name and one.state is State.BOOKED:
                by = one.promise.by + timedelta(hours=hours)
                if by >= one.window.end:
                    changed.append(replace(one, promise=Promise(by, by, name)))
        self._apply(changed)

    def _outage(self) -> None:
        """A GPU is out of service for two days: who is on it then is displaced, the only promise that may break."""
        gpu = self.dice.choice(sorted(self.lab.gpus))
        window = Window(self.now, self.now + timedelta(days=2))
        hit = self.calendar.holders(self.lab.gpus[gpu].pool, window, (gpu,))
        self._apply([replace(one, state=State.DISPLACED) for one in hit])
        self.last += 1
        self._apply(
            [
                Reservation(
                    id=self.last,
                    member="out",
                    state=State.ACTIVE,
                    pool=self.lab.gpus[gpu].pool,
                    gpus=(gpu,),
                    window=window,
                    created_at=self.now,
                    named=True,
                )
            ]
        )

    def _clock(self) -> None:
        self.now += timedelta(minutes=self.dice.randrange(1, 240))
        ends = [
            replace(one, state=State.ENDED)
            for one in self.calendar.live.values()
            if one.state is State.ACTIVE and one.window.end <= self.now
        ]
        self._apply(ends)
        starts = [
            replace(one, state=State.ACTIVE if one.window.end > self.now else State.ENDED)
            for one in self.calendar.live.values()
            if one.state is State.BOOKED and one.window.start <= self.now
        ]
        self._apply(starts)
        self.calendar.forget(minute_of(self.now))
        self.ledger = {id_: one for id_, one in self.ledger.items() if one.holds}

    def _reach(self) -> tuple[int, int]:
        return minute_of(self.now), minute_of(self.now) + 20_000


@pytest.mark.parametrize("seed", range(10))
def test_random_operations_never_double_book_nor_break_a_promise(seed, rounds):
    play = Play(seed)
    for _ in range(rounds(1_500, 100_000)):
        play.step()
    assert play.seen["refused"] > 20
    assert play.seen["moves"] > 5
    assert play.seen["rebinds"] > 5
