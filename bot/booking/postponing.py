"""A later place for a movable request that nobody has decided on: its deadline leaves time to ask on."""

from datetime import timedelta

from bot.booking.decision import Placement
from bot.booking.lifecycle import State
from bot.booking.model import Reservation, minute_of, window_of
from bot.booking.planning.movable import need_of
from bot.booking.search import earliest, latest_start, place
from bot.booking.snapshot import Scene


def postponed(pending: Reservation, scene: Scene) -> Placement | None:
    """Where it waits on: the earliest window that leaves admins all of `approval_timeout`, or else the latest.

    It begins after now and later than before, is over by its deadline, and nobody else is touched for it. None where no
    such window is free, for fixed windows, named GPUs and runs in pieces, and where the timeout passes before its
    start. The calendar has the request in it, and comes back as it was.
    """
    decided = minute_of(pending.created_at + scene.policy.approval_timeout)
    first = max(scene.minute, minute_of(pending.window.start)) + 1
    if pending.state is not State.PENDING or pending.promise is None or pending.named or pending.group is not None:
        return None
    if decided < first or pending.pool not in scene.calendar.pools:
        return None
    calendar, need, length = scene.calendar, need_of(pending, scene), pending.window.minutes
    horizon = minute_of(scene.now + timedelta(days=scene.policy.movable_horizon_days))
    last = min(minute_of(pending.promise.by) - length, horizon)
    with calendar.without(pending):
        found = earliest(calendar, need, decided, last, length, scene.minute, effort=0) if decided <= last else None
        if found is None and first <= last:
            start = latest_start(calendar, need, first, last, length)
            placed = None if start is None else place(calendar, need, window_of(start, start + length), scene.minute)
            found = placed if isinstance(placed, Placement) else None
    return None if found is None or found.rebinds else found
