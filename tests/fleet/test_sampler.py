"""The sampler: means over a minute, and a driver that hangs and hangs nobody."""

import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import pytest
import structlog

from bot.booking.observed import Fault
from bot.fleet.nvml import Nvml
from bot.fleet.probe import Report
from bot.fleet.sampler import Sampler
from gpus import Card, Driver, reading, report
from make import monday


class Scripted:
    """A host that answers as it is told; `calls` counts the threads inside at once."""

    def __init__(self, *glances: int | None) -> None:
        self.glances = list(glances)
        self.gate = threading.Event()
        self.gate.set()
        self.inside = self.most = self.looks = 0
        self.failure: Exception | None = None

    def look(self, now: datetime) -> Report:
        self.looks += 1
        self.inside += 1
        self.most = max(self.most, self.inside)
        self.gate.wait(10)
        self.inside -= 1
        if self.failure is not None:
            raise self.failure
        return report("atlas", reading("atlas:0"), reading("atlas:1", fault=Fault.LOST))

    def glance(self) -> Mapping[str, int | None]:
        self.gate.wait(10)
        return {"GPU-atlas-0": self.glances.pop(0) if self.glances else None, "GPU-atlas-1": None}


def eventually(holds: Callable[[], bool]) -> None:
    for _ in range(500):
        if holds():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come to pass within 5 seconds")


def test_utilisation_is_the_mean_of_the_samples_and_busy_the_share_of_those_over_five_percent() -> None:
    host = Scripted(100, 0, 0, 5, 6, 0, None)
    sampler = Sampler("atlas", host, every=0.001)
    sampler.start()
    eventually(lambda: not host.glances)
    found = sampler.look(monday(8))
    sampler.stop()
    first, second = found.readings
    assert (first.utilisation, first.busy) == (round(111 / 6), round(200 / 6))
    assert (second.fault, second.utilisation, second.busy) == (Fault.LOST, None, None)
    assert monday(8) - timedelta(seconds=6) < first.at <= monday(8), "as of its own instant, not of the question's"


def test_before_the_first_look_nothing_is_known_and_nobody_waits() -> None:
    host = Scripted()
    host.gate.clear()
    sampler = Sampler("atlas", host, patience=0.02)
    sampler.start()
    assert sampler.look(monday(8)).fault is Fault.UNREACHABLE
    eventually(lambda: sampler.look(monday(8)).fault is Fault.HANGS)
    assert not sampler.wait(0)
    host.gate.set()
    assert sampler.wait(5)
    assert sampler.look(monday(8)).fault is None
    sampler.stop()


def test_a_call_that_hangs_makes_every_gpu_a_fault_until_it_comes_back_and_is_not_made_twice() -> None:
    host = Scripted()
    sampler = Sampler("atlas", host, every=0.005, patience=0.05)
    sampler.start()
    assert sampler.wait(5)
    host.gate.clear()
    eventually(lambda: sampler.look(monday(8)).fault is Fault.HANGS)
    found = sampler.look(monday(8))
    assert [(one.uuid, one.fault, one.utilisation) for one in found.readings] == [
        ("GPU-atlas-0", Fault.HANGS, None),
        ("GPU-atlas-1", Fault.HANGS, None),
    ]
    assert host.most == 1
    host.gate.set()
    eventually(lambda: sampler.look(monday(8)).fault is None)
    sampler.stop()


def test_a_library_that_breaks_in_a_way_nobody_knew_is_a_fault_and_sampling_goes_on() -> None:
    host = Scripted()
    host.failure = OSError("a bug")
    sampler = Sampler("atlas", host, every=0.001)
    with structlog.testing.capture_logs() as logged:
        sampler.start()
        assert sampler.wait(5)
        assert sampler.look(monday(8)).fault is Fault.UNKNOWN
        sampler.stop()
    assert any(entry["event"] == "a sample failed" for entry in logged)


@pytest.mark.parametrize("call", ["nvmlDeviceGetUtilizationRates", "nvmlDeviceGetCount_v2", "nvmlDeviceGetMemoryInfo"])
def test_a_hang_inside_the_real_library_hangs_its_thread_alone(driver: Driver, call: str) -> None:
    driver.set(Card("GPU-a", utilisation=50))
    sampler = Sampler("atlas", Nvml("atlas"), every=0.01, patience=0.05)
    sampler.start()
    assert sampler.wait(5)
    sampler._looked_at = float("-inf")  # the next sample is a whole look
    driver.set(Card("GPU-a", utilisation=50), rules=(f"hang {call}",))
    eventually(lambda: sampler.look(monday(8)).fault is Fault.HANGS)
    began = time.monotonic()
    assert sampler.look(monday(8)).readings[0].uuid == "GPU-a"
    assert time.monotonic() - began < 1
    driver.set(Card("GPU-a", utilisation=50))
    eventually(lambda: sampler.look(monday(8)).fault is None)
    sampler.stop()
