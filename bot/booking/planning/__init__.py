"""Other movable reservations make way so that one more request fits, and every promise still does.

Three steps of the ladder, the cheaper first. A plan is whole or it is none: it is tried on a draft, and only what fits
altogether is heard of.
"""

from bot.booking.decision import Placement
from bot.booking.planning.eject import eject
from bot.booking.planning.movable import Movable, bounds, is_night, may_move
from bot.booking.planning.others import other_places
from bot.booking.planning.relay import relay
from bot.booking.planning.replan import replan
from bot.booking.planning.wanted import Budget, Wanted
from bot.booking.snapshot import Scene

__all__ = ["Budget", "Wanted", "bounds", "is_night", "make_room", "may_move", "other_places"]


def make_room(wanted: Wanted, scene: Scene, budget: Budget | None = None) -> Placement | None:
    """A placement that moves others, or None where none was found. The calendar comes back as it was.

    `budget`: shared by several tries for one request.
    """
    if wanted.last < wanted.first or scene.policy.moves < 1:
        return None
    movable = Movable(scene)
    pool = scene.calendar.pools[wanted.need.pool]
    budget = budget or Budget(pool.pool.size, scene.calendar.movables(pool.pool.name))
    for step in (eject, relay, replan):
        found = step(wanted, pool, movable, scene, budget)
        if found is not None:
            return found
    return None
