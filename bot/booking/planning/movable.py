"""Which reservations may be moved, where to, and never into their holder's night."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.booking.decision import Placement
from bot.booking.model import MINUTE, Reservation, instant_of, minute_of
from bot.booking.pool_calendar import PoolCalendar
from bot.booking.search import Need, earliest, place
from bot.booking.snapshot import Scene

EFFORT = 200  # of a search that is one of many
FAR = 1 << 40  # a minute that never comes
_NIGHT_BEGINS, _NIGHT_ENDS = 22, 8


def may_move(one: Reservation, scene: Scene) -> bool:
    """Whether the bot may give it another window: booked and movable, not moved too often, its start not too near."""
    return (
        one.could_move
        and one.moved < scene.policy.moves
        and one.window.start > scene.now
        and one.window.start - scene.now >= scene.policy.move_notice
    )


def bounds(one: Reservation, scene: Scene) -> tuple[int, int]:
    """The first and the last minute at which it may start when it is moved; the last may be before the first.

    A piece of a run stays between the pieces before and after it.
    """
    assert one.promise is not None  # noqa: S101 - only what may_move is asked about
    begins, ends = between_pieces(one, scene)
    notice = minute_of(scene.now + scene.policy.move_notice + MINUTE - timedelta(microseconds=1))
    not_before = minute_of(one.not_before) if one.not_before else 0
    horizon = minute_of(scene.now + timedelta(days=scene.policy.movable_horizon_days))
    last = min(minute_of(one.promise.by) - one.window.minutes, max(horizon, minute_of(one.window.start)))
    return max(notice, not_before, begins, scene.minute + 1), min(last, ends - one.window.minutes)


def between_pieces(one: Reservation, scene: Scene) -> tuple[int, int]:
    """The minutes between which a piece of a run is to lie, given where the others are; for others no bound."""
    if one.group is None:
        return 0, FAR
    others = [
        other.window for other in scene.calendar.of(one.member) if other.group == one.group and other.id != one.id
    ]
    begins = [minute_of(window.end) for window in others if window.start <= one.window.start]
    ends = [minute_of(window.start) for window in others if window.start > one.window.start]
    return max(begins, default=0), min(ends, default=FAR)


def is_night(start: datetime, zone: str | None) -> bool:
    """Whether it is between 22:00 and 8:00 there; never where the zone is not known."""
    if zone is None:
        return False
    try:
        hour = start.astimezone(ZoneInfo(zone)).hour
    except (KeyError, ValueError, OSError):  # a zone that this machine's database does not have
        return False
    return hour >= _NIGHT_BEGINS or hour < _NIGHT_ENDS


class Movable:
    """Which reservations may move, asked once each."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._known: dict[int, bool] = {}

    def __call__(self, id_: int) -> bool:
        if id_ not in self._known:
            self._known[id_] = may_move(self._scene.calendar.live[id_], self._scene)
        return self._known[id_]


def is_free(one: Reservation, pool: PoolCalendar) -> bool:
    """Whether its GPUs are free in its window: one that was lifted could go back."""
    has = pool.layout.mask(one.gpus)
    return pool.minutes.over(minute_of(one.window.start), minute_of(one.window.end)) & has == has


def as_it_was(one: Reservation, scene: Scene) -> Placement | None:
    """Where it stood, if need be on other GPUs of its nodes."""
    pool, need = scene.calendar.pools[one.pool], need_of(one, scene)
    if is_free(one, pool):
        return Placement(one.pool, one.gpus, one.window)
    has = pool.layout.mask(one.gpus)
    nodes = sum(field for field in pool.layout.fields if field & has)
    found = place(scene.calendar, replace(need, suits=need.suits & nodes), one.window, scene.minute)
    return found if isinstance(found, Placement) else None


def re_placed(one: Reservation, scene: Scene) -> Placement | None:
    """At its old time if there is room on another node, else the earliest that is not in its holder's night.

    Inside its bounds. Its old time may be at night: that is where its holder knows it.
    """
    first, last = bounds(one, scene)
    zone, need = scene.snapshot.zones.get(one.member), need_of(one, scene)
    pool, start, end = scene.calendar.pools[one.pool], minute_of(one.window.start), minute_of(one.window.end)
    free = pool.minutes.over(start, end) & need.suits
    if first <= start <= last and need.count <= pool.layout.largest and pool.layout.nodes_with(free, need.count):
        again = place(scene.calendar, need, one.window, scene.minute)
        if isinstance(again, Placement):
            return again
    for _ in range(3):
        found = earliest(scene.calendar, need, first, last, one.window.minutes, scene.minute, effort=EFFORT)
        if found is None or not is_night(found.window.start, zone):
            return found
        first = minute_of(_morning(found.window.start, zone or "UTC"))
    return None


def _morning(start: datetime, zone: str) -> datetime:
    """The next 8:00 there."""
    local = start.astimezone(ZoneInfo(zone))
    morning = local.replace(hour=_NIGHT_ENDS, minute=0, second=0, microsecond=0)
    if morning <= local:
        morning = (local + timedelta(days=1)).replace(hour=_NIGHT_ENDS, minute=0, second=0, microsecond=0)
    return instant_of(minute_of(morning))


def need_of(one: Reservation, scene: Scene) -> Need:
    layout = scene.calendar.pools[one.pool].layout
    return Need(one.pool, one.count, layout.with_memory(one.memory_gb), member=one.member)
