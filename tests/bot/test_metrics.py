"""/metrics: what Prometheus reads of the fleet."""

import re
from datetime import timedelta

from prometheus_client.parser import text_string_to_metric_families

from bot.booking.board import Board
from bot.booking.findings import Open
from bot.booking.lifecycle import State
from bot.booking.observed import Fault, Finding, FindingKind
from bot.desk import Desk
from bot.fleet.seen import Seen, Sight
from bot.metrics import metrics
from gpus import reading, report
from make import lab, monday, reservation
from storage.ledger import Ledger

NOW = monday(10)


def told(desk: Desk, sight: Sight) -> dict[tuple[str, str], float]:
    """Values by name and GPU or node."""
    families = text_string_to_metric_families(metrics(desk.board(NOW), sight))
    samples = [sample for family in families for sample in family.samples]
    return {(one.name, one.labels.get("gpu") or next(iter(one.labels.values()), "")): one.value for one in samples}


def desk_with(ledger: Ledger, *gpus: str) -> Desk:
    with ledger.writing() as book:
        book.add(reservation(0, 9, 17, gpus, state=State.ACTIVE))
    return Desk(ledger, lab())


def test_reserved_used_and_idle_are_told_apart(ledger: Ledger) -> None:
    seen = Seen()
    busy = reading("atlas:0", at=NOW, utilisation=80, memory_used_mb=1024, temperature=70, power=300.5)
    readings = [busy, reading("atlas:1", at=NOW, utilisation=5), reading("atlas:2", at=NOW, utilisation=90)]
    seen.take(readings, {"atlas": report("atlas")})
    found = told(desk_with(ledger, "atlas:0", "atlas:1"), seen.sight)
    values = {
        gpu: tuple(found[f"crunchtime_gpu_{what}", gpu] for what in ("reserved", "used", "idle"))
        for gpu in ("atlas:0", "atlas:1", "atlas:2")
    }
    assert values == {"atlas:0": (1, 1, 0), "atlas:1": (1, 0, 1), "atlas:2": (0, 1, 0)}
    assert found["crunchtime_gpu_memory_used_bytes", "atlas:0"] == 2**30
    assert found["crunchtime_gpu_temperature_celsius", "atlas:0"] == 70
    assert found["crunchtime_gpu_power_watts", "atlas:0"] == 300.5
    assert found["crunchtime_gpu_utilisation_ratio", "atlas:0"] == 0.8
    assert ("crunchtime_gpu_power_watts", "atlas:1") not in found
    by_node = [found[f"crunchtime_node_gpus_{what}", "atlas"] for what in ("reserved", "used", "idle")]
    assert by_node == [2, 2, 1]
    assert found["crunchtime_node_gpus_used", "titan"] == 0


def test_an_old_or_failed_reading_has_no_values_only_an_age(ledger: Ledger) -> None:
    seen = Seen()
    old = NOW - timedelta(minutes=5, seconds=1)
    seen.take([reading("atlas:0", at=old, utilisation=80), reading("atlas:1", at=NOW)], {"atlas": report("atlas")})
    seen.take([reading("atlas:1", at=NOW, fault=Fault.LOST)], {"atlas": report("atlas", fault=Fault.UNREACHABLE)})
    found = told(desk_with(ledger, "atlas:0", "atlas:1"), seen.sight)
    for gpu in ("atlas:0", "atlas:1"):
        assert ("crunchtime_gpu_used", gpu) not in found
        assert ("crunchtime_gpu_idle", gpu) not in found
        assert found["crunchtime_gpu_reserved", gpu] == 1
    assert found["crunchtime_gpu_reading_age_seconds", "atlas:0"] == 301
    assert found["crunchtime_node_up", "atlas"] == 0
    assert found["crunchtime_node_reading_age_seconds", "atlas"] == 2 * 3600


def test_what_is_found_is_counted_by_kind() -> None:
    found = [
        Open(place, Finding(kind, gpu, NOW), NOW)
        for place, (kind, gpu) in enumerate(
            [(FindingKind.UNUSED, "atlas:0"), (FindingKind.UNUSED, "atlas:1"), (FindingKind.LOST, "titan:3")]
        )
    ]
    text = metrics(Board(NOW, (), ()), Sight(), found)
    counts = dict(re.findall(r'crunchtime_findings_open\{kind="(\w+)"\} (\d)', text))
    assert counts == dict.fromkeys(FindingKind, "0") | {"unused": "2", "lost": "1"}


def test_a_lab_that_watches_nothing_tells_what_is_reserved_and_nobodys_name(ledger: Ledger) -> None:
    text = metrics(desk_with(ledger, "atlas:0").board(NOW), Sight())
    assert 'crunchtime_gpu_reserved{gpu="atlas:0",node="atlas",pool="a100"} 1.0' in text
    assert "U0ALICE" not in text
    names = {line.split("{")[0].split(" ")[0] for line in text.splitlines() if not line.startswith("#")}
    assert all(name.startswith("crunchtime_") for name in names)
