"""Eject: the fewest movable reservations that stand in the way of one start, each re-fitted inside its own bounds.

Where one of them finds no room, those make way for it in turn that can wait for longer than it can; and so on. It is a
chain of ejections, as in local search for scheduling, whose members each have a later latest start than the one before:
so nobody is moved twice, and it ends.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from heapq import heappop, heappush

from bot.booking.calendar import Calendar
from bot.booking.decision import Placement
from bot.booking.model import Reservation, instant_of, minute_of, window_of
from bot.booking.planning.draft import Draft
from bot.booking.planning.in_the_way import fields_at, in_the_way, starts_of
from bot.booking.planning.movable import bounds, is_night, need_of, re_placed
from bot.booking.planning.wanted import MOST_MOVED, Budget, Wanted, newcomer
from bot.booking.pool_calendar import PoolCalendar
from bot.booking.search import place
from bot.booking.snapshot import Scene

# Bounds: starts tried alone and with chains behind them, reservations moved for one start.
TRIES = 6
CHAINS = 2
MOST_EJECTED = 4
REFIT = 8  # units of the budget


@dataclass(frozen=True, slots=True)
class _Way:
    """A start, with those that would have to leave for it; `latest`: when the most urgent of them must start."""

    start: int
    ids: frozenset[int]
    latest: int


def eject(
    wanted: Wanted, pool: PoolCalendar, movable: Callable[[int], bool], scene: Scene, budget: Budget
) -> Placement | None:
    """The fewest first, then the earliest start; with chains, then those who can wait for longest."""
    ways = list(_ways(wanted, pool, movable, scene.calendar, budget))
    alone = sorted(ways, key=lambda way: (len(way.ids), way.start))[:TRIES]
    chained = sorted(ways, key=lambda way: (len(way.ids), -way.latest, way.start))[:CHAINS]
    with Draft(scene.calendar, wanted.need.pool) as draft:
        for way, most in (*((way, len(way.ids)) for way in alone), *((way, MOST_MOVED) for way in chained)):
            if not budget.spend(REFIT * (len(way.ids) + 1), keep=budget.for_replan):
                break
            placement = _Chain(draft, pool, movable, scene, budget, most).placement(wanted, way)
            if placement is not None:
                return placement
            draft.undo()
    return None


def _ways(
    wanted: Wanted, pool: PoolCalendar, movable: Callable[[int], bool], calendar: Calendar, budget: Budget
) -> Iterable[_Way]:
    for start in starts_of(wanted, pool):
        fields = fields_at(wanted, pool, start)
        if not budget.spend(len(fields), keep=budget.for_replan):
            return
        ids = in_the_way(wanted, pool, start, fields, movable)
        if ids and len(ids) <= MOST_EJECTED:
            yield _Way(start, ids, min(_latest(calendar.live[id_]) for id_ in ids))


def _latest(one: Reservation) -> int:
    """The last minute at which it may start."""
    return minute_of(one.promise.by) - one.window.minutes if one.promise else 0


class _Chain:
    """One try on a draft: who has to leave, the most urgent first, until all have a place, or one has none."""

    def __init__(
        self,
        draft: Draft,
        pool: PoolCalendar,
        movable: Callable[[int], bool],
        scene: Scene,
        budget: Budget,
        most: int,
    ) -> None:
        """`most`: so many may be moved in all."""
        self._draft = draft
        self._pool = pool
        self._movable = movable
        self._scene = scene
        self._budget = budget
        self._left = most
        self._due: list[tuple[int, int, Reservation]] = []  # latest start, id, as it was

    def placement(self, wanted: Wanted, way: _Way) -> Placement | None:
        """The newcomer's, with all moves. The draft is left as it is then."""
        found = self._cleared(wanted, way)
        if found is None:
            return None
        self._draft.lay(newcomer(wanted.need, found), found)
        while self._due:
            latest, _, one = heappop(self._due)
            again = re_placed(one, self._scene)
            if again is None and self._left:
                again = self._instead_of_others(one, latest)
            if again is None:
                return None
            self._draft.lay(replace(one, moved=one.moved + 1), again)
        return self._draft.placement() if self._draft.moved() else None

    def _cleared(self, wanted: Wanted, way: _Way) -> Placement | None:
        """Room at that start, once those in the way have left."""
        self._left -= len(way.ids)
        if self._left < 0:
            return None
        for id_ in way.ids:
            one = self._draft.lift(id_)
            heappush(self._due, (_latest(one), id_, one))
        window = window_of(way.start, way.start + wanted.minutes)
        found = place(self._scene.calendar, wanted.need, window, self._scene.minute)
        return found if isinstance(found, Placement) else None

    def _instead_of_others(self, one: Reservation, latest: int) -> Placement | None:
        """Room for it where others stand now who can wait for longer."""
        calendar, zone = self._scene.calendar, self._scene.snapshot.zones.get(one.member)
        wanted = Wanted(need_of(one, self._scene), one.window.minutes, *bounds(one, self._scene))

        def can_wait(id_: int) -> bool:
            return self._movable(id_) and _latest(calendar.live[id_]) > latest

        ways = [
            way
            for way in _ways(wanted, self._pool, can_wait, calendar, self._budget)
            if not is_night(instant_of(way.start), zone)
        ]
        if not ways or not self._budget.spend(REFIT, keep=self._budget.for_replan):
            return None
        return self._cleared(wanted, min(ways, key=lambda way: (len(way.ids), -way.latest, way.start)))
