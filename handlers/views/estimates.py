"""How long it will take, as it is told: a band, what each end rests on, whether it fits, and what can be booked."""

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from math import ceil
from typing import assert_never

from bot.booking.decision import Offer, OfferKind
from bot.booking.model import Fixed
from bot.estimates.band import Basis, Estimate, NoPeak, NotMeasured
from bot.estimates.figures import PUBLISHED
from bot.estimates.kept import Record, forecast_of
from bot.estimates.memory import Memory, Setting
from bot.estimates.outlook import Fit, Outlook
from bot.estimates.work import Training
from handlers.forecasts import forecast_values
from handlers.ids import offer_action
from handlers.views import words
from handlers.views.kit import Block, Headline, Reply, actions, button, context, listed, named, noted, paragraphs
from handlers.views.offers import LineOf, offer_value
from handlers.views.reasons import NOBODY_TO_ASK, why_not

_YEAR = 365.25 * 24
_FASTER = (
    "Towards the best end, in this order (a rule of thumb): compile, fused kernels and flash attention; ZeRO-1 or 2; "
    "activation checkpointing; ZeRO-3 or FSDP; offloading last."
)
_NOTHING_YET = "Nothing is measured yet: a job in `crunchtime run` can say how long its steps take."
_MEASURED = "Other pools: at worst, as jobs were measured here."
_ELSEWHERE = "Other pools: at worst, by the figures for their GPUs."
_SCALED = "Other pools: at worst, by their speeds and their GPUs' peaks; none was measured for this."


def shown(
    seen: Outlook,
    asked: str,
    *,
    key: str,
    line_of: LineOf,
    now: datetime,
    zone: tzinfo,
    notes: Sequence[str] = (),
) -> Reply:
    """The answer. `asked`: the work in the member's words; `key` and `line_of` as of a refusal's offers."""
    wanted = seen.wanted
    what = f"{named(asked)} on {words.gpus(wanted.place.count, wanted.place.pool.name)}"
    match seen.estimate:
        case NoPeak(pool):
            headline = Headline(
                f"How fast {words.pool_shown(pool)} is, is not known here.",
                "Say a step time that you have measured: `/gpu estimate 100000 steps at 0.42s on "
                f"{wanted.place.count} {named(pool)}`",
            )
            return Reply(headline.text, tuple(paragraphs([headline.mrkdwn])))
        case NotMeasured(name, near):
            known = f"Measured are {listed(map(named, near))}." if near else _NOTHING_YET
            headline = Headline(f"{named(name)} has not been measured here.", known)
            return Reply(headline.text, tuple(paragraphs([headline.mrkdwn])))
        case Estimate() as band:
            headline = Headline(f"{what}: {_band(band)}.")
        case _:
            assert_never(seen.estimate)
    lines = [headline.mrkdwn, *_fits(seen, zone), *_too_long(seen, band)]
    small = [*_ends(band), *_recorded(seen.record), *_published(seen), _memory(seen.memory)]
    small += [*map(noted, (*band.notes, *notes)), *_elsewhere(seen)]
    if band.basis is Basis.FIGURES:
        small.append(_FASTER)
    buttons = _buttons(seen, asked, key=key, line_of=line_of, now=now, zone=zone)
    blocks = (*paragraphs(lines), *context(*small), *buttons)
    return Reply(headline.text, blocks, offers=seen.offers)


def took(hours: float) -> str:
    """Hours (above 0) as people say them: "40 min", "7.5 h", "29 days", "1,200 years"."""
    if hours < 1:
        return f"{max(1, round(hours * 60))} min"
    for most, unit, size in ((48, "h", 1.0), (2 * _YEAR, "days", 24.0), (1000 * _YEAR, "years", _YEAR)):
        if hours < most:
            figure = hours / size
            return f"{figure:.1f}".removesuffix(".0") + f" {unit}" if figure < 10 else f"{figure:,.0f} {unit}"
    return "over 1,000 years"


