"""From the driver to what is concluded: the real pynvml, the lab's places and the watch, while all sorts of things
fail.

Two idle GPUs of alice's; what befalls the second is never taken for idleness, and hides nothing of the first.
"""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from bot.booking.findings import IDLE, Seen
from bot.booking.lifecycle import State
from bot.booking.observed import Device, Fault, FindingKind, Process
from bot.fleet.nvml import Nvml
from bot.fleet.placing import placed
from bot.fleet.probe import Report
from fleet.test_nvml import CALLS, ERRORS, ESSENTIAL, LOST
from gpus import Card, Driver
from make import lab, monday, node, reservation
from watching import MINUTE, Watched

START = monday(9)
A, B = Card("GPU-a"), Card("GPU-b")
KNOWN = {"GPU-a": Device("GPU-a", "atlas", 0, 0), "GPU-b": Device("GPU-b", "atlas", 1, 1)}
LAB = lab(node("atlas", "a100", 2))
MINE = reservation(1, 9, 17, ("atlas:0", "atlas:1"), state=State.ACTIVE)
ON = {"utilisation": 90, "processes": ((7, 8000, "C"),), "used_mb": 8000}


def whose(pid: int, memory_mb: int | None = None, *, compute: bool = True) -> Process:
    return Process(pid, "alice", "python", memory_mb, compute)


def host() -> Nvml:
    """With a first look, at which all is well."""
    nvml = Nvml("atlas", whose)
    nvml.look(START)
    return nvml


def concluded(report: Report, known: Mapping[str, Device] = KNOWN) -> Seen:
    """What an hour of such reports amounts to."""
    watched = Watched(START, MINE)
    found = placed(LAB, {"atlas": report}, known)
    for _ in range(60):
        watched.watch.take([replace(one, at=watched.now) for one in found.readings], watched.now)
        watched.now += MINUTE
    return watched.look()


def by_gpu(seen: Seen) -> dict[str, FindingKind]:
    return {one.gpu: one.kind for one in seen.findings}


@pytest.mark.parametrize("call", CALLS)
def test_no_error_on_a_call_makes_a_busy_gpu_idle_nor_hides_an_idle_one(driver: Driver, call: str) -> None:
    driver.set(A, B)
    nvml = host()
    for error in ERRORS:
        driver.set(A, replace(B, **ON, rules=(f"fail {call} {error}",)))
        seen = concluded(nvml.look(START))
        found, told = by_gpu(seen), (call, error)
        assert found["atlas:0"] in IDLE, told
        assert found.get("atlas:1") not in IDLE, told
        assert not seen.unseen, told
        if error in LOST:
            assert found["atlas:1"] is FindingKind.LOST, told
        elif call in ESSENTIAL:
            assert found["atlas:1"] in (FindingKind.LOST, FindingKind.MISSING), told


@pytest.mark.parametrize("call", ["nvmlInitWithFlags", "nvmlDeviceGetCount_v2"])
def test_of_a_driver_that_fails_as_a_whole_nothing_is_concluded_but_that(driver: Driver, call: str) -> None:
    for error in ERRORS:
        driver.set(A, B)
        nvml = Nvml("atlas", whose) if call == "nvmlInitWithFlags" else host()
        driver.set(A, B, rules=(f"fail {call} {error}",))
        seen = concluded(nvml.look(START))
        assert by_gpu(seen) == dict.fromkeys(("atlas:0", "atlas:1"), FindingKind.MISSING), error
        assert not seen.unseen


def test_nor_of_one_that_hangs_for_an_hour_nor_of_a_node_that_is_silent() -> None:
    for fault in (Fault.HANGS, Fault.UNREACHABLE):
        seen = concluded(Report("atlas", START, fault=fault))
        assert by_gpu(seen) == dict.fromkeys(("atlas:0", "atlas:1"), FindingKind.MISSING)
        assert not seen.unseen


def test_of_a_gpu_in_mig_mode_that_nobody_computes_is_not_concluded(driver: Driver) -> None:
    driver.set(A, replace(B, mig=1, processes=((7, 8000, "C"),)))
    assert by_gpu(concluded(host().look(START))).keys() == {"atlas:0"}
    driver.set(A, replace(B, mig=1))
    assert by_gpu(concluded(host().look(START))).keys() == {"atlas:0"}, "even if no process is listed"


def test_two_swapped_cards_and_those_that_move_up_after_a_reboot_keep_what_is_known_of_them(driver: Driver) -> None:
    driver.set(replace(B, **ON), A)  # the one in use comes first now
    found = concluded(host().look(START))
    assert by_gpu(found) == {"atlas:0": FindingKind.PARTLY_USED}
    driver.set(replace(B, **ON))  # the first one is gone
    assert by_gpu(concluded(host().look(START))) == {"atlas:0": FindingKind.MISSING}
