"""Where else a reservation that made way could go: starts that its holder may like better."""

from contextlib import nullcontext
from datetime import datetime

from bot.booking.calendar import Calendar
from bot.booking.decision import Placement
from bot.booking.lab import Policy
from bot.booking.model import Reservation, minute_of
from bot.booking.planning.draft import Draft
from bot.booking.planning.movable import between_pieces, bounds, need_of
from bot.booking.planning.wanted import newcomer
from bot.booking.search import Need, earliest
from bot.booking.snapshot import Scene, Snapshot

MOST = 2


def other_places(
    calendar: Calendar,
    placement: Placement,
    moved: Reservation,
    policy: Policy,
    now: datetime,
    but: Reservation | None = None,
) -> tuple[datetime, ...]:
    """At most two starts (UTC) at which it would fit after `placement` with all its moves, and make its deadline.

    The earliest from now on, without the notice that holds for the bot but not for its holder; and the earliest after
    its new window. The calendar is as it was before the placement, and comes back so. `but`: what the placement is a
    change of, which is no longer where it was.
    """
    if moved.promise is None:
        return ()
    scene = Scene(Snapshot(), calendar, policy, now)
    found: list[datetime] = []
    with calendar.without(but) if but else nullcontext(), Draft(calendar, moved.pool) as draft:
        for id_ in [*(one.reservation for one in placement.moves), *(id_ for id_, _ in placement.rebinds)]:
            draft.lift(id_)
        for one in placement.moves:
            draft.lay(calendar.live[one.reservation], Placement(placement.pool, one.gpus, one.window))
        for id_, gpus in placement.rebinds:
            draft.lay(calendar.live[id_], Placement(placement.pool, gpus, calendar.live[id_].window))
        if placement.pool == moved.pool:
            need = Need(placement.pool, len(placement.gpus), 0)
            draft.lay(newcomer(need, placement), Placement(placement.pool, placement.gpus, placement.window))
        # Where the pieces of the same run are now, too.
        first = max(minute_of(moved.not_before or now), between_pieces(moved, scene)[0], scene.minute)
        last = bounds(moved, scene)[1]
        with draft.aside(moved.id):
            for start in (first, minute_of(moved.window.end)):
                other = earliest(
                    calendar, need_of(moved, scene), start, last, moved.window.minutes, scene.minute, effort=0
                )
                if other is not None and not other.rebinds and other.window.start != moved.window.start:
                    found.append(other.window.start)
    return tuple(dict.fromkeys(found))[:MOST]
