"""One pool's calendar: masks with and without those who could be moved, held against what is there."""

import random
from collections.abc import Iterable
from dataclasses import replace

import pytest

from bot.booking.lab import Pool
from bot.booking.model import Reservation, minute_of
from bot.booking.pool_calendar import PoolCalendar
from make import DAN, lab, monday, node, reservation
from scenes import run

LAB = lab(node("atlas", "a100", 4), node("borg", "a100", 4))
POOL: Pool = LAB.pools["a100"]
BEGIN = minute_of(monday(8))
HOURS = 60


def some(dice: random.Random, id_: int) -> Reservation:
    """Movable, or for named GPUs, or fixed; two of a GPU may overlap: see `free_for`."""
    start = dice.randrange(6, HOURS)
    gpus = tuple(sorted(dice.sample([gpu.name for gpu in POOL.gpus], dice.choice([1, 1, 2, 4]))))
    one = run(id_, start, start + dice.choice([1, 3, 7, 20]), by=90, gpus=gpus)
    return replace(one, **dice.choice([{}, {}, {"movable": False, "promise": None}, {"named": True}]))


def is_free(one: Reservation, there: Iterable[Reservation]) -> bool:
    return not any(one.window.overlaps(other.window) and {*one.gpus} & {*other.gpus} for other in there)


def agrees(pool: PoolCalendar, there: Iterable[Reservation]) -> None:
    """The masks, their levels and the stays are those of these reservations and no others."""
    held = list(there)
    for minutes, taken in ((pool.minutes, held), (pool.firm, [one for one in held if not one.could_move])):
        masks = [pool.layout.full] * (HOURS + 24) * 60
        for one in taken:
            first, last = minute_of(one.window.start) - BEGIN, minute_of(one.window.end) - BEGIN
            for at in range(max(first, 0), last):
                masks[at] &= ~pool.layout.mask(one.gpus)
        assert minutes.masks(BEGIN, BEGIN + len(masks)) == masks
        for start in range(0, len(masks) - 2200, 331):
            whole = pool.layout.full
            for mask in masks[start : start + 2200]:
                whole &= mask
            assert minutes.over(BEGIN + start, BEGIN + start + 2200) == whole
    for bit, name in pool.layout.name.items():
        stays = sorted(
            (minute_of(one.window.start), minute_of(one.window.end), one.id) for one in held if name in one.gpus
        )
        assert pool.stays(bit, 0, 1 << 40) == stays


@pytest.mark.parametrize("seed", range(4))
def test_whatever_comes_and_goes_the_masks_are_of_those_who_are_there(seed: int) -> None:
    dice, pool = random.Random(seed), PoolCalendar(POOL, BEGIN)
    there: dict[int, Reservation] = {}
    for id_ in range(1, 60):
        one = some(dice, id_)
        if is_free(one, there.values()):
            there[id_] = one
            pool.put(one)
        if dice.random() < 0.3 and there:
            pool.remove(there.pop(dice.choice([*there])))
    agrees(pool, there.values())
    assert any(one.could_move for one in there.values())
    assert not all(one.could_move for one in there.values())
    filled = PoolCalendar(POOL, BEGIN)
    filled.fill([*there.values()])
    agrees(filled, there.values())


@pytest.mark.parametrize("seed", range(4))
def test_many_at_once_are_as_one_after_the_other_and_all_is_undone(seed: int) -> None:
    dice, pool = random.Random(seed), PoolCalendar(POOL, BEGIN)
    there: list[Reservation] = []
    for id_ in range(1, 60):
        one = some(dice, id_)
        if is_free(one, there):
            there.append(one)
    pool.fill(there)
    movable = [one for one in there if one.could_move]
    away = dice.sample(movable, len(movable) // 2 + 1)
    pool.note()
    pool.remove_all(away)
    agrees(pool, [one for one in there if one not in away])
    new = [one for one in (some(dice, id_) for id_ in range(100, 160)) if is_free(one, [*there])]
    if new:
        pool.put(new[0])
    back = away[: len(away) // 2]
    pool.put_all(back)
    agrees(pool, [one for one in there if one not in away or one in back] + new[:1])
    pool.undo()
    agrees(pool, there)
    pool.remove(away[0])
    pool.undo()
    pool.end()
    agrees(pool, there)
    pool.remove(away[0])
    agrees(pool, [one for one in there if one is not away[0]])


def test_who_is_on_a_gpu_that_is_out_as_well_leaves_it_out() -> None:
    pool = PoolCalendar(POOL, BEGIN)
    out = replace(reservation(-5, 20, 40, ("atlas:0",), member=DAN.id), named=True)
    runs = [run(1, 18, 24, by=60), run(2, 30, 50, by=60)]
    pool.out = 1
    for one in (out, *runs):
        pool.put(one)
    pool.remove_all(runs)
    agrees(pool, [out])
    pool.put_all(runs)
    pool.remove(out)
    agrees(pool, runs)


def test_of_very_many_stays_some_are_told_evenly() -> None:
    pool = PoolCalendar(POOL, BEGIN)
    pool.fill([run(id_, 8 + id_, 9 + id_, by=90) for id_ in range(1, 41)])
    bit = pool.layout.bit["atlas:0"]
    told = [id_ for _, _, id_ in pool.some_stays(bit, BEGIN + 5 * 60, BEGIN + 25 * 60, 7)]
    assert told == [4, 7, 10, 13, 16, 19, 22]
    assert [id_ for _, _, id_ in pool.some_stays(bit, BEGIN + 5 * 60, BEGIN + 8 * 60, 7)] == [4, 5, 6, 7]
