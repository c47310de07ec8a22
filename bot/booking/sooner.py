"""Movable reservations that could start earlier than they are to, since GPUs have fallen free."""

from datetime import timedelta

from bot.booking.amend import as_request
from bot.booking.lifecycle import State
from bot.booking.model import MINUTE, Reservation, Window, minute_of
from bot.booking.search import earliest, need_of
from bot.booking.snapshot import Scene
from bot.booking.waitlist import EFFORT, waits_for

LEAST = timedelta(hours=1)  # an earlier start by less is not worth a message
MOST_LOOKED_AT = 200


def sooner(scene: Scene) -> tuple[tuple[Reservation, Window], ...]:
    """Each with the window that it could have now, at least an hour earlier, inside its bounds; most urgent first.

    Nobody is woken, and nothing is offered that somebody waits for. The calendar comes back as it was.
    """
    calendar, lab = scene.calendar, scene.calendar.lab
    movable = [
        one
        for one in calendar.live.values()
        if one.movable and one.promise and one.state is State.BOOKED and one.pool in calendar.pools
        if one.group is None and one.window.start >= scene.now + LEAST
    ]
    movable.sort(key=lambda one: (one.promise.by if one.promise else one.window.end, one.id))
    found = []
    for one in movable[:MOST_LOOKED_AT]:
        if scene.snapshot.waking(one.member, scene.now) > scene.now:
            continue
        first = max(scene.now, one.not_before or scene.now)
        with calendar.without(one):
            need = need_of(as_request(one, one.window), calendar.pools[one.pool], one.count)
            last, length = minute_of(one.window.start - LEAST), one.window.length // MINUTE
            placed = earliest(calendar, need, minute_of(first), last, length, scene.minute, effort=EFFORT)
        if placed is None:
            continue
        if not any(waits_for(other, lab.pools[one.pool], placed.window) for other in scene.snapshot.waiting):
            found.append((one, placed.window))
    return tuple(found)
