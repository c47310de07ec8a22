"""This host's GPUs, through NVML. Calls may hang, and are made by one thread (bot/fleet/sampler.py)."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

import pynvml

from bot.booking.observed import Fault, Process, Reading
from bot.fleet.probe import Report
from bot.fleet.processes import process_of

T = TypeVar("T")

# https://docs.nvidia.com/deploy/nvml-api/group__nvmlDeviceEnumvs.html, nvmlReturn_t. What is not here is UNKNOWN.
_FAULTS: Mapping[int, Fault] = {
    pynvml.NVML_ERROR_GPU_IS_LOST: Fault.LOST,
    pynvml.NVML_ERROR_RESET_REQUIRED: Fault.LOST,
    pynvml.NVML_ERROR_GPU_NOT_FOUND: Fault.LOST,
    pynvml.NVML_ERROR_UNINITIALIZED: Fault.DRIVER,
    pynvml.NVML_ERROR_DRIVER_NOT_LOADED: Fault.DRIVER,
    pynvml.NVML_ERROR_LIBRARY_NOT_FOUND: Fault.DRIVER,
    pynvml.NVML_ERROR_FUNCTION_NOT_FOUND: Fault.DRIVER,
    pynvml.NVML_ERROR_LIB_RM_VERSION_MISMATCH: Fault.DRIVER,
    pynvml.NVML_ERROR_NO_PERMISSION: Fault.DENIED,
    pynvml.NVML_ERROR_TIMEOUT: Fault.HANGS,
}
# The card, the driver or the agent's rights lack this one value; the others stand.
_NOT_TOLD = {
    pynvml.NVML_ERROR_NOT_SUPPORTED,
    pynvml.NVML_ERROR_NO_PERMISSION,
    pynvml.NVML_ERROR_FUNCTION_NOT_FOUND,
    pynvml.NVML_ERROR_NOT_FOUND,
    pynvml.NVML_ERROR_NO_DATA,
    pynvml.NVML_ERROR_DEPRECATED,
    pynvml.NVML_ERROR_VGPU_ECC_NOT_SUPPORTED,
    pynvml.NVML_ERROR_ARGUMENT_VERSION_MISMATCH,
    pynvml.NVML_ERROR_INSUFFICIENT_SIZE,  # more processes than a moment ago
}
_MOST_PROCESSES = 128  # of a card: somebody's thousands must not make the report too long to be taken
_MOST_MILLIWATTS = 10_000_000
_WHOLE = {Fault.LOST, Fault.DRIVER, Fault.HANGS}  # no value of the card is to be trusted then
_THROTTLES: Mapping[int, str] = {
    pynvml.nvmlClocksThrottleReasonSwPowerCap: "power cap",
    pynvml.nvmlClocksThrottleReasonHwSlowdown: "hardware slowdown",
    pynvml.nvmlClocksThrottleReasonSwThermalSlowdown: "thermal",
    pynvml.nvmlClocksThrottleReasonHwThermalSlowdown: "hardware thermal",
    pynvml.nvmlClocksThrottleReasonHwPowerBrakeSlowdown: "power brake",
}


class Nvml:
    """The GPUs of the host that `node` names."""

    def __init__(self, node: str, process: Callable[..., Process] = process_of) -> None:
        """`process`: pid, memory in MiB or None, compute or graphics -> whose it is."""
        self._node = node
        self._process = process
        self._running = False
        self._handles: dict[str, Any] = {}
        self._last: dict[int, tuple[str, str]] = {}  # UUID and model by index, to name one that does not answer

    def look(self, now: datetime) -> Report:
        """Every GPU that the driver lists. No error of NVML's is raised: each is a Fault."""
        try:
            if not self._running:
                pynvml.nvmlInit()
                self._running = True
            count = pynvml.nvmlDeviceGetCount()
        except pynvml.NVMLError as error:
            self._begin_anew()
            # Which card is lost is not known here, and not all of them are.
            fault = Fault.UNKNOWN if fault_of(error) is Fault.LOST else fault_of(error)
            return Report(self._node, now, fault=fault, why=_words(error))
        self._handles.clear()
        readings = _named_once([self._reading(index, now) for index in range(count)])
        faults = {reading.fault for reading in readings}
        if faults and faults <= {Fault.DRIVER, Fault.UNKNOWN}:
            self._begin_anew()  # the driver was unloaded below us, or every card fails alike
        return Report(self._node, now, tuple(readings))

    def glance(self) -> Mapping[str, int | None]:
        """Utilisation in percent by UUID; None where the card does not say, or fails (the next look says how)."""
        return {uuid: _utilisation(handle) for uuid, handle in self._handles.items()}

    def _begin_anew(self) -> None:
        self._handles.clear()
        if self._running:
            self._running = False
            with suppress(pynvml.NVMLError):  # it was gone already
                pynvml.nvmlShutdown()

    def _reading(self, index: int, now: datetime) -> Reading:
        uuid, model = self._last.get(index, ("", ""))
        try:
            handle = pynvml.nvmlDeviceGetHandleByIndex(index)
            uuid, model = pynvml.nvmlDeviceGetUUID(handle), _extra(pynvml.nvmlDeviceGetName, handle) or ""
            self._last[index] = uuid, model
            mig = _extra(pynvml.nvmlDeviceGetMigMode, handle)
            memory = _told(pynvml.nvmlDeviceGetMemoryInfo, handle)
            used = _told(pynvml.nvmlDeviceGetUtilizationRates, handle)
            power = _extra(pynvml.nvmlDeviceGetPowerUsage, handle)
            reading = Reading(
                self._node,
                uuid,
                index,
                now,
                model=model,
                utilisation=None if used is None else _percent(used.gpu),
                memory_used_mb=None if memory is None else memory.used >> 20,
                memory_total_mb=None if memory is None else memory.total >> 20,
                temperature=_extra(pynvml.nvmlDeviceGetTemperature, handle, pynvml.NVML_TEMPERATURE_GPU),
                power=None if power is None or power > _MOST_MILLIWATTS else power / 1000,
                ecc_errors=_extra(
                    pynvml.nvmlDeviceGetTotalEccErrors,
                    handle,
                    pynvml.NVML_MEMORY_ERROR_TYPE_UNCORRECTED,
                    pynvml.NVML_VOLATILE_ECC,
                ),
                throttled=_throttled(_extra(pynvml.nvmlDeviceGetCurrentClocksThrottleReasons, handle) or 0),
                mig=bool(mig and mig[0] == pynvml.NVML_DEVICE_MIG_ENABLE),
                processes=self._processes(handle),
            )
        except pynvml.NVMLError as error:
            return Reading(self._node, uuid, index, now, model=model, processes=None, fault=fault_of(error))
        self._handles[uuid] = handle
        return reading

    def _processes(self, handle: Any) -> tuple[Process, ...] | None:
        compute = _told(pynvml.nvmlDeviceGetComputeRunningProcesses_v3, handle)
        if compute is None:
            compute = _told(pynvml.nvmlDeviceGetComputeRunningProcesses_v2, handle)  # drivers before 510
        if compute is None:
            return None
        graphics = _told(pynvml.nvmlDeviceGetGraphicsRunningProcesses_v3, handle) or []
        pids = {one.pid for one in compute}
        found = [(one, True) for one in compute] + [(one, False) for one in graphics if one.pid not in pids]
        return tuple(
            self._process(one.pid, None if one.usedGpuMemory is None else one.usedGpuMemory >> 20, compute=is_compute)
            for one, is_compute in found[:_MOST_PROCESSES]
        )


