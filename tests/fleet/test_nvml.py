"""The real pynvml against a stand-in for the driver's library: every value, and every error on every call."""

import pynvml
import pytest

from bot.booking.observed import Fault, Process, Reading
from bot.fleet.nvml import Nvml
from bot.fleet.wire import decoded, encoded
from gpus import Card, Driver, report
from make import monday

CALLS = (
    "nvmlDeviceGetHandleByIndex_v2",
    "nvmlDeviceGetUUID",
    "nvmlDeviceGetName",
    "nvmlDeviceGetUtilizationRates",
    "nvmlDeviceGetMemoryInfo",
    "nvmlDeviceGetTemperature",
    "nvmlDeviceGetPowerUsage",
    "nvmlDeviceGetTotalEccErrors",
    "nvmlDeviceGetCurrentClocksThrottleReasons",
    "nvmlDeviceGetMigMode",
    "nvmlDeviceGetComputeRunningProcesses_v3",
    "nvmlDeviceGetGraphicsRunningProcesses_v3",
)
ERRORS = sorted(
    value for name, value in vars(pynvml).items() if name.startswith("NVML_ERROR_") and isinstance(value, int)
)
LOST = {pynvml.NVML_ERROR_GPU_IS_LOST, pynvml.NVML_ERROR_RESET_REQUIRED}
# What a finding rests on: with an error there the GPU is not known, whatever else it says.
ESSENTIAL = {"nvmlDeviceGetHandleByIndex_v2", "nvmlDeviceGetUUID"}


def whose(pid: int, memory_mb: int | None = None, *, compute: bool = True) -> Process:
    return Process(pid, "alice", "python", memory_mb, compute)


def read(nvml: Nvml) -> tuple[Reading, ...]:
    return nvml.look(monday(8)).readings


def test_everything_that_a_card_says_is_read(driver: Driver) -> None:
    busy = Card(
        "GPU-a",
        utilisation=97,
        used_mb=70_000,
        temperature=71,
        milliwatts=398_500,
        ecc=2,
        throttle=0x44,
        processes=((11, 69_000, "C"), (12, -1, "C"), (13, 20, "G"), (11, 5, "G")),
    )
    driver.set(busy, Card("GPU-b", "NVIDIA GeForce RTX 3090", total_mb=24_576, mig=None))
    first, second = read(Nvml("atlas", whose))
    assert first == Reading(
        "atlas",
        "GPU-a",
        0,
        monday(8),
        model="NVIDIA A100-SXM4-80GB",
        utilisation=97,
        memory_used_mb=70_000,
        memory_total_mb=81_920,
        temperature=71,
        power=398.5,
        ecc_errors=2,
        throttled=("power cap", "hardware thermal"),
        processes=(
            Process(11, "alice", "python", 69_000),
            Process(12, "alice", "python", None),
            Process(13, "alice", "python", 20, compute=False),
        ),
    )
    assert (second.uuid, second.model, second.index) == ("GPU-b", "NVIDIA GeForce RTX 3090", 1)
    assert (second.utilisation, second.processes, second.mig, second.throttled) == (0, (), False, ())


def test_what_changes_is_seen_at_the_next_look(driver: Driver) -> None:
    driver.set(Card("GPU-a"))
    nvml = Nvml("atlas", whose)
    assert read(nvml)[0].utilisation == 0
    assert nvml.glance() == {"GPU-a": 0}
    driver.change(0, utilisation=55, processes=((7, 100, "C"),))
    assert nvml.glance() == {"GPU-a": 55}
    (now,) = read(nvml)
    assert now.processes == (Process(7, "alice", "python", 100),)


@pytest.mark.parametrize("call", CALLS)
def test_every_error_on_a_call_is_a_fault_or_one_value_less_and_costs_the_others_nothing(
    driver: Driver, call: str
) -> None:
    driver.set(Card("GPU-a", utilisation=50), Card("GPU-b", utilisation=60, processes=((7, 100, "C"),)))
    nvml = Nvml("atlas", whose)
    read(nvml)
    for error in ERRORS:
        assert_told(driver, nvml, call, error)


def assert_told(driver: Driver, nvml: Nvml, call: str, error: int) -> None:
    driver.change(1, rules=(f"fail {call} {error}",))
    first, second = read(nvml)
    assert (first.uuid, first.utilisation, first.fault) == ("GPU-a", 50, None)
    assert (second.uuid, second.index) == ("GPU-b", 1), "it is known by the number that it had"
    if error in LOST:
        assert second.fault is Fault.LOST
    if call in ESSENTIAL:
        assert second.fault is not None
    if second.fault is not None:
        assert (second.utilisation, second.processes, second.memory_used_mb) == (None, None, None)
    elif call == "nvmlDeviceGetComputeRunningProcesses_v3":
        assert second.processes is None, "nothing follows from processes that could not be listed"
    elif call == "nvmlDeviceGetUtilizationRates":
        assert second.utilisation is None
    else:
        assert second.utilisation == 60
    driver.change(1, rules=())
    assert [one.fault for one in read(nvml)] == [None, None], "and when it is well again, so are the readings"


