"""What a request that waits for an admin would mean for others, and what of it would delay nobody."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.booking.amend import as_request
from bot.booking.asking import as_if
from bot.booking.decision import Granted, Offer, OfferKind, Placement
from bot.booking.judge import judge
from bot.booking.lifecycle import State
from bot.booking.model import Fixed, Reservation, Waiting, Window, instant_of, minute_of
from bot.booking.offers import instead
from bot.booking.postponing import postponed
from bot.booking.search import Need, place
from bot.booking.snapshot import Scene
from bot.booking.waitlist import in_order, plan, waits_for

LEAST_TO_DECIDE = timedelta(hours=1)  # for a request that was to start at once or soon
LEAST = timedelta(hours=1)  # a shorter rest of a window is no offer
MOST_OTHERS = 2
MOST_WEIGHED = 12  # who wait, and are looked at: the first of those whom it could delay
MOST_HALVINGS = 12
MOST_PLANS = 4  # of the waitlist, in search of a part: each costs about 2 ms for each who waits, in a full pool


@dataclass(frozen=True, slots=True)
class Delay:
    """Somebody who waits would start at `start` instead of `otherwise` (None: not in sight)."""

    waiting: Waiting
    start: datetime | None
    otherwise: datetime


@dataclass(frozen=True, slots=True)
class Weighed:
    """Of a pending request: it leaves `left` of the pool's `size` GPUs at its busiest, `waits` wait there meanwhile.

    `part` needs no admin and delays nobody; `others` are further offers that need none. `later`: the start to which it
    is postponed where nobody decides (None: it is not).
    """

    left: int
    size: int
    waits: tuple[str, ...]
    delays: tuple[Delay, ...]
    part: Offer | None
    others: tuple[Offer, ...] = ()
    later: datetime | None = None


def expires_at(pending: Reservation, timeout: timedelta) -> datetime:
    """When an undecided request lapses: at the timeout or its start, but not within the first hour; at its end."""
    start = max(pending.window.start, pending.created_at + LEAST_TO_DECIDE)
    return min(pending.created_at + timeout, start, pending.window.end)


def weigh(pending: Reservation, scene: Scene) -> Weighed:
    """`scene` is its member's; the calendar has the request in it, and comes back as it was."""
    calendar = scene.calendar
    pool = calendar.pools[pending.pool]
    start, end = minute_of(pending.window.start), minute_of(pending.window.end)
    left = min(free.bit_count() for free in pool.minutes.masks(start, end))
    waits = tuple(
        dict.fromkeys(
            one.member
            for one in scene.snapshot.waiting
            if one.member != pending.member and waits_for(one, pool.pool, pending.window)
        )
    )
    without = _starts(pending, scene, None)
    found = part_of(pending, scene, without)
    alone = replace(scene, snapshot=scene.snapshot.without(pending))
    all_others: tuple[Offer, ...] = ()
    if pending.group is None:
        with calendar.without(pending):
            all_others = instead(as_request(pending, pending.window), alone)
    part = None if found is None else found.window
    others = tuple(one for one in all_others if not one.asks and one.kind is not OfferKind.PIECES)
    different = [one for one in others if found is None or (one.window, one.request.count) != (part, found.count)]
    return Weighed(
        left,
        pool.pool.size,
        waits,
        _delays(_starts(pending, scene, pending), without, scene),
        None if found is None else _offer(pending, found),
        tuple(different[:MOST_OTHERS]),
        None if (later := postponed(pending, scene)) is None else later.window.start,
    )


