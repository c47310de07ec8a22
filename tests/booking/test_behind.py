"""Whoever comes directly stands behind those who wait: what is granted to them delays nobody who could be served."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from bot.booking import amend
from bot.booking.behind import ahead_of
from bot.booking.calendar import Calendar
from bot.booking.decide import decide
from bot.booking.decision import Granted, Held, OfferKind, Refused
from bot.booking.lab import Lab, Policy
from bot.booking.model import Before, Fixed, Promise, Request, Reservation, Waiting, Window, minute_of
from bot.booking.reasons import Delayed, WouldDelay
from bot.booking.snapshot import Scene, Snapshot
from bot.booking.trial import trial
from bot.booking.waitlist import plan
from make import ALICE, BOB, CAROL, DAN, lab, monday, request, reservation
from scenes import picture

NOW = monday(8)
FREE = lab(policy=Policy(max_share=1))
GPUS = ("atlas:0", "atlas:1", "atlas:2", "atlas:3")
FULL = reservation(1, 8, 20, GPUS)
HALF = reservation(1, 8, 20, GPUS[:2])


def waiting(id: int, start: float, end: float, count: int, member: str = BOB.id) -> Waiting:  # noqa: A002
    return Waiting(id, request(count, start, end, member=member), NOW)


def at(*held: Reservation, waits: tuple[Waiting, ...] = (), of: Lab = FREE) -> Scene:
    calendar = Calendar(of, minute_of(NOW))
    calendar.apply(held, 1)
    return Scene(Snapshot(waiting=waits), calendar, of.policy, NOW)


def decided(wanted: Request, scene: Scene):
    before = picture(scene.calendar)
    decision = decide(wanted, scene.snapshot, scene.calendar, scene.policy, scene.now)
    assert picture(scene.calendar) == before
    return decision


def by(hours: float, at_: float, count: int = 1, member: str = DAN.id) -> Request:
    run = Before(timedelta(hours=hours), Promise(monday(at_), monday(at_)), NOW)
    return Request(member, count, run, pool="a100", asked_by=member)


BOB_WAITS = waiting(3, 8, 10, 4)
"""Bob waits for all four; he can expect them at 20:00, when alice's are free again, until 22:00."""


def test_what_would_delay_somebody_is_refused_with_whom_and_until_when():
    no = decided(request(1, 20, 24, member=DAN.id), at(FULL, waits=(BOB_WAITS,)))
    assert isinstance(no, Refused)
    assert no.refusals == (WouldDelay((Delayed(3, BOB.id, monday(20), monday(24)),)),)


def test_its_offers_delay_nobody_and_the_waitlist_is_one():
    scene = at(FULL, waits=(BOB_WAITS,))
    no = decided(request(1, 20, 24, member=DAN.id), scene)
    assert (no.offers[0].kind, no.offers[0].window.start) == (OfferKind.LATER, monday(22))
    assert no.offers[-1].kind is OfferKind.WAIT
    for offer in no.offers[:-1]:
        assert isinstance(decided(offer.request, scene), Granted | Held), offer


def test_the_offers_of_any_refusal_delay_nobody():
    scene = at(FULL, waits=(BOB_WAITS,))
    no = decided(request(2, 10, 14, member=DAN.id), scene)
    assert isinstance(no, Refused)
    booked = [offer for offer in no.offers if offer.kind not in {OfferKind.ASK, OfferKind.WAIT}]
    assert booked
    for offer in booked:
        assert isinstance(decided(offer.request, scene), Granted), offer


def test_what_is_over_in_time_or_leaves_enough_passes():
    two = waiting(3, 8, 10, 2)
    scene = at(FULL, waits=(two,))
    assert isinstance(decided(request(2, 20, 24, member=DAN.id), scene), Granted)
    assert isinstance(decided(request(4, 22, 24, member=DAN.id), scene), Granted)
    small = at(HALF, waits=(BOB_WAITS,))
    assert isinstance(decided(request(2, 8, 20, member=DAN.id), small), Granted)
    assert isinstance(decided(request(2, 8, 20.5, member=DAN.id), small), Refused)


def test_other_pools_are_no_matter():
    scene = at(FULL, waits=(BOB_WAITS,))
    assert isinstance(decided(request(4, 20, 24, pool="3090", member=DAN.id), scene), Granted)


def test_ones_own_wait_delays_nobody_else():
    assert isinstance(decided(request(1, 20, 24, member=BOB.id), at(FULL, waits=(BOB_WAITS,))), Granted)


def test_who_has_an_offer_or_nothing_in_sight_is_served_or_cannot_be():
    offered = replace(BOB_WAITS, offered=7, until=monday(9))
    assert isinstance(decided(request(1, 20, 24, member=DAN.id), at(FULL, waits=(offered,))), Granted)
    hopeless = Waiting(3, by(4, 12, 4, BOB.id), NOW)
    assert isinstance(decided(request(1, 20, 24, member=DAN.id), at(FULL, waits=(hopeless,))), Granted)