def _named_once(readings: list[Reading]) -> list[Reading]:
    """One that fails was named after who had its number before; not if that one answers under another number."""
    answering = {reading.uuid for reading in readings if reading.fault is None}
    return [
        replace(reading, uuid="") if reading.fault is not None and reading.uuid in answering else reading
        for reading in readings
    ]


def fault_of(error: pynvml.NVMLError) -> Fault:
    """What an error of NVML's amounts to."""
    return _FAULTS.get(error.value, Fault.UNKNOWN)


def _told(call: Callable[..., T], *arguments: Any) -> T | None:
    """A value on which findings rest: None where it is not told, an error where the card fails."""
    try:
        return call(*arguments)
    except pynvml.NVMLError as error:
        if error.value in _NOT_TOLD:
            return None
        raise


def _extra(call: Callable[..., T], *arguments: Any) -> T | None:
    """A value that nothing rests on: a broken sensor does not make the card unknown."""
    try:
        return call(*arguments)
    except pynvml.NVMLError as error:
        if error.value not in _NOT_TOLD and fault_of(error) in _WHOLE:
            raise
        return None


def _utilisation(handle: Any) -> int | None:
    try:
        return _percent(pynvml.nvmlDeviceGetUtilizationRates(handle).gpu)
    except pynvml.NVMLError:
        return None


def _percent(told: int) -> int | None:
    """None for what some drivers say in its place: a broken value must not have the whole report refused."""
    return int(told) if 0 <= told <= 100 else None


def _throttled(reasons: int) -> tuple[str, ...]:
    return tuple(name for bit, name in _THROTTLES.items() if reasons & bit)


def _words(error: pynvml.NVMLError) -> str:
    return f"{type(error).__name__.removeprefix('NVMLError_')} ({error.value})"
