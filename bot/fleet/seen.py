"""What was seen last of each GPU and node, in memory: for the pages, the board and whoever acts on it."""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.booking.observed import Reading
from bot.fleet.probe import Report


@dataclass(frozen=True, slots=True)
class NodeSeen:
    """Whether the node answered when it was last asked, and when it last did (None: not yet). `why`: why not."""

    up: bool
    answered_at: datetime | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Sight:
    """All that was seen: the latest reading by GPU ("atlas:0"), failing ones included, and the nodes by name.

    A reading is as old as its `at` says; `last_good` has for each GPU the last that did not fail.
    """

    readings: Mapping[str, Reading] = field(default_factory=dict)
    last_good: Mapping[str, Reading] = field(default_factory=dict)
    nodes: Mapping[str, NodeSeen] = field(default_factory=dict)


class Seen:
    """The latest sight; whole ones are handed out, so that readers need no lock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.sight = Sight()

    def take(self, readings: Iterable[Reading], reports: Mapping[str, Report]) -> Sight:
        """Add what a round of polling found, and return what is known now."""
        with self._lock:
            was = self.sight
            fresh = {f"{reading.node}:{reading.index}": reading for reading in readings}
            good = {name: reading for name, reading in fresh.items() if reading.fault is None}
            nodes = dict(was.nodes)
            for name, report in reports.items():
                before = nodes[name].answered_at if name in nodes else None
                up = report.fault is None
                nodes[name] = NodeSeen(up, report.at if up else before, report.why)
            self.sight = Sight({**was.readings, **fresh}, {**was.last_good, **good}, nodes)
            return self.sight
