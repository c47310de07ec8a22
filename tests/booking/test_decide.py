"""Decisions: rules, room, limits and offers together."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.booking.amend import extend, move
from bot.booking.calendar import Calendar
from bot.booking.decide import decide
from bot.booking.decision import Decision, Granted, Held, OfferKind, Placement, Refused, Tried
from bot.booking.lab import Lab, Policy, PoolRule
from bot.booking.lifecycle import State
from bot.booking.model import Before, Fixed, Promise, Request, Reservation, Window, Work, minute_of
from bot.booking.reasons import (
    Alone,
    BadCount,
    InPast,
    NoSuchMemory,
    NotByDeadline,
    OverHours,
    OverOutstanding,
    OverQuota,
    OverShare,
    PoolAsks,
    Taken,
    TooFar,
    TooLong,
    TooManyGpus,
    TooManyPending,
    UnknownGpu,
    UnknownPool,
)
from bot.booking.snapshot import Scene, Snapshot, Spent
from make import ALICE, BOB, CAROL, lab, monday, node, request, reservation, window

NOW = monday(8)


def calendar(*held: Reservation, of: Lab | None = None) -> Calendar:
    made = Calendar(of or lab(), minute_of(NOW))
    made.apply(held, 1)
    return made


def scene(made: Calendar, member: str = ALICE.id, *, approvals: bool = True) -> Scene:
    return Scene(Snapshot(made.of(member), (), made.pending(), approvals), made, made.lab.policy, NOW)


def decided(wanted: Request, made: Calendar, *, approvals: bool = True) -> Decision:
    seen = scene(made, wanted.member, approvals=approvals)
    return decide(wanted, seen.snapshot, made, made.lab.policy, NOW)


def reasons(decision: Decision) -> list[type]:
    assert isinstance(decision, Refused)
    return [type(one) for one in decision.refusals]


def test_a_free_window_is_granted_on_one_node() -> None:
    decision = decided(request(2), calendar())
    assert isinstance(decision, Granted)
    assert decision.placement == Placement("a100", ("atlas:0", "atlas:1"), window(9, 17))
    assert decision.over == ()


def test_a_taken_window_is_refused_with_its_holder_and_offers_that_can_be_taken() -> None:
    made = calendar(reservation(1, 9, 17, ("atlas:0", "atlas:1")))
    decision = decided(request(4, member=BOB.id), made)
    assert isinstance(decision, Refused)
    (taken,) = decision.refusals
    assert isinstance(taken, Taken)
    assert (taken.free, taken.holders[0].member) == (2, ALICE.id)
    assert [type(limit) for limit in decision.limits] == [OverShare]
    assert [offer.kind for offer in decision.offers] == [
        OfferKind.FEWER,
        OfferKind.LATER,
        OfferKind.POOL,
        OfferKind.WAIT,
    ]
    fewer, later, other, _ = decision.offers
    assert (fewer.request.count, fewer.window, fewer.linear) == (2, window(9, 25), True)
    assert (later.window, later.asks) == (window(17, 25), True)
    assert other.request.pool == "3090"
    for offer in (fewer, later, other):
        again = decided(offer.request, made)
        assert isinstance(again, Held if offer.asks else Granted)


def test_a_no_comes_without_offers_where_none_are_wanted() -> None:
    made = calendar(reservation(1, 9, 17, ("atlas:0", "atlas:1")))
    here = scene(made)
    alone = decide(request(4), here.snapshot, made, here.policy, here.now, offering=False)
    offered = decide(request(4), here.snapshot, made, here.policy, here.now)
    assert isinstance(offered, Refused)
    assert offered.offers
    assert alone == replace(offered, offers=())


def test_scaled_lengths_are_offered_in_whole_quarter_hours_and_others_as_they_are() -> None:
    made = calendar(reservation(1, 9, 17, ("atlas:0", "atlas:1"), member=BOB.id))
    odd = replace(request(4), when=Fixed(Window(monday(9), monday(9) + timedelta(minutes=371))))
    decision = decided(odd, made)
    assert isinstance(decision, Refused)
    lengths = {offer.kind: offer.window.minutes for offer in decision.offers if offer.kind is not OfferKind.WAIT}
    assert lengths == {OfferKind.FEWER: 750, OfferKind.LATER: 371, OfferKind.POOL: 1125}


def test_a_length_is_not_rounded_over_the_longest_that_needs_no_admin() -> None:
    policy = Policy(max_hours=12.4)  # 744 minutes
    made = calendar(reservation(1, 9, 17, ("atlas:0", "atlas:1"), member=BOB.id), of=lab(policy=policy))
    odd = replace(request(4), when=Fixed(Window(monday(9), monday(9) + timedelta(minutes=371))))
    decision = decided(odd, made)
    assert isinstance(decision, Refused)
    assert {offer.kind: offer.window.minutes for offer in decision.offers}[OfferKind.FEWER] == 742


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (request(1, pool="h100"), UnknownPool),
        (replace(request(1), gpus=("atlas:9",)), UnknownGpu),
        (replace(request(2), gpus=("atlas:0", "titan:0"), pool=None), UnknownGpu),
        (request(0), BadCount),
        (request(-3), BadCount),
        (request(10**9), TooManyGpus),
        (request(5), TooManyGpus),
        (replace(request(1), memory_gb=200), NoSuchMemory),
        (request(1, 2, 17), InPast),
        (request(1, 9, 9 + 721), TooLong),
        (request(1, 9 + 24 * 8, 10 + 24 * 8), TooFar),
        (request(1, 9, 9 + 24 * 365 * 200), TooLong),
        (request(1, 24 * 365 * 200, 24 * 365 * 200 + 1), TooFar),
    ],
)
def test_what_breaks_a_rule_is_refused_with_that_reason(wanted: Request, reason: type) -> None:
    assert reasons(decided(wanted, calendar())) == [reason]


def test_every_broken_rule_is_named_at_once() -> None:
    wanted = replace(request(9, 2, 2 + 800), memory_gb=0)
    assert reasons(decided(wanted, calendar())) == [TooManyGpus, InPast, TooLong]


@pytest.mark.parametrize(
    "wanted",
    [
        request(10**9),
        request(1, 2, 17),
        request(1, 9, 9 + 721),
        request(1, 9 + 24 * 8, 10 + 24 * 8),
        request(5),
    ],
)
def test_a_broken_rule_comes_with_an_offer_too(wanted: Request) -> None:
    decision = decided(wanted, calendar())
    assert isinstance(decision, Refused)
    assert decision.offers
    assert isinstance(decided(decision.offers[0].request, calendar()), Granted)


def test_over_half_a_pool_is_granted_while_it_delays_nobody_and_held_when_it_does() -> None:
    eight = lab(node("atlas", "a100", 8))
    free = decided(request(6), calendar(of=eight))
    assert isinstance(free, Granted)
    assert [type(limit) for limit in free.over] == [OverShare]
    all_of_it = decided(request(8), calendar(of=eight))
    assert isinstance(all_of_it, Held)
    assert all_of_it.limits == (OverShare(8, 4, 8, "a100"),)
    pending = reservation(1, 9, 17, ("atlas:7",), member=BOB.id, state=State.PENDING)
    contended = decided(request(6), calendar(pending, of=eight))
    assert isinstance(contended, Held)
    assert contended.delays == (BOB.id,)


def test_two_bookings_at_once_count_together_against_the_share() -> None:
    made = calendar(reservation(1, 9, 17, ("atlas:0", "atlas:1")))
    decision = decided(request(2, 12, 14), made)
    assert isinstance(decision, Held)
    assert decision.limits == (OverShare(4, 2, 4, "a100"),)
    assert isinstance(decided(request(2, 17, 19), made), Granted)


@pytest.mark.parametrize(
    ("policy", "wanted", "verdict", "limit"),
    [
        (Policy(approval="always"), request(1, 9, 9 + 169), Held, OverHours),
        (Policy(), request(1, 9, 9 + 169), Granted, OverHours),
        (Policy(approval="never"), request(1, 9, 9 + 169), Granted, OverHours),
        (Policy(approval="always", quota_gpu_hours=10), request(2), Held, OverQuota),
        (Policy(outstanding_pool_days=0.1), request(2), Granted, OverOutstanding),
    ],
)
def test_limits_bind_as_the_lab_file_says(policy: Policy, wanted: Request, verdict: type, limit: type) -> None:
    decision = decided(wanted, calendar(of=lab(policy=policy)))
    assert isinstance(decision, verdict)
    found = decision.over if isinstance(decision, Granted) else decision.limits  # type: ignore[union-attr]
    assert [type(one) for one in found] == [limit]


def test_outstanding_hours_bind_only_while_somebody_waits() -> None:
    policy = lab(policy=Policy(outstanding_pool_days=0.1))
    pending = reservation(1, 9, 17, ("atlas:3",), member=BOB.id, state=State.PENDING)
    decision = decided(request(2), calendar(pending, of=policy))
    assert isinstance(decision, Held)
    assert isinstance(decision.limits[0], OverOutstanding)


def test_a_pool_that_asks_always_asks() -> None:
    asking = lab(rules={"a100": PoolRule(approval=True)})
    decision = decided(request(1), calendar(of=asking))
    assert isinstance(decision, Held)
    assert decision.limits == (PoolAsks("a100"),)


def test_without_an_admin_to_ask_a_limit_that_binds_refuses() -> None:
    decision = decided(request(4), calendar(), approvals=False)
    assert reasons(decision) == [Alone]
    assert isinstance(decision, Refused)
    assert decision.offers[0].request.count == 2


def test_a_third_pending_request_is_refused() -> None:
    held = [reservation(at, 9 + 10 * at, 17 + 10 * at, ("atlas:0",), state=State.PENDING) for at in (1, 2)]
    assert reasons(decided(request(4, 60, 62), calendar(*held))) == [TooManyPending]


def before(hours: float, by: float, *, count: int = 2, pool: str | None = "a100") -> Request:
    run = Before(timedelta(hours=hours), Promise(monday(by), monday(by)), NOW)
    return Request(ALICE.id, count, run, pool=pool, asked_by=ALICE.id)


def test_a_movable_request_gets_the_earliest_start_that_meets_its_deadline() -> None:
    made = calendar(reservation(1, 0, 12, ("atlas:0", "atlas:1", "atlas:2"), member=BOB.id))
    decision = decided(before(5, 17), made)
    assert isinstance(decision, Granted)
    assert decision.placement.window == window(12, 17)


def test_what_cannot_end_before_its_deadline_is_refused_with_what_stands_in_the_way() -> None:
    made = calendar(reservation(1, 0, 12, ("atlas:0", "atlas:1", "atlas:2"), member=BOB.id))
    decision = decided(before(5, 16), made)
    assert reasons(decision) == [NotByDeadline]
    assert isinstance(decision, Refused)
    (reason,) = decision.refusals
    assert isinstance(reason, NotByDeadline)
    assert reason.taken is not None
    assert reason.taken.holders[0].member == BOB.id
    assert {offer.kind for offer in decision.offers} >= {OfferKind.LATER}


def test_a_sweep_gets_the_count_that_is_done_first_without_asking_anybody() -> None:
    run = Work(40, Promise(monday(72), monday(72)), NOW)
    decision = decided(Request(ALICE.id, 0, run, pool="a100", asked_by=ALICE.id), calendar())
    assert isinstance(decision, Granted)
    assert (len(decision.placement.gpus), decision.placement.window) == (2, window(8, 28))
    assert decision.choice is not None
    assert decision.choice.tried == (Tried(1, monday(48)), Tried(2, monday(28)), Tried(4, monday(18), asks=True))


def test_any_pool_will_do_when_none_is_named_and_small_memory_is_left_to_the_small_gpus() -> None:
    busy = reservation(1, 9, 17, ("atlas:0", "atlas:1", "atlas:2"), member=BOB.id)
    anywhere = decided(request(2, pool=None), calendar(busy))
    assert isinstance(anywhere, Granted)
    assert anywhere.placement.pool == "3090"
    small = decided(replace(request(1, pool=None), memory_gb=20), calendar())
    assert isinstance(small, Granted)
    assert small.placement.pool == "3090"


def test_named_gpus_that_are_taken_are_offered_later_or_any_others_at_once() -> None:
    made = calendar(reservation(1, 9, 17, ("atlas:0",), named=True, member=BOB.id))
    decision = decided(replace(request(1), gpus=("atlas:0",)), made)
    assert reasons(decision) == [Taken]
    assert isinstance(decision, Refused)
    assert [offer.kind for offer in decision.offers][:2] == [OfferKind.ANY, OfferKind.LATER]


def test_an_extension_keeps_the_gpus_and_others_tentative_ones_make_way() -> None:
    mine = reservation(1, 9, 17, ("atlas:0",))
    next_one = reservation(2, 17, 20, ("atlas:0",), member=BOB.id)
    made = calendar(mine, next_one)
    verdict = extend(mine, monday(19), scene(made))
    assert isinstance(verdict, Granted)
    assert verdict.placement.gpus == ("atlas:0",)
    assert verdict.placement.window == window(9, 19)
    assert verdict.placement.rebinds[0][0] == 2


def test_an_extension_into_somebody_who_cannot_make_way_names_who_is_next() -> None:
    mine = reservation(1, 9, 17, ("atlas:0",), named=True)
    made = calendar(mine, reservation(2, 17, 20, ("atlas:0",), member=CAROL.id, named=True))
    verdict = extend(mine, monday(19), scene(made))
    assert isinstance(verdict, Refused)
    (taken,) = verdict.refusals
    assert isinstance(taken, Taken)
    assert taken.holders[0].member == CAROL.id
    assert taken.named == ("atlas:0",)
    assert verdict.offers


def test_an_extension_of_what_has_no_gpu_numbers_yet_names_none() -> None:
    mine = reservation(1, 9, 17, ("atlas:0", "atlas:1"))
    others = tuple(f"atlas:{number}" for number in range(1, 4))
    verdict = extend(mine, monday(19), scene(calendar(mine, reservation(2, 17, 20, others, member=CAROL.id))))
    assert isinstance(verdict, Refused)
    (taken,) = verdict.refusals
    assert isinstance(taken, Taken)
    assert (taken.needed, taken.free, taken.named) == (2, 1, ())


def test_a_move_may_use_the_reservations_own_gpus_and_leaves_the_calendar_as_it_was() -> None:
    mine = reservation(1, 9, 17, ("atlas:0", "atlas:1"))
    made = calendar(mine, reservation(2, 9, 19, ("atlas:2", "atlas:3"), member=BOB.id))
    free = made.pools["a100"].minutes.over(minute_of(monday(9)), minute_of(monday(10)))
    verdict = move(mine, window(11, 19), scene(made))
    assert isinstance(verdict, Granted)
    assert verdict.placement.gpus == ("atlas:0", "atlas:1")
    assert made.pools["a100"].minutes.over(minute_of(monday(9)), minute_of(monday(10))) == free


INSTANTS = st.datetimes(datetime(1900, 1, 1), datetime(9000, 1, 1)).map(  # noqa: DTZ001
    lambda at: at.replace(second=0, microsecond=0, tzinfo=UTC)
)
NEAR = st.integers(-3000, 20000).map(lambda minutes: NOW + timedelta(minutes=minutes))


@st.composite
def requests(draw: st.DrawFn) -> Request:
    at = st.one_of(NEAR, INSTANTS)
    start, end = sorted((draw(at), draw(at)))
    end += timedelta(minutes=1)
    promise = Promise(end, end - draw(st.sampled_from([timedelta(), timedelta(hours=24)])))
    when: Fixed | Before | Work = draw(
        st.one_of(
            st.just(Fixed(Window(start, end))),
            st.integers(1, 10**6).map(lambda minutes: Before(timedelta(minutes=minutes), promise, start)),
            st.floats(0, 10**9).map(lambda hours: Work(hours, promise, start)),
        )
    )
    gpus = draw(st.sampled_from([(), ("atlas:0",), ("atlas:0", "titan:1"), ("nowhere:7",)]))
    return Request(
        draw(st.sampled_from([ALICE.id, BOB.id])),
        draw(st.one_of(st.integers(0, 9), st.integers(-(10**9), 10**9))),
        when,
        pool=draw(st.sampled_from(["a100", "3090", "h100", None])),
        gpus=gpus,
        memory_gb=draw(st.sampled_from([0, 30, 500])),
    )


@settings(max_examples=300, deadline=None)
@given(wanted=requests())
def test_a_decision_never_raises_is_repeatable_and_never_overlaps(wanted: Request) -> None:
    held = (
        reservation(1, 0, 12, ("atlas:0", "atlas:1"), member=BOB.id),
        reservation(2, 10, 30, ("atlas:2",), named=True),
        reservation(3, 20, 90, ("titan:0", "titan:1"), pool="3090", state=State.PENDING),
    )
    made = calendar(*held)
    decision = decided(wanted, made)
    assert decision == decided(wanted, made)
    if isinstance(decision, Refused):
        assert decision.refusals
        return
    placement = decision.placement
    rebinds = dict(placement.rebinds)
    for other in held:
        if other.window.overlaps(placement.window):
            assert not set(rebinds.get(other.id, other.gpus)) & set(placement.gpus)


def test_a_quota_counts_what_was_given_back_early_up_to_then_and_not_the_one_that_is_changed() -> None:
    quota = lab(policy=Policy(quota_gpu_hours=20, approval="always"))
    mine = reservation(7, 9, 13, ("atlas:0",))
    made = calendar(mine, of=quota)
    spent = (Spent(7, mine.window, 1), Spent(3, window(0, 4), 2), Spent(2, window(-300, -200), 4))
    snapshot = Snapshot(made.of(ALICE.id), spent, (), approvals=True)
    fits = decide(request(1, 13, 21), snapshot, made, quota.policy, NOW)
    assert isinstance(fits, Granted)
    over = decide(request(1, 13, 22), snapshot, made, quota.policy, NOW)
    assert isinstance(over, Held)
    assert over.limits == (OverQuota(21, 20, 7),)
    longer = extend(mine, monday(21), Scene(snapshot, made, quota.policy, NOW))
    assert isinstance(longer, Granted)
