"""Placing, earliest starts and late binding, against brute force."""

import random
from dataclasses import replace
from itertools import combinations

import pytest

from bot.booking.calendar import Calendar
from bot.booking.decision import Placement
from bot.booking.lifecycle import State
from bot.booking.model import Reservation, Window, instant_of, minute_of
from bot.booking.reasons import Taken
from bot.booking.search import Need, earliest, need_of, place
from make import ALICE, BOB, lab, monday, node, request, reservation, window

START = minute_of(monday())


def calendar(*held: Reservation, **lab_args: object) -> Calendar:
    made = Calendar(lab(**lab_args), START)  # type: ignore[arg-type]
    made.apply(held, 1)
    return made


def need(count: int, made: Calendar, pool: str = "a100") -> Need:
    return need_of(request(count, pool=pool), made.pools[pool], count)


def test_touching_windows_share_a_gpu() -> None:
    made = calendar(reservation(1, 9, 12, ("atlas:0", "atlas:1", "atlas:2", "atlas:3")))
    assert isinstance(place(made, need(4, made), window(12, 13), START), Placement)
    assert isinstance(place(made, need(1, made), window(11, 13), START), Taken)


def test_a_refusal_names_the_stretch_and_its_holders() -> None:
    made = calendar(
        reservation(1, 9, 12, ("atlas:0", "atlas:1"), member=BOB.id),
        reservation(2, 15, 18, ("atlas:3",), member=ALICE.id),
    )
    taken = place(made, need(3, made), window(8, 20), START)
    assert isinstance(taken, Taken)
    assert (taken.needed, taken.free, taken.window) == (3, 2, window(9, 12))
    assert [(one.member, one.count, one.reservation) for one in taken.holders] == [(BOB.id, 2, 1)]


def test_a_refusal_of_named_gpus_names_those_that_are_not_free() -> None:
    made = calendar(reservation(1, 10, 12, ("atlas:1",), member=BOB.id, named=True))
    wanted = need_of(replace(request(2), gpus=("atlas:0", "atlas:1")), made.pools["a100"], 2)
    taken = place(made, wanted, window(9, 17), START)
    assert isinstance(taken, Taken)
    assert (taken.named, taken.window) == (("atlas:1",), window(10, 12))
    counted = place(made, need(4, made), window(9, 17), START)
    assert isinstance(counted, Taken)
    assert counted.named == ()


def test_one_node_comes_before_two_and_the_fullest_that_fits_first() -> None:
    two = (node("atlas", "a100", 4), node("hydra", "a100", 4))
    made = Calendar(lab(*two), START)
    made.apply([reservation(1, 9, 17, ("hydra:0", "hydra:1"))], 1)
    placed = place(made, need(2, made), window(9, 17), START)
    assert isinstance(placed, Placement)
    assert placed.gpus == ("hydra:2", "hydra:3")
    wide = place(made, need(6, made), window(9, 17), START)
    assert isinstance(wide, Placement)
    assert len(wide.gpus) == 6


def test_the_tightest_gap_is_filled_first() -> None:
    made = calendar(reservation(1, 6, 9, ("atlas:2",)), reservation(2, 17, 18, ("atlas:2",)))
    placed = place(made, need(1, made), window(9, 17), START)
    assert isinstance(placed, Placement)
    assert placed.gpus == ("atlas:2",)


def test_tentative_gpus_make_way_where_the_count_fits() -> None:
    # 0 is taken in the morning, 1 in the afternoon: one GPU is free all day only if somebody changes GPUs.
    made = Calendar(lab(node("atlas", "a100", 2)), START)
    made.apply([reservation(1, 9, 12, ("atlas:0",)), reservation(2, 12, 17, ("atlas:1",))], 1)
    placed = place(made, need(1, made), window(9, 17), START)
    assert isinstance(placed, Placement)
    assert len(placed.rebinds) == 1


def test_named_and_started_reservations_keep_their_gpus() -> None:
    made = Calendar(lab(node("atlas", "a100", 2)), START)
    fixed = [
        reservation(1, 9, 12, ("atlas:0",), named=True),
        reservation(2, 12, 17, ("atlas:1",), named=True),
    ]
    made.apply(fixed, 1)
    assert isinstance(place(made, need(1, made), window(9, 17), START), Taken)