def _band(band: Estimate) -> str:
    """ "29 to 87 days, typically 50"."""
    low, middle, high = (took(end.hours) for end in (band.optimistic, band.typical, band.pessimistic))
    if low == high:
        return middle
    typically = "" if middle in (low, high) else f", typically {middle}"
    same = low.partition(" ")[2] == high.partition(" ")[2] and not low.startswith("over")
    return f"{low.partition(' ')[0] if same else low} to {high}{typically}"


def _fits(seen: Outlook, zone: tzinfo) -> list[str]:
    """Whether it makes its deadline, and when it could run at all."""
    promise, lines = seen.wanted.promise, list[str]()
    there = [
        f"{words.gpus(offer.request.count, offer.request.pool)} from {words.moment(offer.window.start)}"
        for offer in seen.offers
        if offer.kind in (OfferKind.POOL, OfferKind.MORE)
    ]
    fits_there = f"It fits on {listed(there, last='or')}, even at worst."
    if seen.memory is not None and seen.memory.fits is False:
        has = f"{_gb(seen.memory.has)} GB on each GPU"
        slow = "unless it is offloaded to the host's memory, which takes longer than this"
        return [f"*It is too large* for {has}, {slow}.", *([fits_there] if there else [])]
    if promise is not None and seen.fit is not None:
        lines.append(_fit(seen.fit, words.goal(promise), named=promise.name is not None))
    if seen.latest is not None:
        lines.append(f"The latest start for that is {words.moment(seen.latest)}.")
    if there and promise is not None and seen.fit is not Fit.FITS:
        lines.append(fits_there)
    if seen.soonest is not None and seen.part is None:
        it = "It" if seen.fit in (Fit.FITS, None) else "The deadline aside, it"
        begins = f"begin {words.moment(seen.soonest.start)} and be over {words.moment(seen.soonest.end)} at worst"
        lines.append(f"{it} can {begins}.")
    elif seen.soonest is None:
        refusals = seen.refused.refusals if seen.refused else ()
        asker = seen.wanted.member
        lines += [why_not(why, asker, asker, zone, alone=NOBODY_TO_ASK).text for why in refusals]
    return lines


def _fit(fit: Fit, goal: str, *, named: bool) -> str:
    before = f"before {goal}" if named else f"by {goal}"
    match fit:
        case Fit.FITS:
            return f"*It fits* {before}, even at worst."
        case Fit.TYPICALLY:
            return f"*Maybe* {before}: if it takes what is typical, but not at worst."
        case Fit.AT_BEST:
            return f"*Maybe* {before}: only at best."
        case Fit.NOT:
            return f"*It does not fit* {before}, not even at best."
        case _:
            assert_never(fit)


def _too_long(seen: Outlook, band: Estimate) -> list[str]:
    if seen.part is None:
        return []
    parts = ceil(band.pessimistic.hours / (seen.part / timedelta(hours=1)))
    each = words.length(seen.part)
    told = f"At worst it is longer than can be booked at once: {parts:,} bookings of {each}, with checkpoints."
    return [told if seen.soonest is None else f"{told} The first can begin {words.moment(seen.soonest.start)}."]


def _ends(band: Estimate) -> list[str]:
    """Each end, and what it rests on; one line for ends that rest on the same."""
    ends = (("At best", band.optimistic), ("Typically", band.typical), ("At worst", band.pessimistic))
    if len({end.because for _, end in ends}) == 1:
        return [noted(f"This rests on {band.typical.because}")]
    usual, worst = band.typical.because, band.pessimistic.because
    if band.basis is Basis.EARLIER and worst.startswith(f"{usual}; and "):
        more = worst.removeprefix(f"{usual}; and ")
        return [noted(f"This rests on {usual}"), noted(f"At worst also {more}")]
    told = [end for end in ends if end[1] is not band.typical or band.typical != band.optimistic]
    return [noted(f"{name} {took(end.hours)}: {end.because}") for name, end in told]


def _published(seen: Outlook) -> list[str]:
    work, place = seen.wanted.work, seen.wanted.place
    if not isinstance(work, Training) or place.hardware is None or work.items != work.model.items:
        return []
    days = PUBLISHED.get((work.model.name, place.hardware.name, place.count))
    paper = '"$100K or 100 Days", arXiv 2410.23261'
    return [f"Published, and likely optimistic: {days:g} days ({paper})."] if days else []


