"""An estimate against the real calendar: when it would be over, and whether it makes a deadline."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from bot.booking.decision import Decision, Offer, OfferKind, Refused
from bot.booking.model import MINUTE, Before, Fixed, Request, Window, instant_of, minute_of
from bot.booking.pieces import horizon_of
from bot.booking.search import latest_start, need_of
from bot.booking.snapshot import Scene
from bot.estimates.band import Estimate, Unknown
from bot.estimates.choices import choices
from bot.estimates.estimate import elsewhere, estimate
from bot.estimates.hardware import Place
from bot.estimates.kept import Record
from bot.estimates.memory import Memory, memory_for
from bot.estimates.trying import Wanted, length_of, run_of, tried
from bot.estimates.work import Measurement


class Fit(Enum):
    """Whether it is over by its deadline: even at worst, if it takes what is typical, only at best, or not at all."""

    FITS = "fits"
    TYPICALLY = "typically"
    AT_BEST = "at best"
    NOT = "not"


@dataclass(frozen=True, slots=True)
class Outlook:
    """The band, the memory (None: not known of this work), and what of the calendar there is for it.

    `fit` None: no deadline was named, or there is no band. `soonest`: the window that it could have, the deadline
    aside, of its pessimistic length, or of `part`, the length of each of several bookings, where that is longer than
    may be booked at once; None where there is none so far ahead. `latest`: the latest start at which it makes its
    deadline at worst. `refused`: why it cannot be booked at all, the deadline aside. `offers`: what can be booked, the
    best first; `bands` has of each how long it takes there (None: it is a part of the run). `record`: how good
    estimates that rest on the same have been.
    """

    wanted: Wanted
    estimate: Estimate | Unknown
    memory: Memory | None = None
    fit: Fit | None = None
    soonest: Window | None = None
    part: timedelta | None = None
    latest: datetime | None = None
    refused: Refused | None = None
    offers: tuple[Offer, ...] = ()
    bands: tuple[Estimate | None, ...] = ()
    record: Record | None = None


def outlook(wanted: Wanted, scene: Scene, own: Sequence[Measurement] = ()) -> Outlook:
    """What can be said of `wanted`; `own` are the lab's measurements. Never raises; the calendar stays as it was."""
    place, promise, limit = wanted.place, wanted.promise, scene.policy.hard_max_hours
    band = estimate(wanted.work, place, scene.calendar.lab.pools, own)
    memory = memory_for(wanted.work, place)
    if not isinstance(band, Estimate):
        return Outlook(wanted, band, memory)
    part = timedelta(hours=min(scene.policy.max_hours, limit)) if band.pessimistic.hours > limit else None
    length = part or length_of(band.pessimistic.hours)
    anyway = tried(run_of(wanted, place, length, scene, None), scene)
    asked = run_of(wanted, place, length, scene, None if part else promise)
    found = tried(asked, scene) if promise and part is None else anyway
    fit, shorter = None, None
    latest = None
    if promise is not None:
        fit, shorter = _fit(wanted, band, found if part is None else None, scene)
        latest = None if part else _latest(asked, length, scene)
    seen = Outlook(wanted, band, memory, fit, None, part, latest, anyway if isinstance(anyway, Refused) else None)
    if not isinstance(anyway, Refused):
        seen = replace(seen, soonest=anyway.placement.window)
    whole = part is None
    offers = choices(wanted, asked, found, scene, own, whole=whole, shorter=shorter)
    return replace(seen, offers=offers, bands=tuple(_band_of(offer, wanted, scene, own) for offer in offers))


def _band_of(offer: Offer, wanted: Wanted, scene: Scene, own: Sequence[Measurement]) -> Estimate | None:
    pools, request = scene.calendar.lab.pools, offer.request
    if request.pool is None or (offer.kind is OfferKind.PIECES and isinstance(request.when, Fixed)):
        return None
    there = Place(pools[request.pool], request.count)
    work = wanted.work if there == wanted.place else elsewhere(wanted.work, wanted.place)
    band = estimate(work, there, pools, own)
    return band if isinstance(band, Estimate) else None


def _fit(wanted: Wanted, band: Estimate, found: Decision | None, scene: Scene) -> tuple[Fit, Request | None]:
    """Whether it fits, and, where the pessimistic end does not, the run of the longest end that does."""
    if found is not None and not isinstance(found, Refused):
        return Fit.FITS, None
    for fit, end in ((Fit.TYPICALLY, band.typical), (Fit.AT_BEST, band.optimistic)):
        if end.hours <= scene.policy.hard_max_hours:
            request = run_of(wanted, wanted.place, length_of(end.hours), scene, wanted.promise)
            if not isinstance(tried(request, scene), Refused):
                return fit, request
    return Fit.NOT, None


def _latest(asked: Request, length: timedelta, scene: Scene) -> datetime | None:
    """The latest start by the promise at which the calendar has room, nobody being moved."""
    run = asked.when
    if not isinstance(run, Before) or asked.pool is None:
        return None
    need = need_of(asked, scene.calendar.pools[asked.pool], asked.count)
    minutes = length // MINUTE
    last = min(minute_of(run.promise.by) - minutes, horizon_of(scene))
    first = max(minute_of(run.not_before), scene.minute)
    found = latest_start(scene.calendar, need, first, last, minutes) if first <= last else None
    return None if found is None else instant_of(found)