def part_of(
    pending: Reservation, scene: Scene, without: dict[int, datetime | None] | None = None
) -> Reservation | None:
    """The most of it that needs no admin and delays nobody: its window, or the lab's longest, on as many GPUs.

    As the reservation would be; None where no such part is found. What has passed of its window is left out.
    """
    if pending.group is not None:
        return None  # its other pieces would have to go with it
    starts = _starts(pending, scene, None) if without is None else without
    alone = replace(scene, snapshot=scene.snapshot.without(pending))

    def granted(part: Reservation) -> bool:
        request = replace(as_request(part, part.window), gpus=())
        with scene.calendar.without(pending):
            verdict = judge(request, Placement(part.pool, part.gpus, part.window), alone, part.promise)
        return isinstance(verdict, Granted)

    def harmless(part: Reservation) -> bool:
        return not _delays(_starts(pending, scene, part), starts, scene)

    for window in _windows(pending, scene):
        whole = replace(pending, window=window)
        shorter = window.length < pending.window.length
        found = _most(whole, pending.count if shorter else pending.count - 1, granted, MOST_HALVINGS)
        if found is not None and not harmless(found):
            found = _most(whole, found.count - 1, harmless, MOST_PLANS)
        if found is not None:
            return found
    return None


def _windows(pending: Reservation, scene: Scene) -> Iterator[Window]:
    """Its own, from now on, and where that is over the lab's limit as much as needs no admin."""
    start = max(pending.window.start, instant_of(scene.minute))
    if pending.window.end - start >= min(LEAST, pending.window.length):
        longest = timedelta(minutes=int(scene.policy.max_hours * 60))
        yield Window(start, min(pending.window.end, start + longest))


def _most(whole: Reservation, most: int, will_do: Callable[[Reservation], bool], tries: int) -> Reservation | None:
    """The most of its GPUs, up to `most`, that will do, found by halving: fewer do no worse. Tries are bounded."""
    least, found = 0, None
    if most < 1:
        return None
    count = most
    for _ in range(tries):
        tried = replace(whole, gpus=whole.gpus[:count])
        if will_do(tried):
            least, found = count, tried
        else:
            most = count - 1
        if least >= most:
            break
        count = (least + most + 1) // 2
    return found


def _offer(pending: Reservation, part: Reservation) -> Offer:
    kind = OfferKind.FEWER if part.count < pending.count else OfferKind.SHORTER
    request = replace(as_request(part, part.window), gpus=())
    return Offer(kind, replace(request, when=Fixed(part.window)), part.window)


def _starts(pending: Reservation, scene: Scene, instead_of_it: Reservation | None) -> dict[int, datetime | None]:
    """When each who waits could start, by id, with `instead_of_it` in place of the request (None: without it)."""
    pool = scene.calendar.lab.pools[pending.pool]
    others = [
        one for one in scene.snapshot.waiting if one.member != pending.member and waits_for(one, pool, pending.window)
    ]
    if not others:
        return {}
    after = instead_of_it or replace(pending, state=State.CANCELLED)
    with as_if(scene.calendar, pending, after):
        shadows = plan(in_order(others, scene)[:MOST_WEIGHED], scene)
    return {
        shadow.waiting.id: None if shadow.placement is None else shadow.placement.window.start for shadow in shadows
    }


def _delays(starts: dict[int, datetime | None], without: dict[int, datetime | None], scene: Scene) -> tuple[Delay, ...]:
    waiting = {one.id: one for one in scene.snapshot.waiting}
    found = []
    for id_, otherwise in without.items():
        start = starts.get(id_)
        if otherwise is not None and (start is None or start > otherwise):
            found.append(Delay(waiting[id_], start, otherwise))
    return tuple(found)


def place_again(offer: Offer, pending: Reservation, scene: Scene) -> Placement | None:
    """Room for an offer in place of the request, on the request's own GPUs where they do; nobody else moves."""
    pool = scene.calendar.pools.get(offer.request.pool or pending.pool)
    if pool is None:
        return None
    layout, count = pool.layout, offer.request.count
    own = layout.mask(pending.gpus)
    suits = layout.with_memory(offer.request.memory_gb)
    with scene.calendar.without(pending):
        for among in (own, suits):
            if among.bit_count() < count:
                continue
            need = Need(layout.pool, count, among, member=pending.member)
            found = place(scene.calendar, need, offer.window, scene.minute)
            if isinstance(found, Placement) and not found.rebinds:
                return found
    return None
