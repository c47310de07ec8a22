"""Shorthand for the tests of the watch: readings of the sandbox's lab, a minute apart unless they say otherwise."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.booking.findings import Held, Seen
from bot.booking.lab import Policy
from bot.booking.model import Reservation
from bot.booking.observed import Fault, Finding, FindingKind, Process, Reading
from bot.fleet.watch import Watch
from make import ALICE, BOB, CAROL, lab

LAB = lab()
LOGINS = {"alice": ALICE.id, "bob": BOB.id, "carol": CAROL.id}
MINUTE = timedelta(minutes=1)


def process(login: str | None = "alice", pid: int = 100, **of: Any) -> Process:
    return Process(pid, login, "python", 4096, **of)


def reading(
    at: datetime, gpu: str = "atlas:0", use: int | None = 0, *who: str | None, uuid: str = "", **of: Any
) -> Reading:
    """One of a GPU with a process of each of `who`."""
    node, _, index = gpu.partition(":")
    found = tuple(process(login, 100 + place) for place, login in enumerate(who))
    values: dict[str, Any] = {"utilisation": use, "processes": found, "memory_used_mb": 4096 if who else 500} | of
    return Reading(node, uuid or f"GPU-{gpu}", int(index), at, **values)


def broken(at: datetime, fault: Fault, gpu: str = "atlas:0") -> Reading:
    node, _, index = gpu.partition(":")
    return Reading(node, f"GPU-{gpu}", int(index), at, processes=None, fault=fault)


class Watched:
    """A watch, the ledger that it is told of, and the minutes that go by."""

    def __init__(self, now: datetime, *live: Reservation, policy: Policy | None = None, **held: Any) -> None:
        self.now = now
        self.watch = Watch(policy or Policy())
        self.held = Held(LAB, tuple(live), **{"logins": LOGINS} | held)

    def run(self, minutes: int, gpus: Sequence[str] = ("atlas:0",), use: int = 0, *who: str | None, **of: Any) -> Seen:
        """So many minutes, with a reading of each GPU at the beginning of each; what is seen at their end."""
        for _ in range(minutes):
            self.watch.take([reading(self.now, gpu, use, *who, **of) for gpu in gpus], self.now)
            self.now += MINUTE
        return self.look()

    def take(self, readings: Iterable[Reading]) -> Seen:
        """One minute with these readings."""
        self.watch.take(readings, self.now)
        self.now += MINUTE
        return self.look()

    def silence(self, minutes: int) -> Seen:
        self.now += minutes * MINUTE
        return self.look()

    def look(self) -> Seen:
        return self.watch.look(self.held, self.now)


def kinds(seen: Seen) -> list[tuple[FindingKind, str]]:
    """What was found where, in order."""
    return sorted((one.kind, one.gpu) for one in seen.findings)


def only(seen: Seen) -> Finding:
    (found,) = seen.findings
    return found
