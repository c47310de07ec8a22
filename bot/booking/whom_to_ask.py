"""Whom a refusal could send its member to: a holder without whose reservation the request would be a plain yes."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import assert_never

from bot.booking.decision import Granted, Offer, OfferKind, Placement
from bot.booking.judge import judge
from bot.booking.lifecycle import State
from bot.booking.model import Before, Fixed, Request, Reservation, Work, minute_of, window_of
from bot.booking.outages import is_out
from bot.booking.pieces import horizon_of
from bot.booking.policy import COUNTS, minutes_for, suiting
from bot.booking.reasons import NotByDeadline, Refusal, Taken
from bot.booking.search import earliest, need_of
from bot.booking.snapshot import Scene

MOST_ASKED = 4  # holders who are looked at


def to_ask(request: Request, scene: Scene, refusals: Iterable[Refusal]) -> tuple[Offer, ...]:
    """One reservation in the way, without which there would be room: of several the first to end.

    A cheap look, without other tentative GPUs for anybody: what its holder could give up is looked at when it is asked.
    """
    if request.asked_by not in ("", request.member):
        return ()
    for why in refusals:
        taken = why.taken if isinstance(why, NotByDeadline) else why
        if not isinstance(taken, Taken):
            continue
        for held in _holders(taken, request, scene):
            with scene.calendar.without(held):
                found = _room(request, taken, scene)
                if found is not None and isinstance(judge(request, found, scene), Granted):
                    return (Offer(OfferKind.ASK, request, found.window, reservation=held.id),)
    return ()


def _holders(taken: Taken, request: Request, scene: Scene) -> Iterator[Reservation]:
    for holding in taken.holders[:MOST_ASKED]:
        if is_out(holding.reservation):
            continue
        held = scene.calendar.live[holding.reservation]
        if held.member != request.member and held.state in (State.BOOKED, State.ACTIVE):
            yield held


def _room(request: Request, taken: Taken, scene: Scene) -> Placement | None:
    """Room in the pool that was looked at; of those that Work may have, for the fewest GPUs."""
    pool = scene.calendar.pools[taken.pool]
    for count, minutes, first, last in _shapes(request, taken, scene):
        need = need_of(request, pool, count)
        if first == last:
            free = pool.minutes.over(first, first + minutes) & (need.named or need.suits)
            if free.bit_count() >= need.count:
                return Placement(taken.pool, pool.layout.names(free)[: need.count], window_of(first, first + minutes))
        elif first < last:
            found = earliest(scene.calendar, need, first, last, minutes, scene.minute, effort=0)
            if found is not None and not found.rebinds:
                return found
    return None


def _shapes(request: Request, taken: Taken, scene: Scene) -> Iterator[tuple[int, int, int, int]]:
    """How many GPUs for how many minutes, the first and the last start."""
    match request.when:
        case Fixed(window):
            start = minute_of(window.start)
            yield request.count, window.minutes, start, start
        case Before(length=length) as run:
            yield len(request.gpus) or request.count, *_starts(run, length // timedelta(minutes=1), scene)
        case Work() as work:
            most = suiting(request, scene.calendar.lab.pools[taken.pool])
            for count in (count for count in COUNTS if count <= most):
                if (minutes := minutes_for(work, count)) <= scene.policy.hard_max_hours * 60:
                    yield count, *_starts(work, minutes, scene)
        case _:
            assert_never(request.when)


def _starts(run: Before | Work, minutes: int, scene: Scene) -> tuple[int, int, int]:
    latest = min(minute_of(run.promise.by) - minutes, horizon_of(scene))
    return minutes, max(minute_of(run.not_before), scene.minute), latest
