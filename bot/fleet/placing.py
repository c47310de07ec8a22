"""Which GPU of the lab each reading is of. Pure.

A GPU is known by its UUID, and keeps its place in the lab for good.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from bot.booking.lab import Lab, Node
from bot.booking.observed import Device, Fault, Reading
from bot.fleet.probe import Report


class ChangeKind(StrEnum):
    """What happened to a GPU of the lab."""

    LEARNED = "learned"  # seen for the first time, at a place that nobody had
    RENUMBERED = "renumbered"  # the driver gives it another number; its place in the lab stays
    REPLACED = "replaced"  # another card is where it was
    CAME = "came"  # it was in another node


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to the GPU that is `device` now; `was` is what was known of it, or of the card before it."""

    kind: ChangeKind
    device: Device
    was: Device | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """A reading for each GPU of every watched node of the lab, and what is to be remembered.

    `unlisted`: GPUs that are there, and not in the lab. `refused`: nodes whose report was not believed, and why.
    """

    readings: tuple[Reading, ...]
    changes: tuple[Change, ...] = ()
    unlisted: tuple[Reading, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)


def placed(lab: Lab, reports: Mapping[str, Report], known: Mapping[str, Device]) -> Placed:
    """Holds what the nodes report against what is known by UUID.

    A node that reports a GPU of another one is not believed at all, unless that one answers and has it no more.
    """
    readings: list[Reading] = []
    changes: list[Change] = []
    unlisted: list[Reading] = []
    refused: dict[str, str] = {}
    for node in lab.nodes:
        report = reports.get(node.name)
        if report is None:
            continue
        strange = next(_foreign(report, reports, known), None)
        if strange is not None:
            refused[node.name] = f"reports {strange.uuid}, which is {strange.name}"
            report = Report(node.name, report.at, fault=Fault.UNREACHABLE, why=refused[node.name])
        own = {device.index: device for device in known.values() if device.node == node.name}
        if report.fault is not None:
            fault = report.fault
            readings += [_failing(node.name, gpu.index, own.get(gpu.index), report.at, fault) for gpu in node.gpus]
            continue
        found, new = _of_node(node, report, own, known)
        readings += found.values()
        changes += new
        taken = {reading.uuid for reading in found.values()}
        unlisted += [one for one in report.readings if one.uuid and one.uuid not in taken]
    return Placed(tuple(readings), tuple(changes), tuple(unlisted), refused)


def renumbered(devices: Iterable[Device]) -> dict[str, str]:
    """The UUIDs, by GPU ("atlas:0"), of nodes on which a driver's number is not the lab's: no number is right there."""
    known = list(devices)
    nodes = {device.node for device in known if device.number != device.index}
    return {device.name: device.uuid for device in known if device.node in nodes}


def _foreign(report: Report, reports: Mapping[str, Report], known: Mapping[str, Device]) -> Iterator[Device]:
    for reading in report.readings:
        device = known.get(reading.uuid)
        if device is None or device.node == report.node:
            continue
        home = reports.get(device.node)
        moved = home is not None and home.fault is None and all(one.uuid != device.uuid for one in home.readings)
        if not moved:
            yield device


def _of_node(
    node: Node, report: Report, own: Mapping[int, Device], known: Mapping[str, Device]
) -> tuple[dict[int, Reading], list[Change]]:
    """A reading for each of the node's places; and what is new."""
    listed = {reading.uuid: reading for reading in report.readings if reading.uuid}
    places = {gpu.index for gpu in node.gpus}
    found: dict[int, Reading] = {}
    changes: list[Change] = []
    for index, device in own.items():
        reading = listed.get(device.uuid)
        if reading is None or index not in places:
            continue
        del listed[device.uuid]
        found[index] = replace(reading, index=index)
        if reading.index != device.number:
            changes.append(Change(ChangeKind.RENUMBERED, replace(device, number=reading.index), device))
    for reading in sorted(listed.values(), key=lambda one: one.index):
        # At its own number; else where no card was known yet, or the one that was is gone.
        place = _vacant(places - found.keys(), reading.index, own.keys())
        if place is None:
            break
        found[place] = replace(reading, index=place)
        before = known.get(reading.uuid) or own.get(place)
        kind = ChangeKind.CAME if reading.uuid in known else ChangeKind.REPLACED if before else ChangeKind.LEARNED
        changes.append(Change(kind, Device(reading.uuid, node.name, place, reading.index), before))
    for reading in report.readings:
        if reading.uuid:
            continue
        # It fails, and cannot say which one it is: one that was known and is not listed.
        place = _vacant(places - found.keys(), reading.index, places - own.keys())
        if place is not None:
            found[place] = replace(reading, index=place, uuid=own[place].uuid if place in own else "")
    for index in places - found.keys():
        found[index] = _failing(node.name, index, own.get(index), report.at, Fault.MISSING)
    return found, changes


def _vacant(free: Collection[int], number: int, last: Collection[int]) -> int | None:
    """The place of that number if it is free, else another, those of `last` last; None where none is free."""
    return min(free, key=lambda place: (place != number, place in last, place), default=None)


def _failing(node: str, index: int, device: Device | None, at: datetime, fault: Fault) -> Reading:
    return Reading(node, device.uuid if device else "", index, at, processes=None, fault=fault)
