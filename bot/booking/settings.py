"""What a member has set: which reminders, quiet hours, who may book for them, whether the waitlist books by itself."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from bot.booking.waking import USUAL_NIGHT, Quiet


class Reminder(StrEnum):
    """What a member can switch on and off. Decisions, moves, offers and no-shows are always told."""

    START = "start"  # it has begun, and these are its GPUs
    END = "end"  # it ends in 15 minutes, and somebody is next
    NEEDED = "needed"  # is it still needed? on the morning of what was booked long ago, and after its deadline
    MORE = "more"  # it starts, or ends, in an hour
    PULSE = "pulse"  # once in a quarter: how content they are with the compute


USUAL = frozenset({Reminder.START, Reminder.END, Reminder.NEEDED, Reminder.PULSE})


@dataclass(frozen=True, slots=True)
class MemberSettings:
    """One member's. `quiet` None: never quiet. `delegate`: the id of who may book for them, "" for nobody.

    `auto`: what they wait for is booked as soon as it can be had, without asking.
    """

    reminders: frozenset[Reminder] = USUAL
    quiet: Quiet | None = USUAL_NIGHT
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
