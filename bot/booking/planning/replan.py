"""Re-plan: all of a pool that may move, placed anew in four orders; the plan that moves the fewest."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from bot.booking.calendar import PoolCalendar
from bot.booking.decision import Placement
from bot.booking.model import Reservation, minute_of
from bot.booking.planning.draft import NEWCOMER, Draft
from bot.booking.planning.movable import EFFORT, as_it_was, re_placed
from bot.booking.planning.wanted import LARGE, Budget, Wanted, newcomer
from bot.booking.search import earliest
from bot.booking.snapshot import Scene

MOST_REPLANNED = 32
STEP = 3  # units of the budget


def replan(
    wanted: Wanted, pool: PoolCalendar, movable: Callable[[int], bool], scene: Scene, budget: Budget
) -> Placement | None:
    # In a large pool so few could be planned anew that it hardly ever helps.
    if wanted.first == wanted.last or pool.pool.size > LARGE:
        return None
    found = {id_: scene.calendar.live[id_] for id_ in pool.holders(wanted.first, wanted.last + wanted.minutes)}
    near = sorted((one for one in found.values() if movable(one.id)), key=lambda one: (one.window.start, one.id))
    ids = [one.id for one in near][: min(MOST_REPLANNED, budget.left // STEP)]
    if len(ids) < 2:  # one alone was tried already
        return None
    best: Placement | None = None
    with Draft(scene.calendar, wanted.need.pool) as draft:
        for order in _orders(wanted, [found[id_] for id_ in ids]):
            if not budget.spend(STEP * (len(ids) + 1)):
                break
            plan = _planned(wanted, order, draft, scene)
            if plan is not None and (best is None or len(plan.moves) < len(best.moves)):
                best = plan
            draft.undo()
    return best


def _orders(wanted: Wanted, others: list[Reservation]) -> Iterator[list[Reservation | None]]:
    """Earliest deadline, latest start, widest, largest; None is the newcomer."""
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
    everyone: list[Reservation | None] = [*others, None]
    seen: set[tuple[int, ...]] = set()
    for key in keys:
        order = sorted(everyone, key=lambda one: (key(values(one)), values(one)[0], one.id if one else 0))
        ids = tuple(one.id if one else NEWCOMER for one in order)
        if ids not in seen:
            seen.add(ids)
            yield order


def _planned(wanted: Wanted, order: list[Reservation | None], draft: Draft, scene: Scene) -> Placement | None:
    for one in order:
        if one is not None:
            draft.lift(one.id)
    for one in order:
        if one is None:
            found = earliest(
                scene.calendar, wanted.need, wanted.first, wanted.last, wanted.minutes, scene.minute, effort=EFFORT
            )
            if found is None:
                return None
            draft.lay(newcomer(wanted.need, found), found)
            continue
        again = as_it_was(one, scene) or re_placed(one, scene)
        if again is None:
            return None
        draft.lay(replace(one, moved=one.moved + 1), again)
    return draft.placement()
