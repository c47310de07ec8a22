"""What can be booked of an estimate: on the GPUs asked about, on others, in pieces, or for less than the worst."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from bot.booking.decision import Decision, Held, Offer, OfferKind, Refused
from bot.booking.model import Before, Fixed, Request, Window
from bot.booking.snapshot import Scene
from bot.estimates.band import Basis, Estimate
from bot.estimates.estimate import elsewhere, estimate
from bot.estimates.hardware import Place
from bot.estimates.memory import memory_for
from bot.estimates.trying import Wanted, length_of, run_of, tried
from bot.estimates.work import Measurement

MOST = 3
PIECE = timedelta(hours=4)  # the shortest piece of a run that is offered in pieces
COUNTS = (1, 2, 4, 8)  # of GPUs, that are tried besides
SOONER = timedelta(hours=1)  # others that are over by less before are no offer


def choices(
    wanted: Wanted,
    asked: Request,
    found: Decision,
    scene: Scene,
    own: Sequence[Measurement],
    *,
    whole: bool,
    shorter: Request | None,
) -> tuple[Offer, ...]:
    """Up to MOST, the best first; none on GPUs whose memory is not enough.

    `found`: what the core says to `asked`, the run at its worst on the GPUs asked about. Not `whole`: that is the first
    of several bookings. `shorter`: a run by the deadline that is enough if all goes better than at worst.
    """
    memory = memory_for(wanted.work, wanted.place)
    enough = memory is None or memory.fits is not False
    here = _here(asked, found, scene, wanted, whole=whole) if enough else None
    offers = [here] if here else []
    over = here.window.end if here and whole else None
    for offer in sorted(_elsewhere(wanted, scene, own), key=lambda offer: (offer.asks, offer.window.end)):
        if over is None or offer.window.end + SOONER <= over:
            offers.append(offer)
    if isinstance(found, Refused) and whole and enough:
        offers += _pieces(asked, scene)
        if shorter is not None:
            offers += _of(OfferKind.SHORTER, shorter, tried(shorter, scene))
    return tuple(offers[:MOST])


def _of(kind: OfferKind, request: Request, decision: Decision, *, linear: bool = False) -> list[Offer]:
    if isinstance(decision, Refused):
        return []
    placed = decision.placement
    window = Window(placed.window.start, [placed, *placed.pieces][-1].window.end)
    return [Offer(kind, request, window, linear, asks=isinstance(decision, Held))]


def _here(asked: Request, found: Decision, scene: Scene, wanted: Wanted, *, whole: bool) -> Offer | None:
    """The run itself: movable by its deadline; without one, the window found, if that is not too far ahead."""
    kind = OfferKind.LATER if whole else OfferKind.PIECES
    if isinstance(found, Refused):
        return None
    if wanted.promise is not None and whole:
        return next(iter(_of(kind, asked, found)), None)
    return next(iter(_fixed(kind, asked, found, scene)), None)


def _fixed(kind: OfferKind, asked: Request, found: Decision, scene: Scene, *, linear: bool = False) -> list[Offer]:
    """The window that was found for a run without a deadline, as one of its own."""
    if isinstance(found, Refused):
        return []
    request = replace(asked, when=Fixed(found.placement.window))
    return _of(kind, request, tried(request, scene), linear=linear)


def _elsewhere(wanted: Wanted, scene: Scene, own: Sequence[Measurement]) -> Iterator[Offer]:
    """On other pools, and on more GPUs of the same: by the estimate for them, at worst, where its memory is enough."""
    for place in _places(wanted.place, scene):
        work = elsewhere(wanted.work, wanted.place)
        band = estimate(work, place, scene.calendar.lab.pools, own)
        memory = memory_for(work, place)
        if not isinstance(band, Estimate) or band.pessimistic.hours > scene.policy.hard_max_hours:
            continue
        if memory is not None and memory.fits is False:
            continue
        run = run_of(wanted, place, length_of(band.pessimistic.hours), scene, wanted.promise)
        other = place.pool.name != wanted.place.pool.name
        kind = OfferKind.POOL if other else OfferKind.MORE
        linear = band.basis is Basis.FIGURES and place.count != wanted.place.count
        if wanted.promise is None:
            yield from _fixed(kind, run, tried(run, scene), scene, linear=linear)
        else:
            yield from _of(kind, run, tried(run, scene), linear=linear)


def _places(asked: Place, scene: Scene) -> Iterator[Place]:
    for pool in scene.calendar.lab.pools.values():
        if pool.name != asked.pool.name:
            yield Place(pool, min(asked.count, pool.size))
    for count in COUNTS:
        if asked.count < count <= asked.pool.size:
            yield Place(asked.pool, count)


def _pieces(asked: Request, scene: Scene) -> list[Offer]:
    run = asked.when
    if not isinstance(run, Before) or run.length < 2 * PIECE:
        return []
    split = replace(asked, when=replace(run, pieces=PIECE))
    return _of(OfferKind.PIECES, split, tried(split, scene))
