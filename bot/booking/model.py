"""The values that the core takes and gives: windows, requests, reservations.

All instants are aware, UTC and whole minutes. Windows are half-open: at its very end a GPU is free.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.booking.lifecycle import HOLDING, State

MINUTE = timedelta(minutes=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def minute_of(instant: datetime) -> int:
    """Whole minutes since 1970, rounded down. Raises ValueError for a naive instant."""
    if instant.utcoffset() is None:
        raise ValueError("an instant needs a zone")
    return (instant - _EPOCH) // MINUTE


def instant_of(minute: int) -> datetime:
    """The UTC instant of a minute since 1970."""
    return _EPOCH + minute * MINUTE


@dataclass(frozen=True, slots=True)
class Window:
    """`[start, end)` in UTC, whole minutes, start < end. Raises ValueError otherwise."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.utcoffset() is None or self.end.utcoffset() is None:
            raise ValueError("a window needs aware instants")
        if self.start.second or self.start.microsecond or self.end.second or self.end.microsecond:
            raise ValueError("a window begins and ends on whole minutes")
        if self.start >= self.end:
            raise ValueError("a window must end after it begins")
        object.__setattr__(self, "start", self.start.astimezone(UTC))
        object.__setattr__(self, "end", self.end.astimezone(UTC))

    @property
    def length(self) -> timedelta:
        return self.end - self.start

    @property
    def minutes(self) -> int:
        return self.length // MINUTE

    @property
    def hours(self) -> float:
        return self.minutes / 60

    def overlaps(self, other: "Window") -> bool:
        """Whether they share an instant; touching ends do not."""
        return self.start < other.end and other.start < self.end


def window_of(start: int, end: int) -> Window:
    """The window between two minutes since 1970."""
    return Window(instant_of(start), instant_of(end))


@dataclass(frozen=True, slots=True)
class Promise:
    """The deadline by which a movable reservation will have run.

    `at` is the deadline itself; `by` is when the run must be over: `at`, less the lab's margin for a named one.
    """

    at: datetime
    by: datetime
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Fixed:
    """A window of its own."""

    window: Window


@dataclass(frozen=True, slots=True)
class Before:
    """One run of `length` (whole minutes) inside [not_before, promise.by): movable, placed by the core.

    `pieces`: it may be split into runs of at least this length (whole minutes), but for the last.
    """

    length: timedelta
    promise: Promise
    not_before: datetime
    pieces: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """`gpu_hours` of independent runs inside [not_before, promise.by): the core chooses 1, 2, 4 or 8 GPUs."""

    gpu_hours: float
    promise: Promise
    not_before: datetime


@dataclass(frozen=True, slots=True)
class Request:
    """What a member asks for.

    `member` will hold the GPUs; `asked_by` typed it. `count` is ignored for Work. `pool` None: any that suits.
    `gpus` names the very GPUs ("atlas:0"), count then being their number. `memory_gb`: each GPU has at least this.
    `node`: all are on this one ("": on any), for a job that is there already.
    """

    member: str
    count: int
    when: Fixed | Before | Work
    pool: str | None = None
    gpus: tuple[str, ...] = ()
    memory_gb: int = 0
    reason: str = ""
    asked_by: str = ""
    node: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request that waits for GPUs to fall free (W3), first refused at `created_at`.

    `auto`: it takes what it is offered by itself. `withdrawn`: an admin has withdrawn its claim to its deadline.
    `offered`: the reservation that is held for it, and `until` when. `declined`: how many offers passed it by.
    `sooner_than`: of a fixed window, the start that could be had anyway; only an earlier one, or GPUs at once, is
    worth an offer. `rests_until`: an offer has just passed it by; until then others come first. `at_once`: of a fixed
    window, nothing but that very window or GPUs at once is, since a job waits for it.
    """

    id: int
    request: Request
    created_at: datetime
    auto: bool = False
    withdrawn: bool = False
    offered: int | None = None
    until: datetime | None = None
    declined: int = 0
    sooner_than: datetime | None = None
    rests_until: datetime | None = None
    at_once: bool = False

    @property
    def member(self) -> str:
        """Who waits."""
        return self.request.member

    @property
    def label(self) -> str:
        """ "W3", as people see it."""
        return f"W{self.id}"


@dataclass(frozen=True, slots=True)
class Reservation:
    """A member's promised window. `gpus` are tentative before the start unless `named`.

    `withdrawn`: an admin has withdrawn its claim to its deadline; the promise stands. `version` counts its changes
    (compare-and-set); `moved` how often the bot moved it; each of its GPUs has at least `memory_gb`.
    """

    id: int
    member: str
    state: State
    pool: str
    gpus: tuple[str, ...]
    window: Window
    created_at: datetime
    version: int = 1
    movable: bool = False
    named: bool = False
    memory_gb: int = 0
    not_before: datetime | None = None
    promise: Promise | None = None
    group: int | None = None
    reason: str = ""
    asked_by: str = ""
    approved_by: str | None = None
    moved: int = 0
    withdrawn: bool = False

    @property
    def holds(self) -> bool:
        """Whether it keeps its GPUs from others."""
        return self.state in HOLDING

    @property
    def could_move(self) -> bool:
        """Whether there may be moments at which the bot could give it another window."""
        return self.state is State.BOOKED and self.movable and self.promise is not None and not self.named

    @property
    def count(self) -> int:
        return len(self.gpus)

    @property
    def label(self) -> str:
        """ "R12", as people see it."""
        return f"R{self.id}"
