"""The watching of the fleet, put together: who is asked, what is kept, what was seen last."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.metadata import version
from itertools import groupby
from operator import attrgetter

import structlog

from bot.booking.lab import Lab, Policy
from bot.booking.observed import Use
from bot.config import Settings
from bot.desk import Desk
from bot.fleet.discovery import discovered, undiscovered
from bot.fleet.fleet import LOCAL, Fleet
from bot.fleet.probe import Probe
from bot.fleet.seen import Seen, Sight
from bot.fleet.watch import Watch
from bot.jobs import Ticks
from bot.jobs.poll import poll
from bot.jobs.watch import watch
from storage.ledger import Ledger
from storage.outbox import Outbox
from storage.readings import Readings

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Watching:
    """A fleet that is watched."""

    fleet: Fleet
    readings: Readings
    seen: Seen
    watch: Watch

    def poll(self, desk: Desk, now: datetime) -> int:
        """See `bot.jobs.poll`; then what follows from it, see `bot.jobs.watch`. Returns how many readings were kept."""
        kept = poll(desk, self.fleet, self.readings, self.seen, now)
        watch(desk, self.watch, self.seen.sight.readings.values(), now)
        return kept


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


def watching(fleet: Fleet, ledger: Ledger, policy: Policy) -> Watching:
    """What `fleet` sees is kept beside `ledger`, and held against it by `policy`."""
    return Watching(fleet, Readings(ledger), Seen(), Watch(policy))


def recalled(desk: Desk, now: datetime) -> None:
    """Has a desk that watches nothing itself show what the bot beside it has kept of the GPUs of watched nodes."""
    names = [gpu.name for node in desk.lab.nodes if node.agent is not None for gpu in node.gpus]
    if not names:
        return
    watch = Watch(desk.lab.policy)
    for at, readings in groupby(Readings(desk.ledger).since(now - watch.reach), key=attrgetter("at")):
        watch.take(readings, at)
    seen = watch.look(desk.held(now), now)
    desk.show_seen(replace(seen, uses={name: seen.uses.get(name, Use(None)) for name in names}), now)


def found(lab: Lab, ledger: Ledger, fleet: Fleet | None, now: datetime | None) -> Lab:
    """The lab with the GPUs that its file leaves to be found: as `fleet` sees them, or else as they were known."""
    if not undiscovered(lab):
        return lab
    whole = discovered(lab, fleet.look(now) if fleet is not None and now is not None else {}, ledger.gpus())
    for node in undiscovered(whole):
        log.warning("no GPU of a node was ever seen, and the lab file lists none", node=node)
    return whole


def measured(
    desk: Desk, watched: Watching | None, clock: Callable[[], datetime], outbox: Outbox, ticks: Ticks
) -> Callable[[], str]:
    """For /metrics."""

    def told() -> str:
        from bot.metrics import Work, metrics  # noqa: PLC0415 - with its library, only where somebody asks

        now = clock()
        sight = watched.seen.sight if watched is not None else Sight()
        held, overlaps = len(desk.pending(now)), desk.ledger.overlaps()
        work = Work(dict(ticks.last), outbox.oldest_due(now), held, overlaps, version("crunchtime"))
        return metrics(desk.board(now), sight, desk.findings(now), work)

    return told


def local(node: str) -> Probe:
    """This host's GPUs, sampled from now on; returns when they were seen once, or after half a minute."""
    from bot.fleet.nvml import Nvml  # noqa: PLC0415 - pynvml, only where this host is watched
    from bot.fleet.sampler import Sampler  # noqa: PLC0415

    sampler = Sampler(node, Nvml(node))
    sampler.start()
    sampler.wait()
    return sampler