@pytest.mark.parametrize("call", ["nvmlInitWithFlags", "nvmlDeviceGetCount_v2"])
def test_every_error_of_the_driver_as_a_whole_is_a_fault_of_the_node_and_no_card_is_called_lost(
    driver: Driver, call: str
) -> None:
    for error in ERRORS:
        nvml = Nvml("atlas", whose)
        driver.set(Card("GPU-a"))
        if call != "nvmlInitWithFlags":
            read(nvml)
        driver.set(Card("GPU-a"), rules=(f"fail {call} {error}",))
        found = nvml.look(monday(8))
        assert found.readings == ()
        assert found.fault in {Fault.DRIVER, Fault.DENIED, Fault.HANGS, Fault.UNKNOWN}
        assert str(error) in found.why
        driver.set(Card("GPU-a"))
        assert [one.uuid for one in read(nvml)] == ["GPU-a"]


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (pynvml.NVML_ERROR_GPU_IS_LOST, Fault.LOST),
        (pynvml.NVML_ERROR_RESET_REQUIRED, Fault.LOST),
        (pynvml.NVML_ERROR_LIBRARY_NOT_FOUND, Fault.DRIVER),
        (pynvml.NVML_ERROR_UNINITIALIZED, Fault.DRIVER),
        (pynvml.NVML_ERROR_DRIVER_NOT_LOADED, Fault.DRIVER),
        (pynvml.NVML_ERROR_LIB_RM_VERSION_MISMATCH, Fault.DRIVER),
        (pynvml.NVML_ERROR_NO_PERMISSION, Fault.DENIED),
        (pynvml.NVML_ERROR_TIMEOUT, Fault.HANGS),
        (pynvml.NVML_ERROR_UNKNOWN, Fault.UNKNOWN),
    ],
)
def test_the_errors_have_names_of_their_own(driver: Driver, error: int, fault: Fault) -> None:
    driver.set(Card("GPU-a", rules=(f"fail nvmlDeviceGetHandleByIndex_v2 {error}",)))
    assert read(Nvml("atlas", whose))[0].fault is fault


def test_a_driver_that_was_unloaded_and_loaded_again_is_found_again(driver: Driver) -> None:
    driver.set(Card("GPU-a"))
    nvml = Nvml("atlas", whose)
    read(nvml)
    pynvml.nvmlShutdown()
    assert nvml.look(monday(8)).fault is Fault.DRIVER
    assert nvml.look(monday(8)).fault is None


def test_mig_is_told_and_no_use_is_made_up_for_it(driver: Driver) -> None:
    driver.set(Card("GPU-a", mig=1, utilisation=80, processes=((7, 100, "C"),)))
    (one,) = read(Nvml("atlas", whose))
    assert (one.mig, one.utilisation, one.fault) == (True, None, None)
    assert one.processes == (Process(7, "alice", "python", 100),)


def test_cards_that_change_their_numbers_are_known_by_their_uuids(driver: Driver) -> None:
    one, two = Card("GPU-a", utilisation=10), Card("GPU-b", utilisation=20)
    driver.set(one, two)
    nvml = Nvml("atlas", whose)
    read(nvml)
    driver.set(two, one)
    assert [(found.index, found.uuid, found.utilisation) for found in read(nvml)] == [
        (0, "GPU-b", 20),
        (1, "GPU-a", 10),
    ]
    assert nvml.glance() == {"GPU-a": 10, "GPU-b": 20}


def test_one_that_fails_is_not_named_after_a_card_that_answers_under_another_number(driver: Driver) -> None:
    driver.set(Card("GPU-a"), Card("GPU-b"))
    nvml = Nvml("atlas", whose)
    read(nvml)
    lost = f"fail nvmlDeviceGetHandleByIndex_v2 {pynvml.NVML_ERROR_GPU_IS_LOST}"
    driver.set(Card("GPU-b"), Card("GPU-a", rules=(lost,)))
    assert [(found.uuid, found.fault) for found in read(nvml)] == [("GPU-b", None), ("", Fault.LOST)]


def test_a_card_without_a_name_for_its_processes_of_an_older_driver_says_that_they_are_not_known(
    driver: Driver,
) -> None:
    missing = f"fail nvmlDeviceGetComputeRunningProcesses_v3 {pynvml.NVML_ERROR_FUNCTION_NOT_FOUND}"
    driver.set(Card("GPU-a", rules=(missing,)))
    assert read(Nvml("atlas", whose))[0].processes is None


def test_values_that_cannot_be_are_not_told(driver: Driver) -> None:
    many = tuple((pid, 1, "C") for pid in range(1, 64))
    driver.set(Card("GPU-a", utilisation=4294967295, milliwatts=4294967295, processes=many))
    (one,) = read(Nvml("atlas", whose))
    assert (one.utilisation, one.power, one.fault) == (None, None, None)
    assert len(one.processes or ()) == 63
    assert decoded(encoded(report("atlas", one), monday(8)), "atlas", monday(8)).readings == (one,)
