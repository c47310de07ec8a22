"""The Probe protocol: whatever can say what the GPUs of a node are doing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.booking.observed import Fault, Reading


@dataclass(frozen=True, slots=True)
class Report:
    """What one node said of itself: a reading for each GPU that it lists, in its own numbering.

    With a `fault` nothing is known of the node as a whole, and `readings` are at most those of the GPUs known before,
    each with the fault. `why` is for the log: what went wrong, in a few words.
    """

    node: str
    at: datetime
    readings: tuple[Reading, ...] = ()
    fault: Fault | None = None
    why: str = ""


class Probe(Protocol):
    """One node's hardware. Expected trouble is a Fault in the report, never an exception."""

    def look(self, now: datetime) -> Report:
        """What the node's GPUs are doing. `now` is the present instant (UTC); returns in seconds, whatever happens."""


class Host(Probe, Protocol):
    """This host's hardware, as the sampler asks it, from one thread. Calls may hang: the sampler sees to that."""

    def glance(self) -> Mapping[str, int | None]:
        """Utilisation in percent by UUID of the GPUs of the last look, None where it is not known."""