def test_named_gpus_are_given_if_their_holder_is_only_tentatively_there() -> None:
    made = calendar(reservation(1, 9, 17, ("atlas:0",)))
    wanted = Need("a100", 1, made.pools["a100"].layout.full, made.pools["a100"].layout.mask(["atlas:0"]))
    placed = place(made, wanted, window(9, 17), START)
    assert isinstance(placed, Placement)
    assert placed.gpus == ("atlas:0",)
    assert placed.rebinds[0][0] == 1
    assert placed.rebinds[0][1] != ("atlas:0",)


def test_the_earliest_start_is_the_minute_at_which_gpus_fall_free() -> None:
    made = calendar(reservation(1, 0, 9 + 7 / 60, ("atlas:0", "atlas:1", "atlas:2")))
    found = earliest(made, need(4, made), START, START + 24 * 60, 60, START)
    assert found is not None
    assert found.window.start == monday(9 + 7 / 60)


def random_lab(dice: random.Random) -> tuple[Calendar, list[Reservation]]:
    sizes = dice.choice([(3,), (4,), (2, 3)])
    made = Calendar(lab(*(node(f"n{at}", "a100", size) for at, size in enumerate(sizes))), START)
    held: list[Reservation] = []
    for id_ in range(1, dice.randrange(2, 9)):
        start = dice.randrange(0, 40)
        span = Window(instant_of(START + start), instant_of(START + start + dice.randrange(1, 25)))
        placed = place(made, need(dice.randrange(1, 4), made), span, START - 1)
        if isinstance(placed, Placement):
            held = [_with(one, dict(placed.rebinds)) for one in held]
            named = dice.random() < 0.4
            held.append(Reservation(id_, ALICE.id, State.BOOKED, "a100", placed.gpus, span, monday(), named=named))
            made.apply(held, id_)
    return made, held


def _with(one: Reservation, rebinds: dict[int, tuple[str, ...]]) -> Reservation:
    return replace(one, gpus=rebinds.get(one.id, one.gpus))


def overlaps(held: list[Reservation]) -> bool:
    return any(
        set(one.gpus) & set(other.gpus) and one.window.overlaps(other.window) for one, other in combinations(held, 2)
    )


@pytest.mark.parametrize("seed", range(150))
def test_no_placement_ever_overlaps_breaks_a_node_or_moves_a_named_one(seed: int) -> None:
    dice = random.Random(seed)
    made, held = random_lab(dice)
    assert not overlaps(held)
    for _ in range(5):
        count, start, length = dice.randrange(1, 4), dice.randrange(0, 50), dice.randrange(1, 30)
        span = Window(instant_of(START + start), instant_of(START + start + length))
        placed = place(made, need(count, made), span, START - 1)
        free = [g for g in made.lab.gpus if not any(g in h.gpus and h.window.overlaps(span) for h in held)]
        if isinstance(placed, Taken):
            assert len(free) < count
            continue
        rebinds = dict(placed.rebinds)
        after = [_with(one, rebinds) for one in held]
        new = Reservation(99, BOB.id, State.BOOKED, "a100", placed.gpus, span, monday())
        assert not overlaps([*after, new])
        assert len(set(placed.gpus)) == count
        for before, now in zip(held, after, strict=True):
            assert sorted(g.split(":")[0] for g in before.gpus) == sorted(g.split(":")[0] for g in now.gpus)
            assert before.gpus == now.gpus or not before.named


@pytest.mark.parametrize("seed", range(100))
def test_the_earliest_start_is_never_later_than_trying_every_minute_on_present_gpus(seed: int) -> None:
    dice = random.Random(seed)
    made, held = random_lab(dice)
    count, length = dice.randrange(1, 4), dice.randrange(1, 20)
    found = earliest(made, need(count, made), START, START + 70, length, START - 1)

    def fits(start: int, *, one_node: bool) -> bool:
        span = Window(instant_of(START + start), instant_of(START + start + length))
        free = [g for g in made.lab.gpus if not any(g in h.gpus and h.window.overlaps(span) for h in held)]
        by_node = {g.split(":")[0]: 0 for g in free}
        for g in free:
            by_node[g.split(":")[0]] += 1
        return max(by_node.values(), default=0) >= count if one_node else len(free) >= count

    one = next((s for s in range(71) if fits(s, one_node=True)), None)
    several = next((s for s in range(71) if fits(s, one_node=False)), None)
    expected = one if one is not None else several
    if expected is not None:
        assert found is not None
        assert minute_of(found.window.start) - START <= expected
