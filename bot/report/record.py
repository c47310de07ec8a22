"""What a report rests on: everything that the ledger kept of a while, as plain values.

Sizes are GPU-minutes, instants are UTC. What was clipped to the while is said; the rest is whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.booking.lifecycle import State
from bot.booking.model import Window


@dataclass(frozen=True, slots=True)
class Stay:
    """`gpus` GPUs of a pool were a member's in `window`, by one reservation: what counts as had."""

    reservation: int
    member: str
    pool: str
    gpus: int
    window: Window


@dataclass(frozen=True, slots=True)
class Run:
    """A reservation as it is now. `had`: it has GPU time that counts. `group`: of pieces, the first one's number.

    `made`: when it was booked or asked for; `wanted`: from when on it could begin.
    """

    reservation: int
    group: int
    member: str
    state: State
    pool: str
    window: Window
    made: datetime
    wanted: datetime
    had: bool
    deadline: datetime | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request that was refused for want of GPUs: its size, from when on it was wanted, and its deadline if any."""

    at: datetime
    member: str
    pool: str | None
    gpu_minutes: int
    wanted: datetime
    deadline: datetime | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """A request that waited, or waits still (`end` None): it was "taken", "left", or has "lapsed" or "expired".

    `wanted`: from when on GPUs were wanted; `got`: the reservation that it became, if it was taken.
    """

    id: int
    member: str
    pool: str | None
    gpu_minutes: int
    created_at: datetime
    end: str | None
    ended_at: datetime | None
    wanted: datetime
    got: int | None = None
    deadline: datetime | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """Minutes of a pool's GPUs in the hour from `start`, as they were seen; `booked`: by who had reserved them."""

    start: datetime
    pool: str
    booked: bool
    used: int
    idle: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Out:
    """A GPU ("atlas:2", of a pool) was out of service."""

    gpu: str
    pool: str
    window: Window


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline of the lab's."""

    label: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Record:
    """What was kept of `window`.

    `pools`: their sizes, as the lab file has them now. `stays`, `seen` and `out` touch the window; `runs` were made in
    it, began in it, or have their deadline in it; `refusals` and `waits` come from it and from some weeks before;
    `dues`: the lab's deadlines in it and in the weeks after. `refusals_since`: when the first refusal was kept at all.
    """

    window: Window
    pools: Mapping[str, int]
    stays: tuple[Stay, ...] = ()
    runs: tuple[Run, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    waits: tuple[Wait, ...] = ()
    seen: tuple[Seen, ...] = ()
    out: tuple[Out, ...] = ()
    dues: tuple[Due, ...] = ()
    refusals_since: datetime | None = None
