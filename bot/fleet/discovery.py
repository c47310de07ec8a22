"""What is there held against what the lab file says: GPUs that it does not list are found, and differences told."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from bot.booking.lab import Gpu, Lab, pool_name
from bot.booking.observed import Reading
from bot.fleet.probe import Report

_GIB = 1024  # MiB
_UNTYPABLE = re.compile(r"[^a-z0-9._-]")


def undiscovered(lab: Lab) -> tuple[str, ...]:
    """The nodes whose GPUs the lab file leaves to be found."""
    return tuple(node.name for node in lab.nodes if not node.gpus)


def discovered(lab: Lab, reports: Mapping[str, Report], known: Iterable[Gpu] = ()) -> Lab:
    """The lab with the GPUs of its undiscovered nodes: those `known` before, and those that were seen besides.

    What was known stays even where it is not seen: a node that is down at the start must not cost its reservations.
    """
    before: dict[str, dict[int, Gpu]] = {}
    for gpu in known:
        before.setdefault(gpu.node, {})[gpu.index] = gpu
    nodes = []
    for node in lab.nodes:
        if node.gpus:
            nodes.append(node)
            continue
        gpus = before.get(node.name, {})
        report = reports.get(node.name)
        for reading in report.readings if report is not None and report.fault is None else ():
            if reading.model and reading.index not in gpus:
                gpus[reading.index] = gpu_of(reading)
        nodes.append(replace(node, gpus=tuple(gpus[index] for index in sorted(gpus))))
    return replace(lab, nodes=tuple(nodes))


def gpu_of(reading: Reading) -> Gpu:
    """A GPU as it is seen: its pool by its model, its memory in whole GiB."""
    memory = round((reading.memory_total_mb or 0) / _GIB)
    pool = _UNTYPABLE.sub("", pool_name(reading.model)) or "gpu"
    return Gpu(reading.node, reading.index, pool, reading.model, memory)


def differences(lab: Lab, reports: Mapping[str, Report]) -> Iterator[str]:
    """Where the lab file and what was seen do not agree, in words with the fix."""
    for node in lab.nodes:
        report = reports.get(node.name)
        if report is None or report.fault is not None:
            continue
        seen = {reading.index: reading for reading in report.readings}
        for gpu in node.gpus:
            reading = seen.pop(gpu.index, None)
            if reading is None:
                yield f"{gpu.name}: is in the lab file, and not there; correct its count or indices"
            elif reading.fault is not None:
                yield f"{gpu.name}: cannot be read ({reading.fault})"
            elif gpu.model and reading.model and pool_name(gpu.model) != pool_name(reading.model):
                yield f"{gpu.name}: is a {reading.model}, and the lab file says {gpu.model}; correct its model"
            elif gpu.memory_gb and reading.memory_total_mb and reading.memory_total_mb < 0.9 * gpu.memory_gb * _GIB:
                has = round(reading.memory_total_mb / _GIB)
                yield f"{gpu.name}: has {has} GB, and the lab file says {gpu.memory_gb}; correct its memory_gb"
            elif reading.mig:
                yield f"{gpu.name}: is split by MIG, so its use cannot be told; it is lent as a whole"
        if node.gpus and seen:
            extra = ", ".join(f"{node.name}:{index}" for index in sorted(seen))
            yield f"{extra}: there, and not in the lab file, so nobody can book it; add it, or leave it out on purpose"
