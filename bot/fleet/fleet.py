"""The Fleet: every watched node of the lab, asked at once."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from bot.booking.lab import Node
from bot.booking.observed import Fault
from bot.fleet.probe import Probe, Report
from bot.fleet.remote import Agents

LOCAL = "local"


class Fleet:
    """Asks this host's probes and the others' agents."""

    def __init__(
        self, nodes: Iterable[Node], agents: Agents | None, local: Callable[[str], Probe], clock: Callable[[], datetime]
    ) -> None:
        """`agents`: None where no token is set. `local` makes the probe of a node that is this host."""
        self._urls = {node.name: node.agent for node in nodes if node.agent not in (None, LOCAL)}
        self._local = {node.name: local(node.name) for node in nodes if node.agent == LOCAL}
        self._agents, self._clock = agents, clock

    def look(self, now: datetime) -> Mapping[str, Report]:
        """A report of every watched node, by its name. Takes as long as an agent may take to answer, at most."""
        here = {name: probe.look(now) for name, probe in self._local.items()}
        if not self._urls:
            return here
        if self._agents is None:
            why = "CRUNCHTIME_AGENT_TOKEN is not set"
            return here | {name: Report(name, now, fault=Fault.UNREACHABLE, why=why) for name in self._urls}
        return here | self._agents.ask(self._urls, self._clock)
