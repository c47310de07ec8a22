"""Limits on a place that was found: Granted, Held for an admin, or Refused where none can be asked."""

from bot.booking.decision import Decision, Granted, Held, Placement, Refused
from bot.booking.lifecycle import State
from bot.booking.limits import Ask, binding, over, waiting
from bot.booking.model import Fixed, Promise, Request
from bot.booking.reasons import Alone, TooManyPending
from bot.booking.snapshot import Scene

MOST_PENDING = 2


def judge(request: Request, placement: Placement, scene: Scene, claim: Promise | None = None) -> Decision:
    """What the limits say of this placement. With nobody to ask, a limit that binds refuses.

    `claim`: the deadline that a Fixed request, which promises none, is for all the same.
    """
    promise = claim if isinstance(request.when, Fixed) else request.when.promise
    movable = not isinstance(request.when, Fixed)
    pool = scene.calendar.lab.pools[placement.pool]
    more = tuple(piece.window for piece in placement.pieces)
    ask = Ask(request.member, pool, len(placement.gpus), placement.window, movable, promise, more)
    found = over(ask, scene)
    binds = binding(found, ask, placement, scene)
    if not binds:
        return Granted(placement, found)
    if scene.policy.approval == "never" or not scene.snapshot.approvals:
        return Refused(tuple(Alone(limit) for limit in binds))
    # The pieces of one run are one request.
    pending = {one.group or one.id for one in scene.snapshot.mine if one.state is State.PENDING}
    if len(pending) >= MOST_PENDING:
        return Refused((TooManyPending(MOST_PENDING),), limits=binds)
    return Held(placement, binds, waiting(ask, scene.snapshot))
