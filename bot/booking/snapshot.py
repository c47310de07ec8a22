"""What the core is told about the people of a request: the ledger's frozen view."""

from dataclasses import dataclass
from datetime import datetime

from bot.booking.calendar import Calendar
from bot.booking.lab import Policy
from bot.booking.model import Reservation, minute_of


@dataclass(frozen=True, slots=True)
class Snapshot:
    """For one request, as of one version of the ledger.

    `mine`: what the member holds, pending included. `past`: what the member held within the quota's days and has
    ended (empty where there is no quota). `pending`: all that wait for an admin, first come first.
    `approvals`: an admin can be asked.
    """

    mine: tuple[Reservation, ...] = ()
    past: tuple[Reservation, ...] = ()
    pending: tuple[Reservation, ...] = ()
    approvals: bool = True


@dataclass(frozen=True, slots=True)
class Scene:
    """All that a decision rests on besides the request: the core's functions hand it on as one. `now` is UTC."""

    snapshot: Snapshot
    calendar: Calendar
    policy: Policy
    now: datetime

    @property
    def minute(self) -> int:
        """The present minute, since 1970."""
        return minute_of(self.now)
