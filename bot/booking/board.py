"""Who has what now, and what is free next: the board, as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.booking.calendar import Calendar
from bot.booking.life import Life, life_of
from bot.booking.model import Request, Reservation, Window, instant_of, minute_of
from bot.booking.observed import Use
from bot.booking.outages import is_out
from bot.booking.pool_calendar import PoolCalendar
from bot.booking.waitlist import Shadow

LOOK_AHEAD = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class PoolFree:
    """How many GPUs of a pool are free over `window`: `steps` are (from when, how many), the first at its start."""

    pool: str
    size: int
    window: Window
    steps: tuple[tuple[datetime, int], ...]


@dataclass(frozen=True, slots=True)
class GpuNow:
    """Who has a GPU now and who is next on it (the next is tentative); `life`: what is seen besides, if anything is."""

    gpu: str
    pool: str
    holder: Reservation | None
    next: Reservation | None
    life: Life | None = None


@dataclass(frozen=True, slots=True)
class Board:
    """The whole lab at `now`; pools in the lab file's order, GPUs by pool, node and index.

    `waiting`: who waits, in their order, with the place that each can expect; those who have an offer come first.
    """

    now: datetime
    pools: tuple[PoolFree, ...]
    gpus: tuple[GpuNow, ...]
    waiting: tuple[Shadow, ...] = ()

    def only(self, *, pool: str | None = None, node: str | None = None, gpu: str | None = None) -> "Board":
        """The part of it that is about a pool, a node or one GPU; all of it where none is given."""
        gpus = tuple(
            one
            for one in self.gpus
            if (pool is None or one.pool == pool)
            and (node is None or one.gpu.rpartition(":")[0] == node)
            and (gpu is None or one.gpu == gpu)
        )
        left, names = {one.pool for one in gpus}, {one.gpu for one in gpus}
        waiting = tuple(one for one in self.waiting if _may_be(one.waiting.request, left, names))
        return Board(self.now, tuple(one for one in self.pools if one.pool in left), gpus, waiting)


def _may_be(request: Request, pools: set[str], gpus: set[str]) -> bool:
    """Whether what waits might be placed on these GPUs, all of which are of these pools."""
    if request.gpus:
        return not gpus.isdisjoint(request.gpus)
    return request.pool is None or request.pool in pools


def board_of(
    calendar: Calendar,
    now: datetime,
    window: Window | None = None,
    waiting: tuple[Shadow, ...] = (),
    uses: Mapping[str, Use] | None = None,
) -> Board:
    """The board at `now`; what is free is told for `window` (None: the next 48 hours). `uses`: what is seen of GPUs."""
    minute = minute_of(now)
    start = instant_of(minute)
    free = window or Window(start, start + LOOK_AHEAD)
    pools = calendar.pools.values()
    return Board(
        now,
        tuple(_free(pool, free) for pool in pools),
        tuple(_gpu_now(calendar, pool, bit, now, uses or {}) for pool in pools for bit in pool.layout.name),
        waiting,
    )


def _free(pool: PoolCalendar, window: Window) -> PoolFree:
    """Steps only where the count changes."""
    start = minute_of(window.start)
    steps: list[tuple[datetime, int]] = []
    before = -1  # no mask; neighbours that are equal are mostly one object
    for minute, free in enumerate(pool.minutes.masks(start, minute_of(window.end)), start):
        if free is not before:
            before = free
            count = free.bit_count()
            if not steps or steps[-1][1] != count:
                steps.append((instant_of(minute), count))
    return PoolFree(pool.pool.name, pool.pool.size, window, tuple(steps))


def _gpu_now(calendar: Calendar, pool: PoolCalendar, bit: int, now: datetime, uses: Mapping[str, Use]) -> GpuNow:
    minute, name = minute_of(now), pool.layout.name[bit]
    stay = next(iter(pool.stays(bit, minute, minute + 1)), None)
    following = pool.next_stay(bit, stay[1] if stay else minute + 1)
    holder = calendar.live[stay[2]] if stay else None
    return GpuNow(
        name,
        pool.pool.name,
        holder,
        calendar.live[following[2]] if following else None,
        None if holder is not None and is_out(holder.id) else life_of(uses.get(name), holder, now),
    )
