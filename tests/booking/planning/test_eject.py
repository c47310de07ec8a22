"""The fewest movable reservations make way for one start, and never those that may not."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.booking.lab import Policy
from bot.booking.lifecycle import State
from bot.booking.model import minute_of
from bot.booking.planning import bounds, is_night, make_room
from bot.booking.search import Need
from make import BOB, CAROL, lab, monday, node, reservation, window
from scenes import ONE, TWO, moves, picture, room, run, scene, wanted

# How few, and where to


def test_the_one_in_the_way_goes_right_behind():
    at = scene(run(1, 24, 28, by=48, not_before=22))
    found = room(at, 4, first=24)
    assert moves(found) == {1: window(28, 32)}
    assert found.window == window(24, 28)


def test_it_goes_before_the_newcomer_where_it_may_begin_earlier():
    at = scene(run(1, 30, 34, by=48))
    assert moves(room(at, 4, first=30)) == {1: window(20, 24)}


def test_of_two_gpus_the_one_with_fewer_runs_is_cleared():
    at = scene(
        run(1, 24, 26, by=72), run(2, 26, 28, by=72), run(3, 24, 28, by=72, gpus=("atlas:1",)), of=TWO
    )  # fmt: skip
    assert moves(room(at, 4, first=24)) == {3: window(20, 24)}


def test_one_wide_run_is_moved_rather_than_two_narrow_ones():
    two_nodes = lab(node("atlas", "a100", 2), node("borg", "a100", 2))
    at = scene(
        run(1, 24, 28, by=72, gpus=("atlas:0",)),
        run(2, 24, 28, by=72, gpus=("atlas:1",)),
        run(3, 24, 28, by=72, gpus=("borg:0", "borg:1")),
        of=two_nodes,
    )
    assert [*moves(room(at, 4, first=24, count=2))] == [3]


def test_where_the_start_may_be_chosen_the_one_that_moves_the_fewest_is():
    held = [run(1, 20, 22, by=72), run(2, 22, 24, by=72), run(3, 24, 40, by=96, not_before=24)]
    found = room(scene(*held), 4, first=20, last=30)
    assert (found.window, moves(found)) == (window(24, 28), {3: window(28, 44)})


def test_a_run_goes_to_another_node_at_the_same_time_where_there_is_room():
    two_nodes = lab(node("atlas", "a100", 2), node("borg", "a100", 1))
    at = scene(run(1, 24, 28, by=48), of=two_nodes, zones={BOB.id: "UTC"})
    found = room(at, 4, first=24, count=2)
    assert moves(found) == {1: window(24, 28)}
    assert found.moves[0].gpus == ("borg:0",)


# Its bounds


def test_it_stays_where_it_would_miss_its_deadline():
    at = scene(reservation(9, 8, 24), run(1, 24, 28, by=31.9))
    assert room(at, 4, first=24) is None
    at = scene(reservation(9, 8, 24), run(1, 24, 28, by=32))
    assert moves(room(at, 4, first=24)) == {1: window(28, 32)}


def test_it_does_not_begin_before_it_may():
    late = reservation(9, 28, 100)
    assert (
        room(scene(run(1, 24, 28, by=200, not_before=21), late, policy=Policy(movable_horizon_days=2)), 4, 24) is None
    )
    assert moves(room(scene(run(1, 24, 28, by=200, not_before=20), late), 4, first=24)) == {1: window(20, 24)}


def test_it_is_not_sent_into_the_time_of_notice():
    at = scene(run(1, 24, 28, by=100), reservation(9, 28, 100), policy=Policy(move_notice=timedelta(hours=13)))
    assert room(at, 4, first=24) is None


def test_bounds_are_whole_minutes_after_the_notice():
    one = run(1, 24, 28, by=48)
    at = scene(one, now=monday(8) + timedelta(seconds=30))
    first, last = bounds(one, at)
    assert first == minute_of(monday(20)) + 1
    assert last == minute_of(monday(44))


# Who may not be moved

STAYS = {
    "a fixed one": reservation(1, 24, 28),
    "within the notice": run(1, 19, 28, by=100),
    "a pending one": run(1, 24, 28, by=100, state=State.PENDING),
    "an offered one": run(1, 24, 28, by=100, state=State.OFFERED),
    "a named one": run(1, 24, 28, by=100, named=True),
    "one that was moved as often as it may": run(1, 24, 28, by=100, moved=1),
    "one that has begun": run(1, 8, 28, by=100, state=State.ACTIVE),
}


@pytest.mark.parametrize("who", STAYS)
def test_nothing_is_moved_that_may_not_be(who):
    assert room(scene(STAYS[who]), 4, first=24) is None


def test_a_lab_that_moves_nobody_moves_nobody():
    assert room(scene(run(1, 24, 28, by=100), policy=Policy(moves=0)), 4, first=24) is None


def test_a_run_is_moved_again_where_the_lab_allows_two():
    at = scene(run(1, 24, 28, by=100, moved=1), policy=Policy(moves=2))
    assert moves(room(at, 4, first=24)) == {1: window(20, 24)}


def test_right_at_the_notice_it_may_still_be_moved():
    assert moves(room(scene(run(1, 20, 24, by=100)), 4, first=20)) == {1: window(24, 28)}
    assert room(scene(run(1, 20 - 1 / 60, 24, by=100)), 4, first=20) is None


# Nights


def test_it_does_not_begin_in_its_holders_night():
    at = scene(run(1, 32, 36, by=100, not_before=32), zones={BOB.id: "UTC"})
    assert moves(room(at, 15, first=32)) == {1: window(56, 60)}  # 23:00 becomes 8:00
    at = scene(run(1, 32, 36, by=100, not_before=32), zones={BOB.id: "America/Los_Angeles"})
    assert moves(room(at, 15, first=32)) == {1: window(47, 51)}  # 23:00 UTC is 15:00 there


def test_where_only_nights_are_left_it_stays():
    at = scene(run(1, 32, 36, by=55, not_before=32), zones={BOB.id: "UTC"})
    assert room(at, 15, first=32) is None
    at = scene(run(1, 32, 36, by=55, not_before=32), zones={BOB.id: "Mars/Olympus"})
    assert moves(room(at, 15, first=32)) == {1: window(47, 51)}


@pytest.mark.parametrize(("hour", "night"), [(21.99, False), (22, True), (24, True), (31.99, True), (32, False)])
def test_the_night_is_from_22_to_8(hour, night):
    start = monday() + timedelta(minutes=int(hour * 60))
    assert is_night(start, "UTC") is night
    assert is_night(start, None) is False


# Chains: one that finds no room makes others make way that can wait for longer

ROW = (run(1, 24, 28, by=32, not_before=24), run(2, 28, 32, by=36, not_before=24), run(3, 32, 36, by=60, not_before=24))


def test_each_takes_the_place_of_one_that_can_wait_for_longer():
    found = room(scene(*ROW), 4, first=24)
    assert moves(found) == {1: window(28, 32), 2: window(32, 36), 3: window(36, 40)}


def test_nobody_makes_way_for_one_that_can_wait_for_longer_itself():
    tight = replace(ROW[1], promise=ROW[0].promise, window=window(28, 32))
    assert room(scene(ROW[0], tight, ROW[2]), 4, first=24) is None


def test_a_chain_ends_at_one_that_may_not_be_moved():
    assert room(scene(*ROW[:2], replace(ROW[2], moved=1)), 4, first=24) is None


def test_in_a_chain_too_nobody_is_moved_into_the_night():
    zones = {CAROL.id: "UTC"}
    day = [run(1, 32, 39, by=50, not_before=32), run(2, 39, 46, by=72, not_before=32, member=CAROL.id)]
    assert moves(room(scene(*day, zones=zones), 7, first=32)) == {1: window(39, 46), 2: window(56, 63)}
    mine = [replace(one, member=CAROL.id, not_before=monday(38)) for one in day]
    assert (
        room(scene(replace(mine[0], window=window(38, 46), promise=ROW[2].promise), zones=zones), 8, first=38) is None
    )


def test_chains_that_were_found_keep_everybodys_bounds_and_move_nobody_twice():
    dice, long = random.Random(3), 0
    for _ in range(60):
        held, at = [], 20
        while at < 60:
            hours = dice.choice([2, 4, 7])
            held.append(
                run(len(held) + 1, at, at + hours, by=at + hours + dice.choice([0, 3, 6, 12, 40]), not_before=20)
            )
            at += hours + dice.choice([0, 0, 1])
        found = room(scene(*held), dice.choice([2, 4, 8]), first=20, last=dice.choice([20, 26, 40]))
        if found is not None:
            assert len({one.reservation for one in found.moves}) == len(found.moves)
            long += len(found.moves) > 1
    assert long > 5


# Whole or not at all


def test_where_one_of_two_finds_no_place_neither_moves():
    at = scene(
        run(1, 24, 28, by=200),
        run(2, 24, 28, by=28, gpus=("atlas:1",), not_before=24),
        of=TWO,
    )
    assert room(at, 4, first=24, count=2) is None


def test_more_than_four_do_not_make_way_by_ejecting_alone_but_all_at_once_by_a_new_plan():
    held = [run(id_, 22 + 2 * id_, 24 + 2 * id_, by=200) for id_ in range(1, 6)]
    found = room(scene(*held), 10, first=24)
    assert found is None or len(found.moves) == 5


def test_named_gpus_are_cleared_as_well():
    at = scene(run(1, 24, 28, by=48), reservation(2, 8, 40, ("atlas:1",)), of=TWO)
    layout = at.calendar.pools["a100"].layout
    named = layout.mask(["atlas:0"])
    asked = replace(wanted(at, 4, 24), need=Need("a100", 1, named, named, CAROL.id))
    before = picture(at.calendar)
    found = make_room(asked, at)
    assert picture(at.calendar) == before
    assert found is not None
    assert found.gpus == ("atlas:0",)
    assert moves(found) == {1: window(20, 24)}


def test_the_pieces_of_a_run_keep_their_order():
    pieces = [run(1, 24, 28, by=72, group=1), run(2, 32, 36, by=72, group=1)]
    assert moves(room(scene(*pieces), 4, first=24)) == {1: window(20, 24)}
    later = [run(1, 24, 28, by=72, group=1, not_before=24), run(2, 32, 36, by=72, group=1, not_before=24)]
    assert moves(room(scene(*later), 4, first=24)) == {1: window(28, 32)}
    third = reservation(9, 28, 32)
    assert room(scene(*later, third, of=ONE), 4, first=24) is None
