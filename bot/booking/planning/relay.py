"""Relay: the newcomer takes the place of one, who takes that of another, and so on, until one finds room elsewhere.

Breadth first over who could take whose place, so that the fewest are moved: a shortest augmenting path, as in matching.
Unlike `eject`, it frees one reservation's place at a time, and looks at all of them.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from operator import itemgetter

from bot.booking.decision import Placement
from bot.booking.model import Reservation, instant_of, minute_of, window_of
from bot.booking.planning.draft import Draft
from bot.booking.planning.movable import bounds, is_night, need_of, re_placed
from bot.booking.planning.wanted import MOST_MOVED, Budget, Wanted, newcomer
from bot.booking.pool_calendar import PoolCalendar
from bot.booking.search import holds_of, place
from bot.booking.snapshot import Scene

# Units of the budget: for so many whose place could be taken one, for each whose room is looked for, for each draft.
LOOKED_AT = 24
ROOM = 1
REFIT = 8


@dataclass(frozen=True, slots=True)
class _Holder:
    """A reservation that may move: its GPUs and its stay (minutes)."""

    one: Reservation
    mask: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Leg:
    """`one`'s place is taken at minute `at`, by who made way in the leg `before` (None: by the newcomer).

    `wanted`: what it needs in place of it.
    """

    one: Reservation
    wanted: Wanted
    at: int
    before: "_Leg | None"

    def legs(self) -> list["_Leg"]:
        """All from the newcomer's on."""
        legs, leg = list[_Leg](), self
        while True:
            legs.append(leg)
            if leg.before is None:
                return legs[::-1]
            leg = leg.before


def relay(
    wanted: Wanted, pool: PoolCalendar, movable: Callable[[int], bool], scene: Scene, budget: Budget
) -> Placement | None:
    """The shortest one that is found; of as short ones that in which those make way who can wait for longest."""
    if wanted.need.named or budget.for_relay <= 0:
        return None
    holders = _holders(pool, movable, scene)
    queue = deque[_Leg | None]([None])
    while queue:
        leg = queue.popleft()
        who, zone = (leg.wanted, scene.snapshot.zones.get(leg.one.member)) if leg else (wanted, None)
        holds = holds_of(pool, who.need, one_node=who.need.count <= pool.layout.largest)
        if not budget.relay(1 + len(holders) // LOOKED_AT):
            return None
        left: list[_Holder] = []
        for holder in holders:
            at = _place_of(holder, who, holds, pool)
            if at is None or is_night(instant_of(at), zone):
                left.append(holder)
                continue
            taken = _Leg(holder.one, _wanted(holder.one, scene), at, leg)
            if not budget.relay(ROOM):
                return None
            if _has_room(taken.wanted, pool):
                if not budget.relay(REFIT):
                    return None
                found = _run(taken.legs(), wanted, scene)
                if found is not None:
                    return found
            queue.append(taken)
        holders = left
    return None


def _holders(pool: PoolCalendar, movable: Callable[[int], bool], scene: Scene) -> list[_Holder]:
    """All who may move, those first who can begin last."""
    found: list[tuple[int, int, _Holder]] = []
    for one in scene.calendar.movable(pool.pool.name):
        if one.promise is not None and movable(one.id):
            start, end = minute_of(one.window.start), minute_of(one.window.end)
            latest = minute_of(one.promise.by) - (end - start)
            found.append((-latest, one.id, _Holder(one, pool.layout.mask(one.gpus), start, end)))
    return [holder for _, _, holder in sorted(found, key=itemgetter(0, 1))]


def _wanted(one: Reservation, scene: Scene) -> Wanted:
    return Wanted(need_of(one, scene), one.window.minutes, *bounds(one, scene))


def _place_of(holder: _Holder, who: Wanted, holds: Callable[[int], bool], pool: PoolCalendar) -> int | None:
    """A start at which there would be room for `who`, were this holder alone away: as it begins, or to end with it."""
    start, end = holder.start, holder.end
    if end <= who.first or start > who.last:
        return None
    for wish in (start, end - who.minutes):
        first = max(who.first, min(wish, who.last))
        last = first + who.minutes
        if last <= start or first >= end:
            continue
        freed = holder.mask & who.need.suits
        if first < start:
            freed &= pool.minutes.over(first, start)
        if freed and last > end:
            freed &= pool.minutes.over(end, last)
        if freed and (holds(freed) or holds(pool.minutes.over(first, last) | freed)):
            return first
        if end - start == who.minutes:
            return None
    return None


def _has_room(wanted: Wanted, pool: PoolCalendar) -> bool:
    holds = holds_of(pool, wanted.need)
    return pool.minutes.earliest(wanted.first, wanted.last, wanted.minutes, holds) is not None


def _run(legs: list[_Leg], wanted: Wanted, scene: Scene) -> Placement | None:
    """All legs on a draft; None where one does not fit after all. Two pieces of one run are not moved at once."""
    runs = [leg.one.group for leg in legs if leg.one.group is not None]
    if len(legs) > MOST_MOVED or len(set(runs)) < len(runs):
        return None
    calendar, at = scene.calendar, legs[0].at
    with Draft(calendar, wanted.need.pool) as draft:
        for leg in legs:
            draft.lift(leg.one.id)
        found = place(calendar, wanted.need, window_of(at, at + wanted.minutes), scene.minute)
        if not isinstance(found, Placement):
            return None
        draft.lay(newcomer(wanted.need, found), found)
        for leg, following in zip(legs, [*legs[1:], None], strict=True):
            one, needs = leg.one, leg.wanted
            again = (
                re_placed(one, scene)
                if following is None
                else place(calendar, needs.need, window_of(following.at, following.at + needs.minutes), scene.minute)
            )
            if not isinstance(again, Placement):
                return None
            draft.lay(replace(one, moved=one.moved + 1), again)
        return draft.placement() if draft.moved() else None
