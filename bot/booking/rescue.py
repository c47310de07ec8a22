"""What becomes of a reservation that has GPUs which go out of service."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.booking.amend import as_request
from bot.booking.calendar import Calendar
from bot.booking.decision import Placement
from bot.booking.lab import Policy
from bot.booking.lifecycle import State
from bot.booking.model import MINUTE, Before, Request, Reservation, Window, instant_of, minute_of
from bot.booking.outages import Outage
from bot.booking.placement import choose
from bot.booking.pool_calendar import PoolCalendar
from bot.booking.search import earliest, need_of, place


@dataclass(frozen=True, slots=True)
class Rescue:
    """`act`: what was done, the audit's word; `after`: what it is then. `way`: others that get other GPUs for it.

    `rest`: what its holder has lost, to wait for it (None: nothing).
    """

    act: str
    after: Reservation
    way: Placement | None = None
    rest: Request | None = None


def hit(calendar: Calendar, outages: tuple[Outage, ...]) -> Iterator[Reservation]:
    """Those that hold GPUs in the time in which they are out, what runs first, then by start."""
    found = {
        one.id: one
        for outage in outages
        for one in calendar.live.values()
        if one.id > 0 and outage.gpu in one.gpus and one.window.overlaps(outage.window)
    }
    yield from sorted(found.values(), key=lambda one: (one.state is not State.ACTIVE, one.window.start, one.id))


def rescue(one: Reservation, calendar: Calendar, policy: Policy, now: datetime) -> Rescue:
    """The least that has to change; the calendar knows the outages, and comes back as it was.

    One that runs keeps the GPUs that work, gets others for the rest where there are any, and ends when an outage that
    is still ahead begins. One ahead gets other GPUs; a movable one else another window inside its bounds; what has no
    place is displaced, and `rest` waits.
    """
    return _running(one, calendar, now) if one.window.start <= now else _ahead(one, calendar, policy, now)


def _running(one: Reservation, calendar: Calendar, now: datetime) -> Rescue:
    minute = instant_of(minute_of(now))
    outages = [each for each in calendar.outages if each.gpu in one.gpus and each.window.overlaps(one.window)]
    broken = {each.gpu for each in outages if each.window.start <= minute < each.window.end}
    if not broken:
        end = max(min(each.window.start for each in outages), one.window.start + MINUTE)
        lost = _lost(one, Window(end, one.window.end), one.count) if end < one.window.end else None
        return Rescue("shortened", replace(one, window=Window(one.window.start, end)), rest=lost)
    left = Window(max(one.window.start, minute), one.window.end) if minute < one.window.end else one.window
    kept = tuple(gpu for gpu in one.gpus if gpu not in broken)
    spare = _spare(one, kept, len(broken), left, calendar)
    if spare is not None:
        others = iter(spare)
        gpus = tuple(next(others) if gpu in broken else gpu for gpu in one.gpus)
        return Rescue("re-placed", replace(one, gpus=gpus, named=False))
    lost = _lost(one, left, len(broken))
    if kept:
        return Rescue("reduced", replace(one, gpus=kept), rest=lost)
    return Rescue("displaced", _ended(one, now), rest=lost)


def _ahead(one: Reservation, calendar: Calendar, policy: Policy, now: datetime) -> Rescue:
    request = replace(as_request(one, one.window), gpus=())
    pool = calendar.pools[one.pool]
    need = need_of(request, pool, one.count)
    with calendar.without(one):
        found = place(calendar, need, one.window, minute_of(now))
        if not isinstance(found, Placement) and one.promise is not None:
            length, first = one.window.minutes, max(minute_of(one.not_before or now), minute_of(now))
            horizon = minute_of(now + timedelta(days=policy.movable_horizon_days))
            last = min(minute_of(one.promise.by) - length, horizon)
            later = earliest(calendar, need, first, last, length, minute_of(now)) if first <= last else None
            found = later or found
    if isinstance(found, Placement):
        return Rescue("re-placed", replace(one, gpus=found.gpus, window=found.window, named=False), found)
    return Rescue("displaced", replace(one, state=State.DISPLACED), rest=_lost(one, one.window, one.count))


def _spare(
    one: Reservation, kept: tuple[str, ...], count: int, left: Window, calendar: Calendar
) -> tuple[str, ...] | None:
    """So many other GPUs for what is left: on the nodes of those that it keeps, anywhere where it keeps none."""
    pool: PoolCalendar = calendar.pools[one.pool]
    layout = pool.layout
    start, end = minute_of(left.start), minute_of(left.end)
    with calendar.without(one):
        free = pool.minutes.over(start, end) & layout.with_memory(one.memory_gb) & ~layout.mask(kept)
        if kept:
            free &= sum(field for field in layout.fields if field & layout.mask(kept))
        mask = choose(calendar, pool, free, count, start, end, member=one.member)
    return None if mask is None else layout.names(mask)


def _lost(one: Reservation, window: Window, count: int) -> Request:
    request = replace(as_request(one, window), gpus=(), count=count)
    if one.promise is None:
        return request
    first = one.not_before if one.not_before is not None and one.not_before > window.start else window.start
    return replace(request, when=Before(window.length, one.promise, min(first, one.promise.by - MINUTE)))


def _ended(one: Reservation, now: datetime) -> Reservation:
    end = min(max(instant_of(minute_of(now)), one.window.start + MINUTE), one.window.end)
    return replace(one, state=State.DISPLACED, window=Window(one.window.start, end))
