"""Re-plan: a pool's reservations that may move, placed anew in four orders; the plan that moves the fewest."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from bot.booking.decision import Placement
from bot.booking.model import Reservation, minute_of
from bot.booking.planning.draft import Draft
from bot.booking.planning.movable import EFFORT, FAR, as_it_was, is_free, re_placed
from bot.booking.planning.wanted import LARGE, MOST_MOVED, Budget, Wanted, newcomer
from bot.booking.pool_calendar import PoolCalendar
from bot.booking.search import earliest
from bot.booking.snapshot import Scene

MOST_REPLANNED = 48
FARTHEST = 28 * 24 * 60  # minutes: as far as is looked for that many
LOOK, STEP, REFIT = 1, 1, 8  # units of the budget for each: to be lifted, to be placed again, to find another place


def replan(
    wanted: Wanted, pool: PoolCalendar, movable: Callable[[int], bool], scene: Scene, budget: Budget
) -> Placement | None:
    """In each order those before the newcomer stay where they are, and those after it make way."""
    # In a large pool so few could be planned anew that it hardly ever helps.
    if wanted.first == wanted.last or pool.pool.size > LARGE or not _could_be(wanted, pool):
        return None
    others = _others(wanted, pool, movable, scene)
    if len(others) < 2:  # one alone was tried already
        return None
    best: Placement | None = None
    with Draft(scene.calendar, wanted.need.pool) as draft:
        budget.spend(LOOK * len(others))
        if _first(wanted, others, draft, scene) is None:
            return None  # not even without all of them
        draft.undo()
        for after in _orders(wanted, others):
            if not budget.spend(STEP * (len(after) + 1)):
                break
            # A later plan is only of use with fewer moves.
            most = MOST_MOVED if best is None else len(best.moves) - 1
            best = _planned(wanted, after, draft, scene, budget, most) or best
            draft.undo()
    return best


def _could_be(wanted: Wanted, pool: PoolCalendar) -> bool:
    """Whether there would be GPUs enough at every minute of some start, were all away who could be moved."""
    suits, count = wanted.need.suits, wanted.need.count
    start = pool.firm.earliest_by_minute(
        wanted.first, wanted.last, wanted.minutes, lambda free: (free & suits).bit_count() >= count, FAR
    )
    return start is not None


def _others(wanted: Wanted, pool: PoolCalendar, movable: Callable[[int], bool], scene: Scene) -> list[Reservation]:
    """The next ones that may move, by start: beyond its last minute too, since who makes way may need their places."""
    reach = wanted.last + wanted.minutes - wanted.first
    while True:
        found = [id_ for id_ in pool.holders(wanted.first, wanted.first + reach) if movable(id_)]
        if len(found) >= MOST_REPLANNED or reach > FARTHEST:
            near = sorted((scene.calendar.live[id_] for id_ in found), key=lambda one: (one.window.start, one.id))
            return near[:MOST_REPLANNED]
        reach *= 4


def _orders(wanted: Wanted, others: list[Reservation]) -> Iterator[list[Reservation]]:
    """By earliest deadline, latest start, width and size: those that come after the newcomer, in order."""
    by = wanted.last + wanted.minutes

    def values(one: Reservation | None) -> tuple[int, int, int]:
        """When it must be over, how long it is, how wide."""
        if one is None or one.promise is None:
            return by, wanted.minutes, wanted.need.count
        return minute_of(one.promise.by), one.window.minutes, one.count

    keys: tuple[Callable[[tuple[int, int, int]], int], ...] = (
        lambda at: at[0],
        lambda at: at[0] - at[1],
        lambda at: -at[2],
        lambda at: -at[1] * at[2],
    )
    seen: set[tuple[int, ...]] = set()
    for key in keys:
        places = {one.id: (key(values(one)), values(one)[0], one.id) for one in others}
        new = (key(values(None)), by, 0)
        after = sorted((one for one in others if places[one.id] >= new), key=lambda one: places[one.id])
        ids = tuple(one.id for one in after)
        if ids not in seen:
            seen.add(ids)
            yield after


def _planned(
    wanted: Wanted, after: list[Reservation], draft: Draft, scene: Scene, budget: Budget, most: int
) -> Placement | None:
    """The newcomer at its earliest, then those `after` it where they were, or else (at most `most`) anew."""
    found = _first(wanted, after, draft, scene)
    if found is None:
        return None
    draft.lay(newcomer(wanted.need, found), found)
    draft.lift_all(one.id for one in after if not _meets(one, wanted))
    calendar, moved, stay = scene.calendar, 0, list[int]()
    for one in after:
        # Who stays is in the way of nobody who stays: they go back only when somebody is to be placed.
        if calendar.live[one.id] is one and is_free(one, calendar.pools[one.pool]):
            stay.append(one.id)
            continue
        draft.lay_back(stay)
        stay.clear()
        again = as_it_was(one, scene)
        if again is None:
            again = re_placed(one, scene) if moved < most and budget.spend(REFIT) else None
            moved += 1
        if again is None:
            return None
        draft.lay(replace(one, moved=one.moved + 1), again)
    return draft.placement()


def _first(wanted: Wanted, others: list[Reservation], draft: Draft, scene: Scene) -> Placement | None:
    """The newcomer's earliest place without these; those that could be in its way are lifted for it."""
    draft.lift_all(one.id for one in others if _meets(one, wanted))
    return earliest(scene.calendar, wanted.need, wanted.first, wanted.last, wanted.minutes, scene.minute, effort=EFFORT)


def _meets(one: Reservation, wanted: Wanted) -> bool:
    return minute_of(one.window.start) < wanted.last + wanted.minutes and minute_of(one.window.end) > wanted.first
