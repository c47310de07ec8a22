"""Jobs on a node: GPUs of that node alone, when somebody else needs them, and an earlier start at any hour."""

from dataclasses import replace

import pytest

from bot.booking.calendar import Calendar
from bot.booking.lifecycle import State
from bot.booking.model import minute_of
from bot.booking.search import Placement, need_of, place
from bot.booking.standing import needed_at
from make import ALICE, BOB, lab, monday, node, request, reservation, window

LAB = lab(node("atlas", "a100", 4), node("hermes", "a100", 4))


def calendar(*there: object) -> Calendar:
    made = Calendar(LAB, minute_of(monday(0)))
    made.apply(there, 1)
    return made


@pytest.mark.parametrize("name", ["atlas", "hermes"])
def test_a_request_for_a_node_gets_its_gpus_or_none(name: str) -> None:
    taken = reservation(1, 9, 17, ("hermes:0",))
    made = calendar(taken)
    for count in (1, 3, 4):
        need = need_of(replace(request(count), node=name), made.pools["a100"], count)
        found = place(made, need, window(9, 17), minute_of(monday(8)))
        if (name, count) == ("hermes", 4):
            assert not isinstance(found, Placement)
        else:
            assert isinstance(found, Placement)
            assert {gpu.partition(":")[0] for gpu in found.gpus} == {name}


@pytest.mark.parametrize(
    ("of", "needed"),
    [
        ({"member": BOB.id}, 10),
        ({"member": BOB.id, "state": State.OFFERED}, 10),
        ({"member": BOB.id, "state": State.PENDING}, None),
        ({"member": ALICE.id}, None),
        ({"member": BOB.id, "gpus": ("atlas:1",)}, None),
        ({"member": BOB.id, "start": 12, "end": 13}, 12),
        ({"member": BOB.id, "start": 35, "end": 36}, None),
    ],
    ids=str,
)
def test_gpus_are_needed_when_somebody_else_s_reservation_begins_on_them(of, needed: float | None) -> None:
    mine = reservation(1, 8, 10, ("atlas:0",), state=State.ACTIVE)
    other = reservation(2, **({"start": 10, "end": 11, "gpus": ("atlas:0",)} | of))
    found = needed_at(mine, calendar(mine, other), monday(9))
    assert found == (None if needed is None else monday(needed))


def test_once_a_reservation_is_over_its_gpus_are_needed_as_soon_as_somebody_has_them() -> None:
    mine = reservation(1, 8, 10, ("atlas:0",), state=State.RELEASED)
    other = reservation(2, 9, 12, ("atlas:0",), member=BOB.id, state=State.ACTIVE)
    assert needed_at(mine, calendar(other), monday(9.5)) == monday(9.5)
    assert needed_at(mine, calendar(), monday(9.5)) is None
