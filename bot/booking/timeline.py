"""Who has which GPU when, over a window: the timeline, as values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.booking.board import LOOK_AHEAD, PoolFree, board_of
from bot.booking.calendar import Calendar
from bot.booking.lab import Deadline
from bot.booking.life import Life
from bot.booking.model import Reservation, Window, instant_of, minute_of
from bot.booking.observed import Use

BEHIND = timedelta(hours=1)  # of what runs, its recent past is shown


@dataclass(frozen=True, slots=True)
class PoolLanes:
    """The GPUs of a pool by node and index, what is free of them from now on, and who holds them, by start."""

    free: PoolFree
    gpus: tuple[str, ...]
    stays: tuple[Reservation, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """What a window holds as of `now`; `zone` is the IANA name of the lab's, `names` are people's by id.

    `deadlines`: the lab's that are ahead, the nearest first, those beyond the window too. `lives`: what there is to say
    of GPUs now beside who has them.
    """

    lab: str
    zone: str
    now: datetime
    window: Window
    pools: tuple[PoolLanes, ...]
    deadlines: tuple[Deadline, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    lives: Mapping[str, Life] = field(default_factory=dict)


def timeline_of(
    calendar: Calendar,
    now: datetime,
    window: Window | None = None,
    *,
    pool: str | None = None,
    deadlines: Iterable[Deadline] = (),
    names: Mapping[str, str] | None = None,
    uses: Mapping[str, Use] | None = None,
) -> Timeline:
    """The window (None: from an hour ago to 48 hours from now), of one pool or of all."""
    lab, start = calendar.lab, instant_of(minute_of(now))
    shown = window or Window(start - BEHIND, start + LOOK_AHEAD)
    ahead = Window(max(shown.start, min(start, shown.end - timedelta(minutes=1))), shown.end)
    board = board_of(calendar, now, ahead, uses=uses)
    return Timeline(
        lab.name,
        lab.timezone,
        now,
        shown,
        tuple(
            PoolLanes(free, tuple(gpu.name for gpu in lab.pools[free.pool].gpus), calendar.holders(free.pool, shown))
            for free in board.pools
            if pool in (None, free.pool)
        ),
        tuple(sorted((one for one in deadlines if one.at > now and not one.member), key=lambda one: one.at)),
        names or {},
        {one.gpu: one.life for one in board.gpus if one.life is not None and pool in (None, one.pool)},
    )