def _memory(memory: Memory | None) -> str:
    if memory is None:
        return ""
    need = f"{_gb(memory.low)}–{_gb(memory.high)}" if _gb(memory.low) != _gb(memory.high) else _gb(memory.high)
    kept = "on each GPU for weights, gradients and Adam's states"
    if memory.fits is None:
        return f"Memory: {need} GB {kept}; how much they have is not known."
    match memory.setting:
        case Setting.PLAIN:
            return f"Memory: {need} of {_gb(memory.has)} GB {kept}; activations come on top."
        case Setting.ZERO_1 | Setting.ZERO_2 | Setting.ZERO_3:
            how = f"with {memory.setting.value} {need} of {_gb(memory.has)} GB"
            return f"Memory: {how} {kept}, without it {_gb(memory.plain)}; activations come on top."
        case Setting.OFFLOAD:
            return f"Memory: at least {need} GB {kept}, however it is split."
        case _:
            assert_never(memory.setting)


def _gb(figure: float) -> str:
    return f"{figure:.1f}".removesuffix(".0") if figure < 10 else f"{figure:,.0f}"


def _elsewhere(seen: Outlook) -> list[str]:
    """What the lengths on other pools rest on."""
    bands = [band for offer, band in zip(seen.offers, seen.bands, strict=True) if offer.kind is OfferKind.POOL and band]
    if not bands:
        return []
    if all(band.basis is Basis.MEASURED or band.own_speeds for band in bands):
        return [_MEASURED]
    return [_ELSEWHERE if any(band.basis is Basis.FIGURES for band in bands) else _SCALED]


def _recorded(record: Record | None) -> list[str]:
    """How good such estimates have been."""
    if record is None:
        return []
    off = f"{record.off:.0%}" if record.off < 10 else "over 10 times"
    if record.count == 1:
        how = "inside" if record.inside else "outside of"
        return [f"One such estimate was booked here and its job has run: {how} the band, the typical end off by {off}."]
    held = f"{record.inside:,} of {record.count:,} such estimates whose jobs have run here were inside their band"
    return [f"{held}; the typical end was off by {off} (median)."]


def _buttons(seen: Outlook, asked: str, *, key: str, line_of: LineOf, now: datetime, zone: tzinfo) -> list[Block]:
    """What is booked by one of them is remembered with its band, so that this can be held against what it took."""
    row = [
        button(_offer(offer, now, zone), offer_action(place), value)
        for place, (offer, band) in enumerate(zip(seen.offers, seen.bands, strict=True))
        if (value := offer_value(offer, key, line_of, **_carried(band, offer, asked))) is not None
    ]
    starred = any(offer.linear for offer in seen.offers)
    return [*actions(*row), *context("_* if your job scales linearly_" if starred and row else "")]


def _carried(band: Estimate | None, offer: Offer, asked: str) -> dict[str, object]:
    if band is None or offer.request.pool is None:
        return {}
    return {"estimate": forecast_values(forecast_of(band, asked, offer.request.pool, offer.request.count))}


def _offer(offer: Offer, now: datetime, zone: tzinfo) -> str:
    """ "4 × A100 from Thu 17:00 for 7 h"."""
    spelled = words.spelled(offer.window.start, now, zone)
    start = spelled if spelled == "now" else f"from {spelled}"
    what = words.gpus(offer.request.count, offer.request.pool)
    long = words.length(offer.window.length)
    match offer.kind:
        case OfferKind.PIECES if isinstance(offer.request.when, Fixed):
            told = f"{what}, the first {long} {start}"
        case OfferKind.PIECES:
            told = f"{what} in pieces {start}"
        case OfferKind.SHORTER:
            told = f"{what} {start} for {long}, not the worst"
        case _:
            told = f"{what} {start} for {long}"
    return f"{told}{'*' if offer.linear else ''}{', asks an admin' if offer.asks else ''}"
