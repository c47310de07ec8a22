"""What a member has set: which reminders, quiet hours, who may book for them, whether the waitlist books by itself."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Literal
from zoneinfo import ZoneInfo

from bot.booking.waking import MORNING, NIGHT


class Reminder(StrEnum):
    """What a member can switch on and off. Decisions, moves, offers and no-shows are always told."""

    START = "start"  # it has begun, and these are its GPUs
    END = "end"  # it ends in 15 minutes, and somebody is next
    NEEDED = "needed"  # is it still needed? on the morning of what was booked long ago, and after its deadline
    MORE = "more"  # it starts, or ends, in an hour


USUAL = frozenset({Reminder.START, Reminder.END, Reminder.NEEDED})


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours of the day, `[start, end)` in local time, over midnight where `end` is earlier. Never equal."""

    start: time = NIGHT
    end: time = MORNING

    def __post_init__(self) -> None:
        if self.start == self.end:
            raise ValueError("quiet hours must end at another time than they begin")

    def covers(self, local: time) -> bool:
        """Whether that time of day is quiet."""
        if self.start < self.end:
            return self.start <= local < self.end
        return local >= self.start or local < self.end


@dataclass(frozen=True, slots=True)
class MemberSettings:
    """One member's. `quiet` None: never quiet. `delegate`: the id of who may book for them, "" for nobody.

    `auto`: what they wait for is booked as soon as it can be had, without asking.
    """

    reminders: frozenset[Reminder] = USUAL
    quiet: Quiet | None = Quiet()
    delegate: str = ""
    auto: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be changed; what is None, or no reminder of either set, stays. `quiet` "off": no quiet hours."""

    on: frozenset[Reminder] = frozenset()
    off: frozenset[Reminder] = frozenset()
    quiet: Quiet | Literal["off"] | None = None
    delegate: str | None = None
    auto: bool | None = None

    def applied(self, to: MemberSettings) -> MemberSettings:
        """The settings with it."""
        quiet = to.quiet if self.quiet is None else None if self.quiet == "off" else self.quiet
        return MemberSettings(
            (to.reminders | self.on) - self.off,
            quiet,
            to.delegate if self.delegate is None else self.delegate,
            to.auto if self.auto is None else self.auto,
        )


def quiet_until(at: datetime, quiet: Quiet | None, zone: str | None) -> datetime | None:
    """When the quiet hours around `at` (UTC) end, in UTC; None where it is not quiet.

    `zone` is the member's, an IANA name; who has none that is known has no quiet hours.
    """
    try:
        there = ZoneInfo(zone) if zone else None
    except (KeyError, ValueError, OSError):
        there = None
    if there is None or quiet is None:
        return None
    local = at.astimezone(there)
    if not quiet.covers(local.time()):
        return None
    day = local.date() if local.time() < quiet.end else local.date() + timedelta(days=1)
    return datetime.combine(day, quiet.end, there).astimezone(at.tzinfo)
