"""Counter-offers: what can be had instead, each one click away."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.booking.decision import Held, Offer, OfferKind, Refused
from bot.booking.ideas import Idea, ideas
from bot.booking.judge import judge
from bot.booking.lab import Pool
from bot.booking.model import Before, Fixed, Request, Window, minute_of
from bot.booking.pieces import horizon_of, in_pieces
from bot.booking.policy import candidates, suiting
from bot.booking.reasons import Refusal
from bot.booking.search import earliest, need_of
from bot.booking.snapshot import Scene
from bot.booking.whom_to_ask import to_ask

MOST_OFFERS = 3
PIECE = timedelta(hours=4)
EFFORT = 500  # an offer that could begin a little earlier is still a good one


def instead(request: Request, scene: Scene, refusals: Iterable[Refusal] = ()) -> tuple[Offer, ...]:
    """Up to three offers: first what needs no admin, then what loses no GPU-hours, then what is done first.

    Each could be booked now as it stands: a fixed window, or pieces by the deadline. Behind them, where one of the
    `refusals` says who has the GPUs, perhaps one more: to ask a holder.
    """
    found: dict[tuple[str, int, datetime], Offer] = {}
    for pool in candidates(request, scene.calendar.lab):
        for idea in ideas(request, pool, scene):
            offer = _offer(request, idea, scene)
            if offer is not None:
                found.setdefault((idea.pool.name, idea.count, offer.window.start), offer)
        split = _in_pieces(request, pool, scene)
        if split is not None:
            found.setdefault((pool.name, 0, split.window.start), split)
    best = sorted(found.values(), key=_loss)[:MOST_OFFERS]
    return (*best, *to_ask(request, scene, refusals))


def _in_pieces(request: Request, pool: Pool, scene: Scene) -> Offer | None:
    """The run by its deadline after all, in pieces of a few hours each."""
    run, count = request.when, len(request.gpus) or request.count
    if (
        not isinstance(run, Before)
        or run.pieces is not None
        or run.length < 2 * PIECE
        or count > suiting(request, pool)
    ):
        return None
    split = replace(run, pieces=PIECE)
    need = need_of(request, scene.calendar.pools[pool.name], count)
    first = max(minute_of(run.not_before), scene.minute)
    placed = in_pieces(scene.calendar, need, split, first, horizon_of(scene), scene.minute)
    if placed is None:
        return None
    verdict = judge(replace(request, when=split), placed, scene)
    if isinstance(verdict, Refused):
        return None
    window = Window(placed.window.start, [placed, *placed.pieces][-1].window.end)
    offered = replace(request, pool=pool.name, when=split)
    return Offer(OfferKind.PIECES, offered, window, asks=isinstance(verdict, Held))


def _loss(offer: Offer) -> tuple[bool, bool, datetime]:
    return offer.asks, offer.kind is OfferKind.SHORTER, offer.window.end


def _offer(request: Request, idea: Idea, scene: Scene) -> Offer | None:
    """The idea as an offer, if the calendar and the limits have room for it."""
    wanted = replace(request, pool=idea.pool.name, count=idea.count, gpus=idea.named)
    need = need_of(wanted, scene.calendar.pools[idea.pool.name], idea.count)
    placed = earliest(scene.calendar, need, idea.first, idea.last, idea.minutes, scene.minute, effort=EFFORT)
    if placed is None:
        return None
    offered = replace(wanted, when=Fixed(placed.window))
    verdict = judge(offered, placed, scene)
    if isinstance(verdict, Refused):
        return None
    asks = isinstance(verdict, Held)
    return Offer(idea.kind, offered, placed.window, idea.linear, asks=asks, measured=idea.measured)
