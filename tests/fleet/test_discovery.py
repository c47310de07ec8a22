"""GPUs that the lab file leaves to be found, and where it says other than is there."""

from pathlib import Path

import pytest

from bot.app import open_desk
from bot.booking.lab import Gpu, Node
from bot.booking.observed import Fault
from bot.config import load_lab
from bot.errors import ConfigError
from bot.fleet.discovery import differences, discovered, undiscovered
from bot.fleet.fleet import Fleet
from gpus import reading, report
from make import lab, monday, node

A100 = "NVIDIA A100-SXM4-80GB"
LAB = lab(Node("hydra", (), "local"), node("atlas", "a100", 1, model=A100))
SEEN = {
    "hydra": report(
        "hydra",
        reading("hydra:0", memory_total_mb=81_559),
        reading("hydra:1", model="NVIDIA GeForce RTX 3090", memory_total_mb=24_576),
        reading("hydra:2", fault=Fault.LOST, model=""),
    )
}
FOUND = (Gpu("hydra", 0, "a100", A100, 80), Gpu("hydra", 1, "3090", "NVIDIA GeForce RTX 3090", 24))


def test_a_node_without_gpus_gets_those_that_are_seen_in_pools_by_their_models() -> None:
    assert undiscovered(LAB) == ("hydra",)
    found = discovered(LAB, SEEN)
    assert found.nodes[0].gpus == FOUND
    assert found.nodes[1] == LAB.nodes[1]
    assert {name: [gpu.name for gpu in pool.gpus] for name, pool in found.pools.items()} == {
        "a100": ["hydra:0", "atlas:0"],
        "3090": ["hydra:1"],
    }


def test_what_was_known_before_stays_where_it_is_not_seen_now() -> None:
    gone = Gpu("hydra", 5, "a100", A100, 80)
    assert discovered(LAB, SEEN, [gone]).nodes[0].gpus == (*FOUND, gone)
    silent = {"hydra": report("hydra", fault=Fault.UNREACHABLE)}
    assert discovered(LAB, silent, [*FOUND, gone]).nodes[0].gpus == (*FOUND, gone)
    assert discovered(LAB, {}, FOUND).nodes[0].gpus == FOUND


def test_a_model_that_gives_no_typable_name_makes_a_pool_all_the_same() -> None:
    odd = {"hydra": report("hydra", reading("hydra:0", model="(Ünnamed)"), reading("hydra:1", model="NVIDIA Graphics"))}
    assert [gpu.pool for gpu in discovered(LAB, odd).nodes[0].gpus] == ["nnamed", "gpu"]


class Once:
    def __init__(self, *said) -> None:
        self.said = list(said)

    def look(self, now):
        return self.said.pop(0)


def test_a_bot_that_starts_while_the_node_is_down_keeps_its_gpus_and_their_reservations(empty_url: str) -> None:
    fleet = Fleet(LAB.nodes, None, lambda _: Once(SEEN["hydra"], report("hydra", fault=Fault.HANGS)), lambda: monday(8))
    for _ in range(2):
        desk = open_desk(empty_url, LAB, fleet, monday(8))
        assert sorted(desk.lab.gpus) == ["atlas:0", "hydra:0", "hydra:1"]
        desk.ledger.close()
    asked = open_desk(empty_url, LAB)
    assert sorted(asked.lab.gpus) == ["atlas:0", "hydra:0", "hydra:1"], "as `ask` has it, which asks no node"
    asked.ledger.close()


def written(folder: Path, text: str) -> Path:
    path = folder / "lab.toml"
    path.write_text('[lab]\nname = "Lab"\n' + text)
    return path


def test_the_lab_file_may_leave_gpus_out_of_a_node_that_has_an_agent(tmp_path: Path) -> None:
    found = load_lab(written(tmp_path, '[[node]]\nname = "hydra"\nagent = "local"\n[pool.h100]\napproval = true\n'))
    assert found.nodes == (Node("hydra", (), "local"),)
    assert found.rules["h100"].approval, "which pools there will be is not known yet"
    with pytest.raises(ConfigError, match=r"has no GPUs; list its GPUs under \[\[node.gpus\]\]"):
        load_lab(written(tmp_path, '[[node]]\nname = "hydra"\n'))


def test_where_file_and_fleet_agree_there_is_nothing_to_tell() -> None:
    listed = lab(node("atlas", "a100", 2, model="A100"), node("titan", "3090", 1))
    assert [*differences(listed, {"atlas": report("atlas", reading("atlas:0"), reading("atlas:1"))})] == []
    assert [*differences(listed, {"atlas": report("atlas", fault=Fault.HANGS)})] == []


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        ([reading("atlas:0")], "atlas:1: is in the lab file, and not there"),
        ([reading("atlas:0"), reading("atlas:1"), reading("atlas:2")], "atlas:2: there, and not in the lab file"),
        ([reading("atlas:0"), reading("atlas:1", model="NVIDIA H100")], "atlas:1: is a NVIDIA H100, and the lab file"),
        (
            [reading("atlas:0"), reading("atlas:1", memory_total_mb=40_960)],
            "atlas:1: has 40 GB, and the lab file says 80",
        ),
        ([reading("atlas:0"), reading("atlas:1", fault=Fault.LOST)], "atlas:1: cannot be read (lost)"),
        ([reading("atlas:0"), reading("atlas:1", mig=True)], "atlas:1: is split by MIG"),
    ],
)
def test_each_difference_is_told(seen, words: str) -> None:
    listed = lab(node("atlas", "a100", 2, model=A100))
    (told,) = differences(listed, {"atlas": report("atlas", *seen)})
    assert words in told
