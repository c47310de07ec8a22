"""How it stands with a deadline, and how late each may still start."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.booking.calendar import Calendar
from bot.booking.decision import Placement
from bot.booking.lab import Deadline, Lab, Policy
from bot.booking.lifecycle import State
from bot.booking.model import Before, Promise, Request, Reservation, Waiting, Work, minute_of, window_of
from bot.booking.pressure import PoolPressure, Safe, pressure
from bot.booking.search import Need, latest_start, place
from bot.booking.snapshot import Scene, Snapshot
from make import ALICE, BOB, lab, monday, node, request, reservation

NOW = monday(8)
AT = monday(32)
NEURIPS = Deadline("neurips", AT)
PROMISE = Promise(AT, monday(30), "neurips")
FOUR = lab(node("atlas", "a100", 4))
ALL = tuple(f"atlas:{index}" for index in range(4))


def scene(*held: Reservation, waiting: tuple[Waiting, ...] = (), of: Lab = FOUR) -> Scene:
    calendar = Calendar(of, minute_of(NOW))
    calendar.apply(held, 1)
    return Scene(Snapshot(waiting=waiting), calendar, Policy(), NOW)


def movable(id_: int, start: float, end: float, gpus: tuple[str, ...], promise: Promise = PROMISE) -> Reservation:
    return replace(reservation(id_, start, end, gpus, movable=True), not_before=NOW, promise=promise)


def waits(id_: int, hours: float = 4, count: int = 1, **of: object) -> Waiting:
    run = Before(timedelta(hours=hours), PROMISE, NOW)
    return Waiting(id_, replace(Request(BOB.id, count, run, pool="a100"), **of), NOW)


def of_pool(*held: Reservation, waiting: tuple[Waiting, ...] = (), of: Lab = FOUR) -> PoolPressure:
    found = pressure(NEURIPS, scene(*held, waiting=waiting, of=of))
    assert found.deadline is NEURIPS
    return found.pools[0]


def test_hours_are_counted_from_now_until_the_deadline() -> None:
    begun = replace(reservation(1, 4, 10, ALL[:2]), state=State.ACTIVE)
    after = reservation(2, 30, 40, ALL[:1])
    found = of_pool(begun, after, waiting=(waits(1, 4, 2),))
    assert (found.existing, found.promised, found.left, found.waited) == (96, 4 + 2, 90, 8)


def test_what_waits_counts_where_it_could_go_and_what_is_offered_is_held_already() -> None:
    two = lab()
    anywhere, offered = waits(1, pool=None), replace(waits(2), offered=7, until=AT)
    sweep = Waiting(3, Request(BOB.id, 0, Work(10, PROMISE, NOW), pool="3090"), NOW)
    later = Waiting(4, request(1, 30, 40), NOW)
    found = pressure(NEURIPS, scene(waiting=(anywhere, offered, sweep, later), of=two)).pools
    assert [(one.pool, one.waited) for one in found] == [("a100", 4), ("3090", 14)]


def test_a_movable_one_may_start_as_late_as_its_deadline_and_the_others_let_it() -> None:
    mine = movable(1, 9, 13, ALL)
    assert of_pool(mine).starts == (Safe(mine, monday(26)),)
    assert of_pool(mine, reservation(2, 20, 40, ALL[:1])).starts == (Safe(mine, monday(16)),)
    assert of_pool(mine, reservation(2, 15, 40, ALL[:1])).starts == (Safe(mine, monday(11)),)
    assert of_pool(mine, reservation(2, 13, 40, ALL[:1])).starts == (Safe(mine, monday(9)),)


def test_named_gpus_are_those_and_no_others() -> None:
    mine = replace(movable(1, 9, 13, ALL[:1]), named=True)
    assert of_pool(mine, reservation(2, 20, 40, ALL[:1])).starts == (Safe(mine, monday(16)),)
    assert of_pool(replace(mine, named=False), reservation(2, 20, 40, ALL[:1])).starts[0].start == monday(26)


def test_who_waits_is_told_when_it_must_start_or_that_it_cannot() -> None:
    one, wide = waits(1), waits(2, 4, 4)
    held = reservation(1, 20, 40, ALL[:1])
    assert of_pool(held, waiting=(one, wide)).starts == (Safe(wide, monday(16)), Safe(one, monday(26)))
    assert of_pool(reservation(1, 9, 40, ALL[:1]), waiting=(wide,)).starts == (Safe(wide, None),)


def test_a_sweep_may_start_later_on_more_gpus() -> None:
    sweep = Waiting(3, Request(BOB.id, 0, Work(8, PROMISE, NOW), pool="a100"), NOW)
    assert of_pool(waiting=(sweep,)).starts == (Safe(sweep, monday(28)),)


def test_what_has_begun_or_is_due_later_or_waits_for_a_window_has_no_latest_start() -> None:
    begun = replace(movable(1, 7, 13, ALL[:1]), state=State.ACTIVE)
    later = movable(2, 9, 13, ALL[1:2], Promise(monday(50), monday(50)))
    window = Waiting(4, request(1, 10, 20), NOW)
    assert of_pool(begun, later, reservation(3, 9, 13, ALL[2:3]), waiting=(window,)).starts == ()


def test_a_deadline_that_is_past_has_no_pressure() -> None:
    assert pressure(Deadline("neurips", NOW), scene()).pools == ()


@pytest.mark.parametrize("seed", range(8))
def test_the_latest_start_is_the_last_of_all_that_fit(seed: int) -> None:
    chance = random.Random(seed)
    of = lab(node("atlas", "a100", 3), node("hera", "a100", 2))
    names, now = tuple(of.gpus), minute_of(NOW)
    for _ in range(40):
        held, at = [], dict.fromkeys(names, now)
        for id_ in range(1, 25):
            gpu = chance.choice(names)
            start = at[gpu] + chance.randrange(0, 40)
            at[gpu] = start + chance.randrange(1, 60)
            held.append(replace(reservation(id_, gpus=(gpu,), named=True), window=window_of(start, at[gpu])))
        calendar = Calendar(of, now)
        calendar.apply(held, 1)
        layout = calendar.pools["a100"].layout
        count, length = chance.randrange(1, 6), chance.randrange(1, 50)
        need = Need("a100", count, layout.full, 0, ALICE.id)
        first, last = now + chance.randrange(30), now + chance.randrange(60, 200)
        fits: dict[bool, list[int]] = {True: [], False: []}
        for start in range(first, last + 1):
            found = place(calendar, need, window_of(start, start + length), now)
            if isinstance(found, Placement):
                fits[len({gpu.split(":")[0] for gpu in found.gpus}) == 1].append(start)
        expected = max(fits[True], default=max(fits[False], default=None))
        assert latest_start(calendar, need, first, last, length) == expected
