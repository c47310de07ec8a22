"""An estimate against the calendar: whether it fits, since when it is too late, and what can be booked instead."""

from dataclasses import replace

import pytest

from bot.booking.decide import decide
from bot.booking.decision import Granted, Held, OfferKind
from bot.booking.lab import Policy
from bot.booking.model import Before, Fixed, Promise, Reservation
from bot.booking.snapshot import Scene
from bot.estimates.band import Estimate, NoPeak
from bot.estimates.hardware import Place
from bot.estimates.outlook import Fit, Outlook, outlook
from bot.estimates.recipes import RECIPES
from bot.estimates.trying import Wanted
from bot.estimates.work import Steps, Training, Work
from make import ALICE, BOB, lab, monday, node, reservation
from scenes import NOW, picture, scene

LAB = lab(
    node("atlas", "a100", 4, model="NVIDIA A100-SXM4-80GB"),
    node("titan", "3090", 4, model="NVIDIA GeForce RTX 3090", memory_gb=24),
)
ATLAS = ("atlas:0", "atlas:1", "atlas:2", "atlas:3")
FREE = Policy(max_share=1)


def steps(hours: float) -> Steps:
    """Steps that take so many hours, and a tenth more at worst."""
    return Steps(1000, hours * 3.6)


def asked(work: Work, count: int, pool: str, by: float | None = None, *, not_before: float | None = None) -> Wanted:
    promise = None if by is None else Promise(monday(by), monday(by))
    first = None if not_before is None else monday(not_before)
    return Wanted(ALICE.id, work, Place(LAB.pools[pool], count), promise, first)


def held(start: float, end: float, gpus: tuple[str, ...] = ATLAS, id_: int = 1) -> Reservation:
    return reservation(id_, start, end, gpus, member=BOB.id)


def at(*taken: Reservation, policy: Policy = FREE) -> Scene:
    return scene(*taken, of=replace(LAB, policy=policy))


def looked(wanted: Wanted, here: Scene) -> Outlook:
    """The outlook; the calendar is as it was, and whatever is offered can be had as it is."""
    before = picture(here.calendar)
    found = outlook(wanted, here)
    assert picture(here.calendar) == before
    for offer in found.offers:
        decision = decide(offer.request, here.snapshot, here.calendar, here.policy, here.now)
        assert isinstance(decision, Held if offer.asks else Granted)
        assert decision.placement.window.start == offer.window.start
    return found


def test_it_fits_if_its_worst_is_over_in_time() -> None:
    found = looked(asked(steps(10), 2, "a100", by=19), at())
    assert found.fit is Fit.FITS
    assert found.latest == monday(8)
    assert [(offer.kind, offer.window.start, offer.window.end) for offer in found.offers[:1]] == [
        (OfferKind.LATER, monday(8), monday(19))
    ]
    assert isinstance(found.offers[0].request.when, Before)


def test_it_may_fit_if_only_what_is_typical_is_over_in_time() -> None:
    found = looked(asked(steps(10), 2, "3090", by=18.5), at(held(8, 400)))
    assert found.fit is Fit.TYPICALLY
    assert found.latest is None
    assert [offer.kind for offer in found.offers] == [OfferKind.MORE, OfferKind.SHORTER]


def test_it_fits_at_best_only_if_nothing_else_is_over_in_time() -> None:
    found = looked(asked(Training(RECIPES["pythia-160m"], 10e9), 4, "a100", by=8 + 5), at())
    band = found.estimate
    assert isinstance(band, Estimate)
    assert band.optimistic.hours < 5 < band.typical.hours
    assert found.fit is Fit.AT_BEST


def test_what_does_not_fit_is_offered_on_a_faster_pool_from_when_that_is_free() -> None:
    here = at(held(8, 73))
    found = looked(asked(steps(140), 2, "3090", by=140), here)
    assert found.fit is Fit.NOT
    (first,) = [offer for offer in found.offers if offer.kind is OfferKind.POOL]
    assert (first.request.pool, first.request.count) == ("a100", 2)
    assert first.window.start == monday(73)
    assert first.window.end <= monday(140)
    # A third of the speed at best, 71 of 312 TFLOPS at worst, and the tenth of a step time.
    assert first.window.hours == pytest.approx(140 / 3 * 1.1, abs=0.25)


def test_the_latest_start_leaves_out_what_others_have() -> None:
    found = looked(asked(steps(10), 4, "a100", by=60), at(held(40, 60)))
    assert found.fit is Fit.FITS
    assert found.latest == monday(29)


def test_without_a_deadline_it_is_offered_as_soon_as_it_can_begin() -> None:
    found = looked(asked(steps(10), 4, "a100"), at(held(8, 20)))
    assert found.fit is None
    assert found.soonest is not None
    assert (found.soonest.start, found.soonest.end) == (monday(20), monday(31))
    assert isinstance(found.offers[0].request.when, Fixed)


def test_nothing_is_offered_before_it_may_begin() -> None:
    found = looked(asked(steps(10), 4, "a100", by=100, not_before=50), at())
    assert found.soonest is not None
    assert found.soonest.start == monday(50)
    assert all(offer.window.start >= monday(50) for offer in found.offers)


def test_what_is_longer_than_can_be_booked_is_offered_in_bookings() -> None:
    found = looked(asked(Training(RECIPES["pythia-1b"], 300e9), 4, "a100"), at())
    assert found.part is not None
    first = found.offers[0]
    assert (first.kind, first.window.length) == (OfferKind.PIECES, found.part)
    assert first.window.hours == FREE.max_hours


def test_what_fits_in_hours_but_not_in_one_piece_is_offered_in_pieces() -> None:
    here = at(held(20, 30), held(20, 30, ("titan:0", "titan:1", "titan:2", "titan:3"), 2))
    found = looked(asked(steps(18), 4, "a100", by=45), here)
    assert found.fit is Fit.NOT
    assert [offer.kind for offer in found.offers] == [OfferKind.PIECES]


def test_nothing_is_offered_where_its_memory_is_not_enough() -> None:
    large = Training(RECIPES["pythia-6.9b"], 1e8)
    found = looked(asked(large, 4, "3090"), at())
    assert found.memory is not None
    assert found.memory.fits is False
    assert {offer.request.pool for offer in found.offers} == {"a100"}
    assert all(offer.request.pool == "a100" for offer in looked(asked(large, 1, "a100"), at()).offers)


def test_an_offer_that_asks_an_admin_says_so_and_comes_last() -> None:
    found = looked(asked(steps(10), 4, "a100"), at(policy=Policy(max_share=0.5, approval="always")))
    assert [offer.asks for offer in found.offers] == [True]
    found = looked(asked(steps(100), 2, "3090", by=100), at(policy=Policy(max_share=0.5, approval="always")))
    assert [offer.asks for offer in found.offers] == sorted(offer.asks for offer in found.offers)


def test_a_deadline_that_has_passed_is_no_crash() -> None:
    found = looked(asked(steps(10), 2, "a100", by=7), at())
    assert found.fit is Fit.NOT
    assert found.latest is None


def test_of_gpus_that_are_not_known_there_is_no_outlook() -> None:
    other = lab(node("relic", "abacus", 2))
    wanted = Wanted(ALICE.id, Training(RECIPES["pythia-1b"], 1e9), Place(other.pools["abacus"], 1))
    assert outlook(wanted, scene(of=other, now=NOW)).estimate == NoPeak("abacus")
