"""What the core is told about the people of a request: the ledger's frozen view."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.booking.calendar import Calendar
from bot.booking.lab import Deadline, Policy
from bot.booking.model import Reservation, Waiting, Window, minute_of
from bot.booking.waking import USUAL_NIGHT, Quiet, waking


@dataclass(frozen=True, slots=True)
class Spent:
    """GPU time that counts for a member: `count` GPUs of a reservation over `window`, ahead, running or past.

    GPUs that were given back early are a Spent of their own, up to then.
    """

    reservation: int
    window: Window
    count: int

    def gpu_hours(self, inside: Window) -> float:
        """Those of them that lie in a window."""
        start, end = max(self.window.start, inside.start), min(self.window.end, inside.end)
        return max((end - start) / timedelta(hours=1), 0.0) * self.count


@dataclass(frozen=True, slots=True)
class Snapshot:
    """For one request, as of one version of the ledger.

    `mine`: what the member holds, pending included. `spent`: all their GPU time since the quota's days began (empty
    where there is no quota). `pending`: all that wait for an admin, first come first. `approvals`: one can be asked.
    `waiting`: the waitlist, first come first. `zones`: members' time zones (IANA names), for their nights; who is not
    in it has none. `quiet`: the nights that they have set; who is not in it has the usual ones. `past`: members'
    GPU-hours of the past, halved every 7 days. `deadlines`: all that are tracked. `speeds`: of two pools, how many
    times as fast as the first the second is (above 0), where jobs of the lab have been measured on both.
    """

    mine: tuple[Reservation, ...] = ()
    spent: tuple[Spent, ...] = ()
    pending: tuple[Reservation, ...] = ()
    approvals: bool = True
    waiting: tuple[Waiting, ...] = ()
    zones: Mapping[str, str] = field(default_factory=dict)
    quiet: Mapping[str, Quiet | None] = field(default_factory=dict)
    past: Mapping[str, float] = field(default_factory=dict)
    deadlines: tuple[Deadline, ...] = ()
    speeds: Mapping[tuple[str, str], float] = field(default_factory=dict)

    def waking(self, member: str, at: datetime) -> datetime:
        """`at`, or the end of the member's night around it."""
        return waking(at, self.zones.get(member), self.quiet.get(member, USUAL_NIGHT))

    def without(self, reservation: Reservation) -> "Snapshot":
        """As if the member did not have this one."""
        mine = tuple(one for one in self.mine if one.id != reservation.id)
        spent = tuple(one for one in self.spent if one.reservation != reservation.id)
        return replace(self, mine=mine, spent=spent)


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
