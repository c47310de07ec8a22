"""What the GPUs are doing is asked of all nodes, and kept."""

from collections.abc import Mapping
from datetime import datetime
from typing import assert_never

import structlog

from bot.booking.observed import Fault
from bot.desk import Desk
from bot.fleet.fleet import Fleet
from bot.fleet.placing import Change, ChangeKind, Placed, placed, renumbered
from bot.fleet.probe import Report
from bot.fleet.seen import NodeSeen, Seen
from storage.readings import Readings

log = structlog.get_logger()


def poll(desk: Desk, fleet: Fleet, readings: Readings, seen: Seen, now: datetime) -> int:
    """Asks every watched node, keeps a reading of each of the lab's GPUs, and tells the admins what was replaced.

    Returns how many were kept. What cannot be read is kept as that: nothing is concluded from silence.
    """
    reports = fleet.look(now)
    known = readings.devices()
    found = placed(desk.lab, reports, known)
    before = seen.sight.nodes
    after = seen.take(found.readings, _believed(reports, found))
    for name, node in after.nodes.items():
        _log_node(name, before.get(name), node)
    kept = readings.write(found.readings, [change.device for change in found.changes], now)
    now_known = {**known, **{change.device.uuid: change.device for change in found.changes}}
    moved = {change.device.name for change in found.changes if change.kind is ChangeKind.RENUMBERED}
    desk.renumbered(renumbered(now_known.values()), moved, now)
    told = [line for change in found.changes if (line := _words(change))]
    for line in told:
        log.warning("the GPUs of a node have changed", what=line)
    if told:
        desk.report("fleet", " ".join(told), now)
    readings.fold(now)
    return kept


def _believed(reports: Mapping[str, Report], found: Placed) -> dict[str, Report]:
    """The reports, with those that were not believed as silence."""
    return {
        name: Report(name, report.at, fault=Fault.UNREACHABLE, why=found.refused[name])
        if name in found.refused
        else report
        for name, report in reports.items()
    }


def _log_node(name: str, before: NodeSeen | None, after: NodeSeen) -> None:
    """A line when it begins or ceases to answer, or fails in another way; not at each round."""
    if before is not None and (before.up, before.why) == (after.up, after.why):
        return
    if not after.up:
        log.warning("no readings of a node", node=name, why=after.why, last=after.answered_at)
    elif before is not None:
        log.info("a node answers again", node=name)


def _words(change: Change) -> str | None:
    """For the admins; None for what needs no word."""
    device, was = change.device, change.was
    match change.kind:
        case ChangeKind.LEARNED:
            return None
        case ChangeKind.RENUMBERED:
            before = f", not {was.number}" if was else ""
            return (
                f"{device.name} is GPU {device.number} of {device.node}'s driver now{before}."
                " Its reservations stay with the card."
            )
        case ChangeKind.REPLACED:
            return f"{device.name} is another card now ({device.uuid}); reservations of {device.name} are on it."
        case ChangeKind.CAME:
            before = f" {was.name}" if was else " elsewhere"
            return f"{device.name} is the card that was{before} before ({device.uuid})."
        case other:
            assert_never(other)