def test_who_is_nearer_to_a_deadline_passes_and_who_is_not_does_not():
    scene = at(HALF, waits=(BOB_WAITS,))
    urgent = decided(by(14, 24, 2), scene)
    assert isinstance(urgent, Granted)
    assert urgent.placement.window == Window(monday(8), monday(22))
    nearer = replace(BOB_WAITS, request=by(4, 24, 4, BOB.id))
    no = decided(by(14, 40, 2), at(HALF, waits=(nearer,)))
    assert isinstance(no, Granted)
    assert no.placement.window == Window(monday(24), monday(38)), "behind bob's, and still before its own"


def test_a_movable_one_goes_where_it_delays_nobody():
    scene = at(FULL, waits=(BOB_WAITS,))
    got = decided(by(4, 100), scene)
    assert isinstance(got, Granted)
    assert got.placement.window == Window(monday(22), monday(26))


def test_what_is_given_by_a_holder_who_was_asked_is_for_who_asked():
    scene = at(FULL, waits=(BOB_WAITS,))
    snapshot, calendar = scene.snapshot, scene.calendar
    got = decide(request(1, 20, 24, member=DAN.id), snapshot, calendar, scene.policy, NOW, heed=False)
    assert isinstance(got, Granted)


def test_an_extension_and_a_move_delay_nobody_either():
    mine = replace(HALF, member=DAN.id)
    scene = at(mine, waits=(BOB_WAITS,))
    before = picture(scene.calendar)
    no = amend.extend(mine, monday(21), scene)
    assert isinstance(no, Refused)
    assert no.refusals == (WouldDelay((Delayed(3, BOB.id, monday(20), monday(21)),)),)
    assert picture(scene.calendar) == before
    alone = at(mine, waits=(waiting(3, 8, 10, 2, CAROL.id),))
    assert isinstance(amend.extend(mine, monday(21), alone), Granted)
    later = replace(reservation(2, 30, 34, GPUS[:1]), member=DAN.id)
    scene = at(HALF, later, waits=(BOB_WAITS,))
    assert isinstance(amend.move(later, Window(monday(19), monday(23)), scene), Refused)
    assert isinstance(amend.move(later, Window(monday(22), monday(26)), scene), Granted)
    assert isinstance(amend.move(later, Window(monday(10), monday(14)), scene), Granted)


def test_of_several_that_wait_each_keeps_what_it_can_expect():
    waits = (BOB_WAITS, waiting(4, 8, 11, 4, CAROL.id))
    scene = at(FULL, waits=waits)
    assert [shadow.placement.window.start for shadow in plan(waits, scene) if shadow.placement] == [
        monday(20),
        monday(22),
    ]
    no = decided(request(1, 22, 26, member=DAN.id), scene)
    assert isinstance(no, Refused)
    assert [one.waiting for one in no.refusals[0].delayed] == [4]
    got = decided(request(1, 25, 26, member=DAN.id), scene)
    assert isinstance(got, Granted)


def test_who_let_an_offer_pass_is_heeded_from_when_they_are_offered_again():
    scene = at(waits=(replace(BOB_WAITS, rests_until=monday(9)),))
    no = decided(request(1, 8, 12, member=ALICE.id), scene)
    assert isinstance(no, Refused)
    assert isinstance(decided(request(1, 8, 9, member=ALICE.id), scene), Granted)
    assert isinstance(no.offers[0].request.when, Fixed)


def some_calendar(seed: int) -> tuple[Scene, Random]:
    dice = Random(seed)
    held, id_ = [], 0
    for gpu in GPUS:
        start = 8.0
        while start < 30:
            length, id_ = dice.choice([1, 2, 3, 5]), id_ + 1
            held.append(reservation(id_, start, start + length, (gpu,), member=ALICE.id))
            start += length + dice.choice([0, 0, 1, 2])
    waits = []
    for number, member in enumerate((BOB.id, CAROL.id, BOB.id), 1):
        count, length = dice.choice([1, 2, 4]), dice.choice([1, 2, 4])
        wanted = by(length, 8 + dice.choice([12, 20, 30]), count, member)
        wanted = wanted if dice.random() < 0.4 else request(count, 8, 8 + length, member=member)
        waits.append(Waiting(number, wanted, NOW))
    return at(*held, waits=tuple(waits)), dice


@pytest.mark.parametrize("seed", range(60))
def test_whatever_is_granted_nobody_ahead_is_done_later_than_they_could_expect(seed):
    scene, dice = some_calendar(seed)
    ends = {shadow.waiting.id: shadow.placement for shadow in plan(scene.snapshot.waiting, scene)}
    granted = 0
    for _ in range(12):
        start, length = dice.randint(8, 34), dice.choice([1, 2, 3, 6])
        wanted = request(dice.choice([1, 2, 3]), start, start + length, member=DAN.id)
        wanted = by(length, start + 8) if dice.random() < 0.3 else wanted
        decision = decided(wanted, scene)
        if not isinstance(decision, Granted):
            continue
        granted += 1
        with trial(scene.calendar) as tried:
            tried.enter(wanted, decision.placement)
            after = {shadow.waiting.id: shadow.placement for shadow in plan(ahead_of(wanted, scene), scene)}
        for id_, placement in after.items():
            expected = ends[id_]
            if expected is not None:
                assert placement is not None
                assert placement.window.end <= expected.window.end
    assert granted
