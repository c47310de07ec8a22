"""Where else one that made way could go, and what of all this a request and an extension come to."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.booking.amend import extend
from bot.booking.decide import decide
from bot.booking.decision import Granted, Held, Moved, Placement, Refused
from bot.booking.lab import Policy
from bot.booking.model import Before, Fixed, Promise, Request
from bot.booking.planning import other_places
from bot.booking.reasons import NotByDeadline, Taken
from bot.booking.snapshot import Scene
from make import ALICE, BOB, CAROL, lab, monday, node, request, reservation, window
from scenes import NOW, ONE, TWO, moves, picture, run, scene


def placed(start: float, end: float, *moved: tuple[int, float, float]) -> Placement:
    going = tuple(Moved(id_, window(begin, finish), ("atlas:0",)) for id_, begin, finish in moved)
    return Placement("a100", ("atlas:0",), window(start, end), moves=going)


def others(at: Scene, placement: Placement, id_: int, **of: object) -> tuple[object, ...]:
    """`other_places` of one that was moved, with a look at whether the calendar comes back."""
    before = picture(at.calendar)
    (moved,) = [one for one in placement.moves if one.reservation == id_]
    after = replace(at.calendar.live[id_], window=moved.window, gpus=moved.gpus, moved=1)
    found = other_places(at.calendar, placement, after, at.policy, at.now, **of)
    assert picture(at.calendar) == before
    return found


def test_sooner_than_the_bot_may_move_it_and_right_behind_its_new_time():
    at = scene(run(1, 24, 28, by=60))
    assert others(at, placed(24, 28, (1, 28, 32)), 1) == (monday(8), monday(32))


def test_only_what_makes_the_deadline():
    at = scene(run(1, 24, 28, by=35, not_before=24))
    assert others(at, placed(24, 28, (1, 28, 32)), 1) == ()
    at = scene(run(1, 24, 28, by=36, not_before=24))
    assert others(at, placed(24, 28, (1, 28, 32)), 1) == (monday(32),)


def test_where_the_others_that_moved_are_now_is_taken_and_where_they_were_is_free():
    at = scene(run(1, 24, 28, by=60, not_before=24), run(2, 28, 32, by=60, member=CAROL.id))
    plan = placed(24, 28, (1, 28, 32), (2, 32, 36))
    assert others(at, plan, 1) == (monday(36),)
    assert others(at, plan, 2) == (monday(8), monday(36))
    apart = placed(24, 28, (1, 36, 40), (2, 44, 48))
    assert others(at, apart, 1) == (monday(28), monday(40))


def test_never_where_the_newcomer_is():
    at = scene(run(1, 12, 16, by=60))
    assert others(at, placed(8, 20, (1, 20, 24)), 1) == (monday(24),)


def test_what_is_extended_comes_back_whole():
    mine = reservation(5, 20, 24, member=ALICE.id)
    at = scene(mine, run(1, 24, 28, by=60, not_before=18))
    plan = placed(20, 28, (1, 28, 32))
    assert others(at, plan, 1, but=mine) == (monday(32),)


def test_a_piece_stays_between_its_fellows():
    at = scene(run(1, 24, 28, by=72, group=1), run(2, 36, 40, by=72, group=1))
    assert others(at, placed(24, 28, (1, 28, 32)), 1) == (monday(8), monday(32))
    at = scene(run(1, 24, 28, by=72, group=1), run(2, 32, 36, by=72, group=1))
    assert others(at, placed(24, 28, (1, 28, 32)), 1) == (monday(8),)
    assert others(at, placed(32, 36, (2, 36, 40)), 2) == (monday(28), monday(40))


# What a member gets

FREE = Policy(max_share=1)


def decided(at: Scene, wanted: Request) -> Granted | Held | Refused:
    before = picture(at.calendar)
    seen = replace(at.snapshot, mine=at.calendar.of(wanted.member), pending=at.calendar.pending())
    found = decide(wanted, seen, at.calendar, at.policy, at.now)
    assert picture(at.calendar) == before
    return found


def test_a_fixed_window_makes_a_movable_one_move():
    at = scene(run(1, 24, 28, by=60), policy=FREE)
    found = decided(at, request(1, 24, 28))
    assert isinstance(found, Granted)
    assert moves(found.placement) == {1: window(20, 24)}


def test_a_deadline_is_made_by_moving_another():
    at = scene(run(1, 8 + 12, 40, by=80), reservation(9, 8, 20), policy=FREE)
    run_of_mine = Before(timedelta(hours=8), Promise(monday(30), monday(30)), NOW)
    found = decided(at, Request(ALICE.id, 1, run_of_mine, pool="a100", asked_by=ALICE.id))
    assert isinstance(found, Granted)
    assert found.placement.window == window(20, 28)
    assert moves(found.placement) == {1: window(28, 48)}


def test_nobody_moves_where_it_fits_without():
    at = scene(run(1, 24, 28, by=60), of=TWO, policy=FREE)
    found = decided(at, request(1, 24, 28))
    assert isinstance(found, Granted)
    assert found.placement.moves == ()


@pytest.mark.parametrize("approval", ["contention", "always", "never"])
def test_nobody_moves_where_an_admin_would_have_to_agree_besides(approval):
    held = run(1, 24, 28, by=200), run(2, 24, 28, by=200, gpus=("atlas:1",))
    at = scene(*held, of=TWO, policy=Policy(approval=approval, max_share=0.5))
    found = decided(at, request(2, 24, 28))
    assert isinstance(found, Refused)
    assert isinstance(found.refusals[0], Taken)
    assert isinstance(decided(at, request(1, 24, 28)), Granted)


def test_what_is_proven_impossible_moves_nobody():
    at = scene(run(1, 20, 28, by=30, not_before=20), reservation(9, 8, 20), policy=FREE)
    run_of_mine = Before(timedelta(hours=8), Promise(monday(30), monday(30)), NOW)
    found = decided(at, Request(ALICE.id, 1, run_of_mine, pool="a100", asked_by=ALICE.id))
    assert isinstance(found, Refused)
    assert isinstance(found.refusals[0], NotByDeadline)
    assert found.refusals[0].proof is not None


def test_the_pool_with_room_is_taken_before_anybody_moves():
    both = lab(node("atlas", "a100", 1), node("titan", "3090", 1))
    at = scene(run(1, 24, 28, by=60), of=both, policy=FREE)
    found = decided(at, Request(ALICE.id, 1, Fixed(window(24, 28)), asked_by=ALICE.id))
    assert isinstance(found, Granted)
    assert (found.placement.pool, found.placement.moves) == ("3090", ())


# An extension


def extended(at: Scene, id_: int, end: float) -> Granted | Refused:
    before = picture(at.calendar)
    mine = at.calendar.live[id_]
    found = extend(mine, monday(end), replace(at, snapshot=replace(at.snapshot, mine=at.calendar.of(mine.member))))
    assert picture(at.calendar) == before
    return found


def test_an_extension_makes_the_next_one_move():
    at = scene(reservation(5, 16, 20), run(1, 20, 24, by=60), of=ONE, policy=FREE)
    found = extended(at, 5, 22)
    assert isinstance(found, Granted)
    assert found.placement.window == window(16, 22)
    assert moves(found.placement) == {1: window(22, 26)}


def test_an_extension_does_not_send_the_next_one_to_where_itself_is():
    at = scene(reservation(5, 20, 24), run(1, 24, 28, by=60), policy=FREE)
    found = extended(at, 5, 26)
    assert isinstance(found, Granted)
    assert moves(found.placement) == {1: window(26, 30)}


def test_an_extension_stops_at_one_that_may_not_move():
    at = scene(reservation(5, 16, 20), run(1, 20, 24, by=60, moved=1), policy=FREE)
    assert isinstance(extended(at, 5, 22), Refused)
    at = scene(reservation(5, 16, 20), run(1, 20, 24, by=25, member=BOB.id), policy=FREE)
    assert isinstance(extended(at, 5, 22), Refused)
