"""The days before a deadline: caps for who is without it, and a part of a pool that is kept for who has it.

Both bind only while somebody with the deadline waits. Where crunches overlap, they do not add up: the nearest counts.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from math import ceil

from bot.booking.ask import Ask
from bot.booking.lab import Crunch, Deadline, Pool
from bot.booking.model import Fixed, Promise, Reservation, Window, instant_of, minute_of
from bot.booking.reasons import KeptFor, Limit, OverCrunch
from bot.booking.snapshot import Scene, Snapshot


def is_for(promise: Promise | None, name: str) -> bool:
    """Whether a promise is one for the deadline of this name, whichever of its dates."""
    said = promise.name if promise is not None else None
    return said is not None and (said.lower() == name.lower() or said.lower().startswith(f"{name.lower()} "))


def claims(reservation: Reservation, name: str) -> bool:
    """Whether a reservation has a claim to the deadline that no admin has withdrawn."""
    return not reservation.withdrawn and is_for(reservation.promise, name)


def claimed_by(snapshot: Snapshot, name: str, pool: Pool, *, but: str = "") -> tuple[str, ...]:
    """Who waits with that deadline for that pool, on the waitlist or for an admin, other than the member `but`."""
    gpus = {gpu.name for gpu in pool.gpus}
    listed = (
        one.member
        for one in snapshot.waiting
        if not one.withdrawn
        and not isinstance(one.request.when, Fixed)
        and is_for(one.request.when.promise, name)
        and one.request.pool in (None, pool.name)
        and gpus.issuperset(one.request.gpus)
    )
    asked = (one.member for one in snapshot.pending if one.pool == pool.name and claims(one, name))
    return tuple(member for member in dict.fromkeys((*listed, *asked)) if member != but)


def crunched(ask: Ask, scene: Scene) -> tuple[Limit, ...]:
    """The crunch limits that this place is over, whether they bind or not."""
    found = _nearest(ask, scene)
    if found is None or is_for(ask.promise, found[0].name):
        return ()
    deadline, crunch = found
    days = days_of(deadline, crunch)
    limits = _capped(ask, deadline, crunch, days, scene), _kept(ask, deadline, crunch, days, scene)
    return tuple(limit for limit in limits if limit is not None)


def crunch_binds(limit: OverCrunch | KeptFor, ask: Ask, snapshot: Snapshot) -> bool:
    """Whether somebody else waits for the pool with the limit's deadline."""
    return bool(claimed_by(snapshot, limit.deadline, ask.pool, but=ask.member))


def kept_gpus(pool: Pool, keep: float) -> int:
    """How many of a pool's GPUs the part `keep` is; at least one."""
    return max(1, ceil(round(pool.size * keep, 6)))


def _nearest(ask: Ask, scene: Scene) -> tuple[Deadline, Crunch] | None:
    """The deadline whose crunch rules here: of those for which somebody waits, else of all, the one that is next."""
    ruling = [
        (deadline, crunch)
        for deadline in scene.snapshot.deadlines
        if (crunch := deadline.crunch) is not None
        and scene.now < deadline.at
        and (crunch.pools is None or ask.pool.name in crunch.pools)
        and any(window.overlaps(days_of(deadline, crunch)) for window in ask.windows)
    ]
    if not ruling:
        return None
    waited_for = [one for one in ruling if claimed_by(scene.snapshot, one[0].name, ask.pool, but=ask.member)]
    return min(waited_for or ruling, key=lambda one: one[0].at)


def days_of(deadline: Deadline, crunch: Crunch) -> Window:
    """When the crunch of a deadline rules."""
    at = instant_of(minute_of(deadline.at))  # often 23:59:59
    return Window(instant_of(minute_of(at - timedelta(days=crunch.days))), at)


def _capped(ask: Ask, deadline: Deadline, crunch: Crunch, days: Window, scene: Scene) -> OverCrunch | None:
    """The member's GPU-hours of the pool in those days without the deadline, this place included."""
    if crunch.max_share is None:
        return None
    others = (
        (one.window, one.count)
        for one in scene.snapshot.mine
        if one.pool == ask.pool.name and not claims(one, deadline.name)
    )
    hours = sum(
        _hours_in(window, days) * count for window, count in (*others, *((window, ask.count) for window in ask.windows))
    )
    limit = crunch.max_share * ask.pool.size * days.hours
    return OverCrunch(deadline.name, hours, limit, crunch.days, ask.pool.name) if hours > limit else None


def _kept(ask: Ask, deadline: Deadline, crunch: Crunch, days: Window, scene: Scene) -> KeptFor | None:
    """What is without the deadline may, at no minute of those days, have more than the rest of the pool.

    But for what starts within the notice that a move takes: until then the kept part is lent out.
    """
    if not crunch.keep:
        return None
    kept = kept_gpus(ask.pool, crunch.keep)
    for window in ask.windows:
        if window.start <= scene.now + scene.policy.move_notice or not window.overlaps(days):
            continue
        shared = Window(max(window.start, days.start), min(window.end, days.end))
        others = [one for one in scene.calendar.holders(ask.pool.name, shared) if not claims(one, deadline.name)]
        if ask.count + _busiest(others, shared) > ask.pool.size - kept:
            return KeptFor(deadline.name, kept, ask.pool.name)
    return None


def _busiest(others: Iterable[Reservation], window: Window) -> int:
    """The most GPUs that these have at once in the window."""
    change: dict[datetime, int] = {}
    for one in others:
        start = max(one.window.start, window.start)
        change[start] = change.get(start, 0) + one.count
        if one.window.end < window.end:
            change[one.window.end] = change.get(one.window.end, 0) - one.count
    most = held = 0
    for at in sorted(change):
        held += change[at]
        most = max(most, held)
    return most


def _hours_in(window: Window, days: Window) -> float:
    length = min(window.end, days.end) - max(window.start, days.start)
    return max(length / timedelta(hours=1), 0.0)
