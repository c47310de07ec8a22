"""What a line says: the commands, as values."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.booking.model import Request, Window
from handlers.overseeing import Overlook, Oversee
from handlers.said_calendar import Calendar
from handlers.said_estimate import Estimate
from handlers.said_reason import Reason
from handlers.said_watched import KeepUsed, Links, WhoIsWho
from handlers.settings_line import SetSettings, Settings


@dataclass(frozen=True, slots=True)
class Book:
    """Book this. `notes` say what was assumed in reading the line, as in the commands below."""

    request: Request
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenForm:
    """Nothing was said, or no time: the booking form, filled with what was ("2 a100 because ablations")."""

    prefill: str = ""


@dataclass(frozen=True, slots=True)
class Free:
    """What is free in a pool (None: in all) over a window (None: now and next)."""

    pool: str | None = None
    window: Window | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mine:
    """My reservations."""


@dataclass(frozen=True, slots=True)
class Who:
    """Who has what: one GPU ("atlas:0"), a pool, a node, or, with none of them, the lab."""

    gpu: str | None = None
    pool: str | None = None
    node: str | None = None


@dataclass(frozen=True, slots=True)
class Show:
    """One reservation."""

    id: int


@dataclass(frozen=True, slots=True)
class Release:
    """Give a reservation back; with `keep` (1 or more) all but that many of its GPUs.

    `whole`: with all other pieces of its run.
    """

    id: int
    keep: int | None = None
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Extend:
    """Let it run longer: `by` so much, or `until` then; exactly one of the two is there.

    `clock`: the words that said `until`, where they are a time of day only: that of its last day, or the day after.
    """

    id: int
    by: timedelta | None = None
    until: datetime | None = None
    notes: tuple[str, ...] = ()
    clock: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """Let it begin at `start`, or by so much later (below 0: earlier), and end at `end` (None: it keeps its length)."""

    id: int
    start: datetime | timedelta
    end: datetime | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Approve:
    """An admin's yes."""

    id: int


@dataclass(frozen=True, slots=True)
class Deny:
    """An admin's no, with its reason."""

    id: int
    reason: str


@dataclass(frozen=True, slots=True)
class Undo:
    """Take the last change of a reservation back."""

    id: int


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The deadlines that are tracked, or all dates of one of them."""

    name: str | None = None


@dataclass(frozen=True, slots=True)
class AddDeadline:
    """Track a deadline of this name at `at`, written in `zone`."""

    name: str
    at: datetime
    zone: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DropDeadline:
    """Track it no more."""

    name: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask the holder of a reservation for room for `request` (None: for all of it), perhaps for one's own `exchange`.

    `reason` goes with no request; a request has its own.
    """

    id: int
    request: Request | None = None
    exchange: int | None = None
    reason: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The answer to a question: give up `choice`, the key of what was offered as a button."""

    question: int
    choice: str


@dataclass(frozen=True, slots=True)
class Decline:
    """No to a question, or to a reservation that is handed over."""

    question: int


@dataclass(frozen=True, slots=True)
class Give:
    """Hand a reservation over to a member."""

    id: int
    to: str


@dataclass(frozen=True, slots=True)
class TakeOver:
    """Take a reservation that is handed over."""

    question: int


@dataclass(frozen=True, slots=True)
class Claims:
    """What is promised, or waits, for the lab's deadlines."""


@dataclass(frozen=True, slots=True)
class WithdrawClaim:
    """Take the claim of R12 or W3 (its `label`) away."""

    label: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Have this wait until GPUs fall free; with `auto` they are then booked without asking."""

    request: Request
    auto: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Waitlist:
    """Who waits."""


@dataclass(frozen=True, slots=True)
class Leave:
    """Wait no more: W3, by its number."""

    id: int


@dataclass(frozen=True, slots=True)
class Take:
    """Take what is held for me: R12."""

    id: int


@dataclass(frozen=True, slots=True)
class Pass:
    """Let it go to the next, and go on waiting."""

    id: int


@dataclass(frozen=True, slots=True)
class Help:
    """What can be said; about one command, by its name, if there is a topic."""

    topic: str | None = None


Look = Free | Mine | Who | Show | Deadlines | Waitlist | Claims | Calendar | Settings | Links | Estimate
Decide = Approve | Deny | WithdrawClaim
Question = Ask | GiveUp | Decline | Give | TakeOver
OnWaitlist = Wait | Leave | Take | Pass
Command = (
    OpenForm | Help | Look | Book | Release | Extend | Move | Undo | AddDeadline | DropDeadline | Decide | Question
) | (OnWaitlist | SetSettings | Oversee | Overlook | WhoIsWho | KeepUsed | Reason)
