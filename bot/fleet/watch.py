"""The watch: readings of all GPUs over a sliding window, held against the ledger. No clock, no I/O."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.booking.findings import Held, Seen
from bot.booking.lab import Policy
from bot.booking.model import MINUTE, instant_of, minute_of
from bot.booking.observed import Fault, Finding, FindingKind, Reading, Use
from bot.fleet.occupants import Ledger, occupants
from bot.fleet.sight import STALE, Sight
from bot.fleet.use import use_of

AHEAD = timedelta(minutes=1)  # a node's clock may be ahead by so much

_OF_FAULTS = (FindingKind.MISSING, FindingKind.LOST)


class Watch:
    """What was seen of each GPU, in memory: after a restart it has to look for a while again before it says anything.

    Not safe for threads: its owner takes turns.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        longest = max(policy.idle_after, policy.no_show_grace, timedelta(minutes=30)) + STALE
        self._span = min(longest, timedelta(days=2)) // MINUTE
        self._sights: dict[str, Sight] = {}

    @property
    def reach(self) -> timedelta:
        """How far back a look goes."""
        return self._span * MINUTE

    def take(self, readings: Iterable[Reading], now: datetime) -> None:
        """Take readings in. Those that are stale when they come, or of the future, are none.

        The history is the device's, by UUID: another one in its place begins anew.
        """
        for reading in readings:
            if not now - STALE <= reading.at <= now + AHEAD:
                continue
            name, minute = f"{reading.node}:{reading.index}", minute_of(reading.at)
            sight = self._sights.get(name)
            if sight is None or (reading.uuid and sight.uuid and reading.uuid != sight.uuid):
                sight = self._sights[name] = Sight(reading.uuid, self._span, minute, minute)
            sight.uuid = sight.uuid or reading.uuid
            sight.take(reading)

    def look(self, held: Held, now: datetime) -> Seen:
        """What it all amounts to at `now`. A GPU that the lab file does not name is left out."""
        ledger = Ledger.of(held, now)
        findings: list[Finding] = []
        unsure: set[tuple[FindingKind, str]] = set()
        on: dict[str, tuple[str | None, ...]] = {}
        sights = {name: sight for name, sight in self._sights.items() if name in held.lab.gpus}
        for name, sight in sights.items():
            if sight.failed(now):
                holder = ledger.holders.get(name)
                findings.append(_gone(sight, name, holder.id if holder else 0))
            if not sight.fresh(now):
                unsure |= {(kind, name) for kind in FindingKind if not (kind in _OF_FAULTS and sight.failed(now))}
                continue
            if sight.on is None:
                unsure |= {(FindingKind.SQUATTER, name), (FindingKind.OVERRUN, name)}
                continue
            on[name] = sight.on
            findings += occupants(sight, name, ledger, now)
        unsure |= {(kind, name) for name in held.lab.gpus.keys() - sights.keys() for kind in FindingKind}
        unseen, came = set(), set()
        for reservation in ledger.running:
            use = use_of(reservation, sights, ledger, self._policy, now)
            findings += use.findings
            unsure |= use.unsure
            if use.unseen:
                unseen.add(reservation.id)
            elif use.came:
                came.add(reservation.id)
        uses = {name: Use(sight.last_read, sight.quiet_since(now), sight.occupied) for name, sight in sights.items()}
        return Seen(now, tuple(findings), frozenset(unsure), frozenset(unseen), frozenset(came), on, uses)


def _gone(sight: Sight, name: str, reservation: int) -> Finding:
    kind = FindingKind.LOST if sight.fault is Fault.LOST else FindingKind.MISSING
    since = instant_of(sight.at if sight.fault_since is None else sight.fault_since)
    return Finding(kind, name, since, reservation, fault=sight.fault)
