"""Proofs that work does not fit, held against a linear program."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
from scipy.optimize import linprog

from bot.booking.calendar import Calendar
from bot.booking.flow import Free, Job
from bot.booking.lab import Lab, Policy
from bot.booking.lifecycle import State
from bot.booking.model import Before, Promise, Request, Reservation, Work, minute_of, window_of
from bot.booking.proof import proof, shortage
from bot.booking.reasons import Shortage
from bot.booking.snapshot import Scene, Snapshot
from conftest import Rounds
from make import ALICE, lab, monday, node, reservation, window

NOW = monday(8)


def fits(jobs: Sequence[Job], free: Sequence[Free]) -> bool:
    """The relaxation as a linear program: GPU-minutes of each job in each piece of time, all of them or not at all."""
    edges = sorted({*(job.start for job in jobs), *(job.end for job in jobs), *(at for one in free for at in one[:2])})
    pieces = list(pairwise(edges))
    gpus = [next((one[2] for one in free if one[0] <= start and end <= one[1]), 0) for start, end in pieces]
    pairs = [
        (job, piece)
        for job, one in enumerate(jobs)
        for piece, (start, end) in enumerate(pieces)
        if one.start <= start and end <= one.end
    ]
    if not pairs:
        return not any(job.gpu_minutes for job in jobs)
    room = np.zeros((len(pieces), len(pairs)))
    work = np.zeros((len(jobs), len(pairs)))
    most = []
    for at, (job, piece) in enumerate(pairs):
        room[piece, at] = work[job, at] = 1
        most.append((0, jobs[job].count * (pieces[piece][1] - pieces[piece][0])))
    there = [count * (end - start) for count, (start, end) in zip(gpus, pieces, strict=True)]
    found = linprog(
        -np.ones(len(pairs)), np.vstack([room, work]), [*there, *(job.gpu_minutes for job in jobs)], bounds=most
    )
    return round(-found.fun, 4) >= sum(job.gpu_minutes for job in jobs)


def drawn(chance: random.Random) -> tuple[list[Job], list[Free]]:
    """Few jobs in little time, as much as just fits or does not."""
    edges = sorted({0, *(chance.randrange(1, 40) for _ in range(chance.randrange(6))), 40})
    free = [(start, end, chance.randrange(5)) for start, end in pairwise(edges) if chance.random() < 0.9]
    jobs = []
    for _ in range(chance.randrange(1, 7)):
        start = chance.randrange(38)
        end, count = chance.randrange(start + 1, 41), chance.randrange(1, 5)
        jobs.append(Job(start, end, count, count * chance.randrange(1, end - start + 1)))
    return jobs, free


@pytest.mark.parametrize("seed", range(10))
def test_there_is_a_shortage_just_where_the_linear_program_has_no_solution(seed: int, rounds: Rounds) -> None:
    chance = random.Random(seed)
    short, drawings = 0, rounds(60, 2_000)
    for _ in range(drawings):
        jobs, free = drawn(chance)
        found = shortage(jobs, free)
        assert (found is None) == fits(jobs, free), (jobs, free)
        short += found is not None
    assert 0.1 < short / drawings < 0.9


def test_the_figures_are_those_of_the_cut() -> None:
    free = [(0, 600, 4), (600, 1200, 2), (1200, 3000, 4)]
    jobs = [Job(600, 1200, 2, 900), Job(0, 3000, 4, 60), Job(600, 1200, 1, 600)]
    assert shortage(jobs, free) == Shortage(window_of(600, 1200), 25, 20)


def test_a_job_that_is_wider_than_its_time_is_short_by_itself() -> None:
    assert shortage([Job(0, 60, 2, 240)], [(0, 60, 8)]) == Shortage(window_of(0, 60), 4, 2)


@pytest.mark.parametrize("seed", range(4))
def test_the_figures_say_by_how_much_it_does_not_fit(seed: int) -> None:
    chance = random.Random(100 + seed)
    for _ in range(200):
        jobs, free = drawn(chance)
        found = shortage(jobs, free)
        if found is None:
            continue
        assert found.wanted > found.existing
        start, end = minute_of(found.window.start), minute_of(found.window.end)
        inside = sum(gpus * max(0, min(last, end) - max(first, start)) for first, last, gpus in free)
        assert found.existing * 60 <= inside + 1e-6
        whole = sum(job.gpu_minutes for job in jobs if start < job.end and job.start < end)
        assert found.wanted * 60 <= whole + 1e-6


def test_what_is_too_much_work_is_not_proven() -> None:
    jobs = [Job(0, 60, 2, 240)] * 3
    assert shortage(jobs, [(0, 60, 8)]) is not None
    assert shortage(jobs, [(0, 60, 8)], effort=2) is None
    assert shortage(jobs * 200, [(0, 60, 8)]) is None


def movable(id_: int, start: float, end: float, gpus: tuple[str, ...], by: float, not_before: float = 8) -> Reservation:
    made = reservation(id_, start, end, gpus, movable=True)
    return replace(made, not_before=monday(not_before), promise=Promise(monday(by), monday(by), "neurips"))


def scene(*held: Reservation, of: Lab | None = None) -> Scene:
    calendar = Calendar(of or lab(), minute_of(NOW))
    calendar.apply(held, 1)
    return Scene(Snapshot(), calendar, Policy(), NOW)


def wanted(count: int, hours: float, by: float, **others: object) -> Request:
    run = Before(timedelta(hours=hours), Promise(monday(by), monday(by)), NOW)
    return replace(Request(ALICE.id, count, run, pool="a100"), **others)


ALL = tuple(f"atlas:{index}" for index in range(4))


def test_fixed_reservations_leave_too_little() -> None:
    assert proof(wanted(2, 4, 16), scene(reservation(1, 8, 15, ALL))) == Shortage(window(8, 16), 8, 2)
    assert proof(wanted(4, 1, 16), scene(reservation(1, 8, 15, ALL))) is None


def test_movable_ones_count_as_work_inside_their_own_bounds() -> None:
    fill = movable(1, 9, 15, ALL, by=16)
    found = proof(wanted(4, 3, 16), scene(fill))
    assert found == Shortage(window(8, 16), 36, 32)
    assert proof(wanted(4, 2, 16), scene(fill)) is None
    assert proof(wanted(4, 3, 16), scene(movable(1, 9, 15, ALL, by=20))) is None


def test_what_has_begun_is_where_it_is_though_it_is_movable() -> None:
    begun = replace(movable(1, 7, 13, ALL, by=30, not_before=7), state=State.ACTIVE)
    assert proof(wanted(4, 4, 16), scene(begun)) == Shortage(window(8, 16), 16, 12)


def test_gpus_that_are_never_free_at_once_are_a_proof_of_their_own() -> None:
    found = proof(wanted(4, 2, 16), scene(reservation(1, 8, 16, ALL[:1])))
    assert found == Shortage(window(8, 16), 8, 0, at_once=4)
    assert proof(wanted(3, 2, 16), scene(reservation(1, 8, 16, ALL[:1]))) is None


def test_a_movable_one_that_could_make_way_is_no_proof() -> None:
    assert proof(wanted(4, 2, 16), scene(movable(1, 8.5, 15.5, ALL[:1], by=40))) is None


def test_a_sweep_is_work_on_as_many_gpus_as_may_be() -> None:
    request = Request(ALICE.id, 0, Work(33, Promise(monday(16), monday(16)), NOW), pool="a100")
    assert proof(request, scene()) == Shortage(window(8, 16), 33, 32)
    assert proof(replace(request, when=replace(request.when, gpu_hours=32)), scene()) is None


def test_it_is_proven_only_if_no_pool_has_room() -> None:
    a100 = reservation(1, 8, 16, ALL)
    titan = reservation(2, 8, 16, tuple(f"titan:{index}" for index in range(4)), pool="3090")
    anywhere = wanted(2, 2, 16, pool=None)
    assert proof(anywhere, scene(a100)) is None
    assert proof(anywhere, scene(a100, titan)) is not None


def test_a_deadline_beyond_what_can_be_booked_is_never_short() -> None:
    assert proof(wanted(4, 3, 24 * 400), scene(reservation(1, 8, 16, ALL))) is None


@pytest.mark.parametrize("seed", range(6))
def test_a_proof_in_a_calendar_is_borne_out_by_the_linear_program(seed: int, rounds: Rounds) -> None:
    chance = random.Random(seed)
    of = lab(node("atlas", "a100", 3))
    proven, drawings = 0, rounds(20, 600)
    for _ in range(drawings):
        held: list[Reservation] = []
        for gpu in range(3):
            at = 8 + chance.random() // 0.25 * 0.25
            while at < 30:
                end = at + chance.choice((1, 2, 3.5))
                made = reservation(len(held) + 1, at, end, (f"atlas:{gpu}",))
                if chance.random() < 0.5:
                    made = movable(
                        made.id, at, end, made.gpus, end + chance.choice((0, 1, 4)), at - chance.choice((0, 2))
                    )
                if chance.random() < 0.9:
                    held.append(made)
                at = end
        request = wanted(chance.randrange(1, 4), chance.choice((1, 2, 4)), chance.choice((12, 16, 20)))
        found = proof(request, scene(*held, of=of))
        now, run = minute_of(NOW), request.when
        loose = [one for one in held if one.promise and one.not_before and minute_of(one.window.start) > now]
        jobs = [
            Job(max(minute_of(one.not_before), now), minute_of(one.promise.by), 1, one.window.minutes)
            for one in loose
            if one.not_before and one.promise
        ]
        assert isinstance(run, Before)
        length = run.length // timedelta(minutes=1)
        new = Job(now, minute_of(run.promise.by), request.count, length * request.count)
        free = [
            (minute, minute + 15, 3 - sum(one not in loose and _on(one, minute) for one in held))
            for minute in range(now, minute_of(monday(48)), 15)
        ]
        if found is not None and found.at_once:
            at_once = sum(end - start for start, end, gpus in free if gpus >= request.count and end <= new.end)
            assert at_once < length
        else:
            assert (found is None) == fits([*jobs, new], free), (request, held)
        proven += found is not None
    assert 0.05 < proven / drawings < 0.95


def _on(one: Reservation, minute: int) -> bool:
    return minute_of(one.window.start) <= minute < minute_of(one.window.end)
