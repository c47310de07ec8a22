"""The watching of the fleet, put together: who is asked, what is kept, what was seen last."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.booking.lab import Lab
from bot.config import Settings
from bot.desk import Desk
from bot.fleet.fleet import LOCAL, Fleet
from bot.fleet.probe import Probe
from bot.fleet.seen import Seen
from bot.jobs.poll import poll
from storage.ledger import Ledger
from storage.readings import Readings


@dataclass(frozen=True, slots=True)
class Watching:
    """A fleet that is watched."""

    fleet: Fleet
    readings: Readings
    seen: Seen

    def poll(self, desk: Desk, now: datetime) -> int:
        """See `bot.jobs.poll`."""
        return poll(desk, self.fleet, self.readings, self.seen, now)


def fleet_of(lab: Lab, settings: Settings, clock: Callable[[], datetime]) -> Fleet | None:
    """Who is to be asked; None where the lab file names no agent. Of "local" nodes sampling begins with it."""
    agents = [node.agent for node in lab.nodes if node.agent is not None]
    if not agents:
        return None
    remote = None
    if any(agent != LOCAL for agent in agents) and settings.agent_token is not None:
        from bot.fleet.remote import Agents  # noqa: PLC0415 - httpx, only where there is somebody to ask

        remote = Agents(settings.agent_token.get_secret_value())
    return Fleet(lab.nodes, remote, local, clock)


def watching(fleet: Fleet, ledger: Ledger) -> Watching:
    """What `fleet` sees is kept beside `ledger`."""
    return Watching(fleet, Readings(ledger), Seen())


def local(node: str) -> Probe:
    """This host's GPUs, sampled from now on; returns when they were seen once, or after half a minute."""
    from bot.fleet.nvml import Nvml  # noqa: PLC0415 - pynvml, only where this host is watched
    from bot.fleet.sampler import Sampler  # noqa: PLC0415

    sampler = Sampler(node, Nvml(node))
    sampler.start()
    sampler.wait()
    return sampler
