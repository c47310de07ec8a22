"""The newcomer takes the place of one, who takes that of another, until one finds room elsewhere."""

import random
from dataclasses import replace

import pytest

from bot.booking.decision import Placement
from bot.booking.planning.movable import Movable
from bot.booking.planning.relay import LOOKED_AT, REFIT, ROOM, relay
from bot.booking.planning.wanted import LARGE, MANY, MOST_MOVED, Budget, Wanted
from bot.booking.snapshot import Scene
from make import BOB, lab, node, reservation, window
from scenes import TWO, check, moves, picture, run, scene, wanted

WALL = reservation(9, 28, 40)
"""Behind it there is room again, on a single GPU."""


def ran(at: Scene, asked: Wanted, budget: Budget | None = None) -> Placement | None:
    """`relay`, with a look at whether the calendar comes back, and whether what is found holds."""
    before, pool = picture(at.calendar), at.calendar.pools["a100"]
    found = relay(asked, pool, Movable(at), at, budget or Budget(pool.pool.size))
    assert picture(at.calendar) == before
    if found is not None:
        check(at, found)
        assert 1 <= len(found.moves) <= MOST_MOVED
    return found


def test_each_takes_the_place_of_the_next_and_the_last_finds_room() -> None:
    at = scene(run(1, 20, 24, by=30), run(2, 24, 28, by=60), WALL)
    found = ran(at, wanted(at, 4, first=20))
    assert moves(found) == {1: window(24, 28), 2: window(40, 44)}
    assert found is not None
    assert found.window == window(20, 24)


def test_the_shortest_way_is_taken_and_of_those_the_one_who_can_wait_for_longest_makes_way() -> None:
    alone = scene(run(1, 20, 24, by=30), run(2, 24, 28, by=60), WALL)
    assert [*moves(ran(alone, wanted(alone, 4, first=20, last=24)))] == [2]
    both = scene(run(1, 20, 24, by=44), run(2, 24, 28, by=60), WALL)
    assert [*moves(ran(both, wanted(both, 4, first=20, last=24)))] == [2]


def test_one_makes_way_at_the_end_of_its_stay_where_its_beginning_is_too_early() -> None:
    at = scene(run(1, 20, 28, by=80), WALL)
    assert [one.start for one in moves(ran(at, wanted(at, 4, first=24))).values()] == [window(40, 48).start]


def test_a_wide_one_makes_way_for_two_narrow_places_and_not_the_reverse() -> None:
    wide = scene(
        run(1, 20, 24, by=60, gpus=("atlas:0", "atlas:1")),
        replace(WALL, gpus=("atlas:0", "atlas:1"), window=window(24, 40)),
        of=TWO,
    )
    assert moves(ran(wide, wanted(wide, 4, first=20))) == {1: window(40, 44)}
    narrow = scene(run(1, 20, 24, by=60), run(2, 20, 24, by=60, gpus=("atlas:1",)), of=TWO)
    assert ran(narrow, wanted(narrow, 4, first=20, count=2)) is None


def test_what_is_free_beside_it_counts() -> None:
    at = scene(run(1, 20, 24, by=60), of=TWO)
    assert moves(ran(at, wanted(at, 4, first=20, count=2))) == {1: window(24, 28)}


def test_there_is_none_where_the_last_finds_no_room() -> None:
    at = scene(run(1, 20, 24, by=30), run(2, 24, 28, by=43), WALL)
    assert ran(at, wanted(at, 4, first=20)) is None


def test_nobody_takes_a_place_that_begins_in_their_night() -> None:
    held = (run(1, 20, 24, by=30), run(2, 24, 28, by=60), WALL)
    at = scene(*held, zones={BOB.id: "UTC"})
    assert ran(at, wanted(at, 4, first=20)) is None
    at = scene(*held, zones={BOB.id: "Asia/Tokyo"})  # 24 is 9:00 there, and 40 is 1:00: it waits until 8:00
    assert moves(ran(at, wanted(at, 4, first=20))) == {1: window(24, 28), 2: window(47, 51)}


def test_two_pieces_of_one_run_are_not_moved_at_once() -> None:
    walls = reservation(8, 28, 30), reservation(9, 34, 40)
    first, second, last = run(1, 20, 24, by=32, group=5), run(2, 24, 28, by=36), run(3, 30, 34, by=80, group=6)
    at = scene(first, second, last, *walls)
    assert moves(ran(at, wanted(at, 4, first=20))) == {1: window(24, 28), 2: window(30, 34), 3: window(40, 44)}
    at = scene(first, second, replace(last, group=5), *walls)
    assert ran(at, wanted(at, 4, first=20)) is None


@pytest.mark.parametrize("held", [replace(run(1, 20, 24, by=60), moved=1), replace(run(1, 20, 24, by=60), named=True)])
def test_nobody_is_moved_who_may_not_be(held) -> None:
    at = scene(held)
    assert ran(at, wanted(at, 4, first=20)) is None


def test_named_gpus_are_for_others_to_clear() -> None:
    at = scene(run(1, 20, 24, by=60))
    asked = wanted(at, 4, first=20)
    assert ran(at, asked) is not None
    assert ran(at, replace(asked, need=replace(asked.need, named=1))) is None


def test_no_more_is_tried_than_the_budget_allows() -> None:
    at = scene(run(1, 20, 24, by=30), run(2, 24, 28, by=60), WALL)
    asked, needed = wanted(at, 4, first=20), 2 * (1 + 2 // LOOKED_AT + ROOM) + REFIT
    for units, found in ((needed - 1, False), (needed, True)):
        budget = Budget(1)
        budget.for_relay = units
        assert (ran(at, asked, budget) is not None) is found
    assert (Budget(LARGE + 1).for_relay, Budget(4, MANY + 1).for_relay) == (0, 0)


def test_what_is_found_keeps_everybodys_bounds_in_any_row() -> None:
    dice, long = random.Random(7), 0
    two_nodes = lab(node("atlas", "a100", 2), node("borg", "a100", 1))
    for _ in range(150):
        held, id_ = [], 0
        for gpu in ("atlas:0", "atlas:1", "borg:0"):
            at = 20
            while at < 50:
                id_, hours = id_ + 1, dice.choice([2, 4, 7])
                by = at + hours + dice.choice([0, 3, 6, 12, 40])
                held.append(run(id_, at, at + hours, by=by, gpus=(gpu,), not_before=20))
                at += hours + dice.choice([0, 0, 1])
        place = scene(*held, of=two_nodes)
        first = dice.choice([20, 26])
        found = ran(
            place, wanted(place, dice.choice([2, 4]), first, first + dice.choice([0, 4, 10]), dice.choice([1, 2]))
        )
        long += found is not None and len(found.moves) > 1
    assert long > 10
