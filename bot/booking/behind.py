"""A request that comes directly stands behind those who wait: what is granted to it delays none of them.

Conservative backfilling for whoever does not wait: the starts that those ahead can expect (their shadows, see
`waitlist.plan`) are kept for them. Ahead are all others who wait, but for those that are less urgent: who is nearer to
a deadline would be served first if both waited.
"""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace

from bot.booking import offers
from bot.booking.decision import Decision, Granted, Held, Offer, Placement, Refused
from bot.booking.fairness import laxity
from bot.booking.model import Request, Reservation, Waiting, Window, instant_of, minute_of
from bot.booking.reasons import Delayed, WouldDelay
from bot.booking.snapshot import Scene
from bot.booking.trial import trial
from bot.booking.waitlist import Shadow, in_order, plan, plan_again, planned, to_wait, waits_for
from bot.booking.whom_to_ask import to_ask

MOST_HEEDED = 12  # of those ahead, in their order: each takes two searches


def ahead_of(request: Request, scene: Scene) -> tuple[Waiting, ...]:
    """Who waits and comes before the request, in their order. Who has an offer is served already."""
    others = [one for one in scene.snapshot.waiting if one.offered is None and one.member != request.member]
    if not others:
        return ()
    lab, now = scene.calendar.lab, scene.now
    mine = laxity(Waiting(0, request, now), lab, now)
    ahead = [one for one in others if laxity(one, lab, now) <= mine]
    return in_order(ahead, scene)[:MOST_HEEDED]


def behind(
    request: Request,
    decision: Decision,
    ahead: Sequence[Waiting],
    scene: Scene,
    decide: Callable[[Request, Scene], Decision],
) -> Decision:
    """The decision, if it delays nobody `ahead`; else another place, if that is a plain yes; else no, with whom.

    `decide` looks for a place, as if nobody waited. A no is given its offers, which delay nobody. The calendar comes
    back as it was.
    """
    if isinstance(decision, Held):
        return decision  # an admin sees whom it would delay
    if isinstance(decision, Granted) and not _touches(decision.placement, ahead, scene):
        return decision
    with planned(ahead, scene) as (shadows, tried):
        again = decide(request, scene) if isinstance(decision, Granted) else decision
        if isinstance(again, Granted):
            tried.enter(request, again.placement)
            again = replace(again, placement=replace(again.placement, rebinds=tried.rebinds()))
            instead: tuple[Offer, ...] = ()
        else:
            instead = offers.instead(request, scene)
    if isinstance(decision, Refused):
        return _with_offers(request, decision, instead, scene)
    if isinstance(again, Granted) and again.placement.window == decision.placement.window:
        return again  # there is room for all: nothing more need be looked at
    delays = _compared(request, decision.placement, shadows, scene)
    if not delays:
        return decision
    return (
        again if isinstance(again, Granted) else _with_offers(request, Refused((WouldDelay(delays),)), instead, scene)
    )


def delayed(
    request: Request, placement: Placement, ahead: Sequence[Waiting], scene: Scene, instead_of: Reservation
) -> tuple[Delayed, ...]:
    """Whom the placement, a change of `instead_of`, would delay: those of `ahead` that would be done later than now."""
    if not _touches(placement, ahead, scene):
        return ()
    return _compared(request, placement, plan(ahead, scene), scene, instead_of)


def _touches(placement: Placement, ahead: Sequence[Waiting], scene: Scene) -> bool:
    """Whether any of them waits for GPUs of this pool that soon."""
    pool = scene.calendar.lab.pools[placement.pool]
    end = max(piece.window.end for piece in (placement, *placement.pieces))
    until = Window(instant_of(min(scene.minute, minute_of(placement.window.start))), end)
    return any(waits_for(one, pool, until) for one in ahead)


def _with_offers(request: Request, no: Refused, instead: Sequence[Offer], scene: Scene) -> Refused:
    asks = to_ask(request, scene, no.refusals)
    return replace(no, offers=(*instead, *asks, *to_wait(request, no)))


def _compared(
    request: Request,
    placement: Placement,
    before: Sequence[Shadow],
    scene: Scene,
    instead_of: Reservation | None = None,
) -> tuple[Delayed, ...]:
    without = nullcontext() if instead_of is None else scene.calendar.without(instead_of)
    with without, trial(scene.calendar) as tried:
        tried.enter(request, placement)
        after = plan_again(before, scene)
    found = (_delay(shadow, again) for shadow, again in zip(before, after, strict=True))
    return tuple(one for one in found if one is not None)


def _delay(before: Shadow, after: Shadow) -> Delayed | None:
    one, expected, then = before.waiting, before.placement, after.placement
    if expected is None or (then is not None and then.window.end <= expected.window.end):
        return None
    return Delayed(one.id, one.member, expected.window.start, None if then is None else then.window.start)
