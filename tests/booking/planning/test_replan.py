"""All that may move is placed anew where moving only those in the way does not help."""

import random
import time
from dataclasses import replace

from bot.booking.model import Reservation, minute_of
from bot.booking.planning import Budget, make_room
from bot.booking.planning.draft import Draft
from bot.booking.planning.eject import eject
from bot.booking.planning.movable import Movable
from bot.booking.planning.replan import LOOK, _orders, _planned, replan
from bot.booking.planning.wanted import MOST_MOVED
from make import CAROL, DAN, lab, monday, node, reservation, window
from scenes import ONE, TWO, check, moves, picture, room, run, scene, wanted

CHAIN = (
    run(1, 24, 28, by=32, not_before=24),
    run(2, 28, 32, by=44, not_before=24, member=CAROL.id),
    reservation(3, 28, 40, ("atlas:1",)),
)


def test_one_moves_where_another_was_that_moves_on():
    at = scene(*CHAIN, of=TWO)
    asked = wanted(at, 4, first=24, last=28, count=2)
    pool, movable = at.calendar.pools["a100"], Movable(at)
    for plan in (eject, replan):  # as a chain, and all at once
        found = plan(asked, pool, movable, at, Budget(4))
        assert found is not None
        check(at, found)
        assert found.window == window(24, 28)
        assert moves(found) == {1: window(28, 32), 2: window(32, 36)}


def test_who_makes_way_may_have_the_place_of_one_that_begins_after_the_newcomer_is_over():
    at = scene(run(1, 24, 28, by=33, not_before=24), run(2, 29, 33, by=40, not_before=24, member=CAROL.id), of=ONE)
    found = room(at, 4, first=24, last=25)
    assert found is not None
    assert found.window == window(24, 28)
    assert moves(found) == {1: window(28, 32), 2: window(32, 36)}


def test_whoever_must_be_over_before_the_newcomer_stays_where_it_is():
    at = scene(run(9, 20, 24, by=25, not_before=20), *CHAIN, of=TWO)
    assert moves(room(at, 4, first=24, last=28, count=2)) == {1: window(28, 32), 2: window(32, 36)}


def test_a_plan_that_would_move_too_many_is_none():
    hours = range(24, 24 + 2 * (MOST_MOVED + 2), 2)
    row = [run(place, at, at + 2, by=at + 4, not_before=24) for place, at in enumerate(hours, 1)]
    assert room(scene(*row), 2, first=24, last=25) is None
    few = row[:MOST_MOVED]
    assert len(moves(room(scene(*few), 2, first=24, last=25))) == MOST_MOVED


def test_nothing_is_planned_where_there_is_no_room_though_all_made_way():
    at = scene(*CHAIN[:2], reservation(3, 24, 40, ("atlas:1",), member=DAN.id), of=TWO)
    budget = Budget(2)
    before = budget.left
    asked = wanted(at, 4, first=24, last=28, count=2)
    assert replan(asked, at.calendar.pools["a100"], Movable(at), at, budget) is None
    assert before - budget.left <= LOOK * 2


def test_without_a_place_for_the_last_of_them_all_stay():
    short = replace(CHAIN[1], promise=CHAIN[0].promise)
    assert room(scene(CHAIN[0], short, CHAIN[2], of=TWO), 4, first=24, last=28, count=2) is None


def test_one_that_has_no_move_left_is_not_placed_anew():
    tired = replace(CHAIN[1], moved=1)
    assert room(scene(CHAIN[0], tired, CHAIN[2], of=TWO), 4, first=24, last=28, count=2) is None


def test_of_the_orders_the_plan_with_the_fewest_moves_is_taken_and_the_calendar_comes_back():
    dice, seen = random.Random(7), 0
    for _ in range(150):
        at = scene(*crowd(dice), of=TWO)
        asked = wanted(at, dice.choice([2, 5, 8]), first=24, last=dice.choice([26, 30, 40]), count=dice.choice([1, 2]))
        before = picture(at.calendar)
        found = replan(asked, at.calendar.pools["a100"], Movable(at), at, Budget(4))
        assert picture(at.calendar) == before
        room(at, asked.minutes / 60, 24, asked.last / 60 - minute_of(monday(0)) / 60, asked.need.count)
        if found is None:
            continue
        check(at, found)
        everyone = [one for one in at.calendar.live.values() if one.movable]
        plans = []
        with Draft(at.calendar, "a100") as draft:
            for after in _orders(asked, everyone):
                plan = _planned(asked, after, draft, at, Budget(4), MOST_MOVED)
                if plan is not None:
                    plans.append(len(plan.moves))
                draft.undo()
        if plans and len({one.id for one in everyone}) <= 32:
            assert len(found.moves) <= min(plans)
            seen += len(set(plans)) > 1
    assert seen > 3


def crowd(dice: random.Random) -> list[Reservation]:
    """Movable and fixed runs on two GPUs, as they came."""
    held: list[Reservation] = []
    for gpu in ("atlas:0", "atlas:1"):
        at = 20
        while at < 60:
            at += dice.choice([0, 0, 1, 3])
            long = dice.choice([2, 4, 7])
            id_ = len(held) + 1
            if dice.random() < 0.8:
                held.append(run(id_, at, at + long, by=at + long + dice.choice([0, 4, 12, 40]), gpus=(gpu,)))
            else:
                held.append(reservation(id_, at, at + long, (gpu,), member=DAN.id))
            at += long
    return held


def test_a_large_pool_with_thousands_of_movable_runs_is_answered_soon():
    names = [f"n{index:03}" for index in range(128)]
    big = lab(*(node(name, "a100", 8) for name in names))
    held, id_ = [], 0
    for name in names:
        for gpu in range(8):
            for slot in range(3):
                id_ += 1
                start = 20 + 24 * slot
                held.append(run(id_, start, start + 24, by=start + 24, gpus=(f"{name}:{gpu}",), not_before=20))
    at = scene(*held, of=big)
    began = time.perf_counter()
    assert make_room(wanted(at, 24, first=20, last=60, count=8), at) is None
    assert time.perf_counter() - began < 3
    began = time.perf_counter()
    assert make_room(wanted(at, 24, first=24, count=8), at) is None
    assert time.perf_counter() - began < 3


def test_nobody_is_moved_for_a_start_that_cannot_be():
    at = scene(run(1, 24, 28, by=100), of=ONE)
    assert make_room(wanted(at, 4, first=30, last=24), at) is None
