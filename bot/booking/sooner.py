"""Movable reservations that could start earlier than they are to, since GPUs have fallen free."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta

from bot.booking.amend import as_request
from bot.booking.lifecycle import State
from bot.booking.model import MINUTE, Reservation, Window, minute_of
from bot.booking.search import earliest, need_of
from bot.booking.snapshot import Scene
from bot.booking.waitlist import EFFORT, waits_for

LEAST = timedelta(hours=1)  # an earlier start by less is not worth a message
LEAST_FOR_A_JOB = timedelta(minutes=5)  # a job that waits sends none
MOST_LOOKED_AT = 200


def sooner(scene: Scene) -> tuple[tuple[Reservation, Window], ...]:
    """Each with the window that it could have now, at least an hour earlier, inside its bounds; most urgent first.

    Nobody is woken, and nothing is offered that somebody waits for. The calendar comes back as it was.
    """
    found = []
    for one in _movable(scene.calendar.live.values(), scene, LEAST)[:MOST_LOOKED_AT]:
        if scene.snapshot.waking(one.member, scene.now) > scene.now:
            continue
        if (window := _earlier(one, scene, LEAST)) is not None:
            found.append((one, window))
    return tuple(found)


def sooner_for_jobs(scene: Scene, jobs: Mapping[int, str]) -> tuple[tuple[Reservation, Window], ...]:
    """The same for reservations whose job waits on a node (`jobs`: the node by reservation), and only there.

    At any hour, since the job wakes nobody; and even if it is only some minutes earlier.
    """
    waited_for = [scene.calendar.live[id_] for id_ in jobs if id_ in scene.calendar.live]
    found = []
    for one in _movable(waited_for, scene, LEAST_FOR_A_JOB)[:MOST_LOOKED_AT]:
        if (window := _earlier(one, scene, LEAST_FOR_A_JOB, jobs[one.id])) is not None:
            found.append((one, window))
    return tuple(found)


def _movable(of: Iterable[Reservation], scene: Scene, least: timedelta) -> list[Reservation]:
    found = [
        one
        for one in of
        if one.movable and one.promise and one.state is State.BOOKED and one.pool in scene.calendar.pools
        if one.group is None and one.window.start >= scene.now + least
    ]
    found.sort(key=lambda one: (one.promise.by if one.promise else one.window.end, one.id))
    return found


def _earlier(one: Reservation, scene: Scene, least: timedelta, node: str = "") -> Window | None:
    calendar = scene.calendar
    first = max(scene.now, one.not_before or scene.now)
    with calendar.without(one):
        request = replace(as_request(one, one.window), node=node)
        need = need_of(request, calendar.pools[one.pool], one.count)
        last, length = minute_of(one.window.start - least), one.window.length // MINUTE
        placed = earliest(calendar, need, minute_of(first), last, length, scene.minute, effort=EFFORT)
    if placed is None:
        return None
    pool = calendar.lab.pools[one.pool]
    return None if any(waits_for(other, pool, placed.window) for other in scene.snapshot.waiting) else placed.window
