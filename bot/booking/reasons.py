"""Why not: refusals (hard rules and what is taken) and limits (soft rules), each with its data.

Each is rendered in one place, `handlers/views/reasons.py`; a new one does not type-check until it is.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.booking.model import Promise, Window


@dataclass(frozen=True, slots=True)
class Holding:
    """Who keeps GPUs from a request: `count` of them in `window`."""

    member: str
    reservation: int
    count: int
    window: Window


@dataclass(frozen=True, slots=True)
class UnknownPool:
    asked: str
    known: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnknownGpu:
    asked: tuple[str, ...]
    known: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BadCount:
    """No GPU, or a count below one."""

    count: int


@dataclass(frozen=True, slots=True)
class TooManyGpus:
    """The pool (or, for None, the largest) has only `size` that suit."""

    count: int
    size: int
    pool: str | None


@dataclass(frozen=True, slots=True)
class NoSuchMemory:
    """No GPU asked for has `memory_gb`; the largest has `largest_gb`."""

    memory_gb: int
    largest_gb: int


@dataclass(frozen=True, slots=True)
class InPast:
    """It would have begun (or, before a deadline, have to end) before now."""

    instant: datetime


@dataclass(frozen=True, slots=True)
class TooLong:
    """Over the lab's hard limit, in hours."""

    hours: float
    limit: float


@dataclass(frozen=True, slots=True)
class TooFar:
    """It would begin (or, if `movable`, end) after `limit`, as far ahead as can be booked (`days`)."""

    limit: datetime
    days: float
    movable: bool


@dataclass(frozen=True, slots=True)
class Taken:
    """In `window` only `free` of the `needed` GPUs are free; `holders` keep the others.

    `named`: those that are not free, where no other GPUs would do.
    """

    window: Window
    needed: int
    free: int
    pool: str
    holders: tuple[Holding, ...]
    named: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shortage:
    """Proof that work does not fit: in `window` it wants more GPU-hours than exist for it, even if it is cut up.

    `at_once`: only time in which so many GPUs are free at once was counted (0: all free time).
    """

    window: Window
    wanted: float
    existing: float
    at_once: int = 0


@dataclass(frozen=True, slots=True)
class NotByDeadline:
    """Nothing was found that ends by `promise.by`; `taken` is what stands in the way of the last start tried.

    `proof`: that nothing could be found, whatever were moved. Without it there are GPU-hours enough as far as is
    known, but not in one piece.
    """

    promise: Promise
    length: timedelta
    taken: Taken | None
    proof: Shortage | None = None


@dataclass(frozen=True, slots=True)
class TooManyPending:
    """The member has as many undecided requests as may be."""

    limit: int


@dataclass(frozen=True, slots=True)
class Delayed:
    """Somebody who waits (W`waiting`) and can expect to start at `expected`, but then only at `then` (None: not)."""

    waiting: int
    member: str
    expected: datetime
    then: datetime | None


@dataclass(frozen=True, slots=True)
class WouldDelay:
    """There is room, but it is what others who wait can expect to have."""

    delayed: tuple[Delayed, ...]


# Limits: soft rules; an admin may let a request over them.


@dataclass(frozen=True, slots=True)
class OverHours:
    hours: float
    limit: float


@dataclass(frozen=True, slots=True)
class OverShare:
    """The member would hold `count` of the pool's `size` GPUs at once, over `limit`."""

    count: int
    limit: int
    size: int
    pool: str


@dataclass(frozen=True, slots=True)
class OverOutstanding:
    """The member's future GPU-hours in the pool would be `hours`."""

    hours: float
    limit: float
    pool: str


@dataclass(frozen=True, slots=True)
class OverQuota:
    """The member's GPU-hours in `days` would be `hours`."""

    hours: float
    limit: float
    days: float


@dataclass(frozen=True, slots=True)
class PoolAsks:
    """Every booking of this pool needs an admin."""

    pool: str


@dataclass(frozen=True, slots=True)
class OverCrunch:
    """Without the deadline, the member's GPU-hours of the pool in the `days` before it would be `hours`."""

    deadline: str
    hours: float
    limit: float
    days: float
    pool: str


@dataclass(frozen=True, slots=True)
class KeptFor:
    """It would take of the `count` GPUs of the pool that are kept for work with the deadline."""

    deadline: str
    count: int
    pool: str


@dataclass(frozen=True, slots=True)
class Alone:
    """`limit` stands although no admin can be asked (approvals are off, or the change is to be a new request)."""

    limit: "Limit"


Limit = OverHours | OverShare | OverOutstanding | OverQuota | PoolAsks | OverCrunch | KeptFor
Refusal = (
    UnknownPool
    | UnknownGpu
    | BadCount
    | TooManyGpus
    | NoSuchMemory
    | InPast
    | TooLong
    | TooFar
    | Taken
    | NotByDeadline
    | TooManyPending
    | WouldDelay
    | Alone
)
