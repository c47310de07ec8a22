"""What an admin's line or button says, as values; `said` has them too. `policy` and `outage` alone are everybody's."""

from dataclasses import dataclass

from bot.booking.model import Request, Window
from bot.report.months import Month


@dataclass(frozen=True, slots=True)
class Suggest:
    """An admin offers the fixed window of `request`, its count and its pool instead of what waits."""

    id: int
    request: Request


@dataclass(frozen=True, slots=True)
class Revoke:
    """Take a reservation from its holder, for a reason."""

    id: int
    reason: str


@dataclass(frozen=True, slots=True)
class Outages:
    """What is out of service."""


@dataclass(frozen=True, slots=True)
class TakeOut:
    """These GPUs are out of service in the window."""

    gpus: tuple[str, ...]
    window: Window
    reason: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EndOutage:
    """These GPUs are back in service."""

    gpus: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """The lab's rules, in words."""


@dataclass(frozen=True, slots=True)
class Audit:
    """Who did what, last: with one reservation, or by and to one member; with neither, in all."""

    id: int | None = None
    member: str | None = None


@dataclass(frozen=True, slots=True)
class Export:
    """Everything as a file, "json" or "csv": of "reservations", or the "audit"."""

    form: str = "csv"
    what: str = "reservations"


@dataclass(frozen=True, slots=True)
class Report:
    """The report of a month, as files."""

    month: Month


@dataclass(frozen=True, slots=True)
class Pulse:
    """What was answered in the last pulse; or (`ask`) everybody is asked now."""

    ask: bool = False


Oversee = Suggest | Revoke | TakeOut | EndOutage
Overlook = Outages | Policy | Audit | Export | Report | Pulse
