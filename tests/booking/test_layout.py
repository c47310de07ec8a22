"""Masks of a pool, and counting per node."""

import random

import pytest

from bot.booking.layout import Layout
from make import lab, node


@pytest.mark.parametrize("sizes", [(4,), (4, 8), (1, 8, 3), (16, 2), (17, 40, 5)])
def test_nodes_with_enough_gpus_are_those_a_count_finds(sizes: tuple[int, ...]) -> None:
    nodes = [node(f"n{place}", "p", size) for place, size in enumerate(sizes)]
    layout = Layout(lab(*nodes).pools["p"])
    dice = random.Random(1)
    for _ in range(300):
        mask = dice.getrandbits(len(sizes) * layout.width) & layout.full
        for count in range(1, max(sizes) + 1):
            expected = {place for place, field in enumerate(layout.fields) if (mask & field).bit_count() >= count}
            found = layout.nodes_with(mask, count)
            assert {place for place in range(len(sizes)) if found >> (place * layout.width + layout.width - 1) & 1} == (
                expected
            )
            assert found.bit_count() == len(expected)


def test_names_and_masks_are_each_others_inverse() -> None:
    layout = Layout(lab(node("atlas", "p", 3), node("hydra", "p", 2)).pools["p"])
    names = ("atlas:0", "atlas:2", "hydra:1")
    assert layout.names(layout.mask(names)) == names
    assert layout.mask(["atlas:9"]) == 0


def test_gpus_of_one_node_with_other_memory_do_not_stand_in_for_each_other() -> None:
    mixed = node("atlas", "p", 2, memory_gb=40).gpus
    large = node("atlas", "p", 4, memory_gb=80).gpus[2:]
    layout = Layout(lab(type(node("a", "p", 1))("atlas", (*mixed, *large))).pools["p"])
    assert [layout.names(kind) for kind in layout.kinds] == [("atlas:0", "atlas:1"), ("atlas:2", "atlas:3")]
    assert layout.names(layout.with_memory(60)) == ("atlas:2", "atlas:3")
