"""Booking, extending, moving: what is answered, and that the ledger then says the same."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.booking.decision import Granted, Held, OfferKind
from bot.booking.lab import Node, Policy
from bot.booking.lifecycle import State
from bot.booking.model import Before, Promise, Request
from bot.booking.reasons import Alone, InPast, OverShare, Taken, TooManyPending
from bot.desk import Booked, Desk
from bot.errors import InputError, NotFound, NotYours, WrongState
from desks import NOW, before, booked, changed, named, refused, stands, sweep, unchanged
from make import ADA, ALICE, BOB, CAROL, lab, monday, node, request, window

HOUR = timedelta(hours=1)


def version(desk: Desk) -> int:
    return desk.version(NOW)


def test_a_window_that_is_free_is_booked_as_it_was_asked_for(desk):
    wanted = request(2, reason="ablations")
    outcome = desk.reserve(wanted, ALICE, NOW)
    assert isinstance(outcome, Booked)
    assert isinstance(outcome.decision, Granted)
    entered = outcome.reservation
    assert entered is not None
    assert (entered.state, entered.window, entered.gpus) == (State.BOOKED, window(9, 17), ("atlas:0", "atlas:1"))
    assert (entered.member, entered.asked_by, entered.reason, entered.created_at) == (ALICE.id,) * 2 + (
        "ablations",
        NOW,
    )
    assert not entered.movable
    assert not entered.named
    assert stands(desk, entered.id) == entered
    (entry,) = desk.show(entered.id, NOW)[1]
    assert (entry.at, entry.who, entry.act, entry.before, entry.after) == (NOW, ALICE.id, "booked", None, entered)


def test_what_begins_now_is_active_at_once(desk):
    assert booked(desk, start=8).state is State.ACTIVE


def test_a_movable_one_keeps_its_promise_and_a_sweep_gets_the_count_that_the_core_chose(desk):
    run = booked(desk, wanted=before(5, 20, count=2))
    assert (run.movable, run.promise, run.not_before) == (True, Promise(monday(20), monday(20)), NOW)
    assert (run.window, run.state) == (window(8, 13), State.ACTIVE)
    work = booked(desk, BOB, sweep(8, 20, member=BOB.id))
    assert work.movable
    assert work.count * work.window.hours == 8


def test_named_gpus_are_got_and_stay_named(desk):
    got = booked(desk, wanted=named("atlas:3", "atlas:1"))
    assert set(got.gpus) == {"atlas:1", "atlas:3"}
    assert stands(desk, got.id).named


def test_over_half_of_a_pool_that_leaves_none_waits_for_an_admin_and_holds_the_gpus(desk):
    outcome = desk.reserve(request(4), ALICE, NOW)
    assert isinstance(outcome, Booked)
    assert isinstance(outcome.decision, Held)
    assert outcome.reservation is not None
    assert stands(desk, outcome.reservation.id).state is State.PENDING
    (reason,) = refused(desk, BOB, request(1, member=BOB.id)).refusals
    assert isinstance(reason, Taken)
    assert [holding.member for holding in reason.holders] == [ALICE.id]


@pytest.mark.parametrize(
    "wanted",
    [
        request(1, pool="h100"),
        request(0),
        request(-1),
        request(10**9),
        request(1, 2, 17),
        request(1, 9, 9 + 24 * 365 * 200),
        request(1, 24 * 365 * 200, 24 * 365 * 200 + 1),
        named("atlas:9"),
        before(5, 7),
        before(50, 10),
        sweep(0, 20),
        sweep(1e9, 20),
    ],
)
def test_what_cannot_be_is_refused_with_reasons_and_nothing_is_written(desk, owed, wanted):
    assert refused(desk, ALICE, wanted).refusals
    assert (version(desk), owed()) == (0, [])
    with pytest.raises(NotFound):
        desk.show(1, NOW)


def test_a_taken_window_names_its_holder_and_each_offer_books_what_it_says(desk):
    booked(desk, count=2)
    no = refused(desk, BOB, request(4, member=BOB.id))
    (taken,) = no.refusals
    assert isinstance(taken, Taken)
    assert (taken.free, [holding.member for holding in taken.holders]) == (2, [ALICE.id])
    *bookable, to_wait = no.offers
    assert bookable
    assert to_wait.kind is OfferKind.WAIT
    for offer in bookable:
        got = booked(desk, BOB, offer.request)
        assert got.window == offer.window
        assert (got.state is State.PENDING) == offer.asks
        desk.release(BOB, got.id, NOW)


def test_who_keeps_a_window_from_being_found_is_always_named(ledger):
    lab_of_two = lab(node("atlas", "a100", 2), node("borea", "a100", 2))
    ledger.sync_gpus(lab_of_two)
    desk = Desk(ledger, lab_of_two)
    booked(desk, wanted=named("borea:0", start=9, end=17))
    booked(desk, BOB, named("atlas:0", "atlas:1", start=10, end=11, member=BOB.id))
    booked(desk, CAROL, named("borea:1", start=12, end=17, member=CAROL.id))
    (taken,) = refused(desk, BOB, request(1, 9, 17, member=BOB.id)).refusals
    assert isinstance(taken, Taken)
    assert taken.window == window(12, 17)
    assert {holding.member for holding in taken.holders} == {ALICE.id, CAROL.id}


def test_only_admins_book_for_somebody_else(desk):
    with pytest.raises(NotYours):
        desk.reserve(request(1, member=BOB.id), ALICE, NOW)
    got = booked(desk, ADA, replace(request(1, member=BOB.id), asked_by=ADA.id))
    assert (got.member, got.asked_by) == (BOB.id, ADA.id)


def test_others_tentative_gpus_make_way_and_their_buttons_go_on_working(desk):
    one = booked(desk)
    assert one.gpus == ("atlas:0",)
    got = booked(desk, CAROL, named("atlas:0", start=10, end=11, member=CAROL.id))
    moved = stands(desk, one.id)
    assert got.gpus == ("atlas:0",)
    assert moved == replace(one, gpus=moved.gpus)
    assert moved.gpus != one.gpus
    assert changed(desk.extend(ALICE, one.id, HOUR, NOW, version=one.version)).gpus == moved.gpus


def test_a_calendar_that_is_wrong_is_built_anew_and_the_answer_is_right(desk, ledger):
    taken = booked(desk, count=4)
    with desk._looking(NOW) as (_, calendar):
        calendar.apply([replace(taken, state=State.ENDED)], calendar.version)
    (reason,) = refused(desk, BOB, request(1, member=BOB.id)).refusals
    assert isinstance(reason, Taken)
    assert reason.holders[0].member == ALICE.id


def test_an_extension_keeps_the_gpus_and_can_be_an_instant_or_a_length(desk):
    one = booked(desk, count=2, start=8)
    longer = changed(desk.extend(ALICE, one.id, 2 * HOUR, NOW))
    assert longer == replace(one, window=window(8, 19), version=2)
    until = changed(desk.extend(ALICE, one.id, monday(20), NOW))
    assert until == replace(one, window=window(8, 20), version=3)
    assert stands(desk, one.id) == until


def test_an_extension_into_somebody_who_keeps_their_gpus_names_them_and_changes_nothing(desk):
    one = booked(desk, wanted=named("atlas:0"))
    booked(desk, BOB, named("atlas:0", start=17, end=18, member=BOB.id))
    no = unchanged(desk.extend(ALICE, one.id, HOUR, NOW))
    (taken,) = no.refusals
    assert isinstance(taken, Taken)
    assert [holding.member for holding in taken.holders] == [BOB.id]
    assert no.offers
    assert stands(desk, one.id) == one


def test_an_extension_over_a_limit_that_binds_is_to_be_asked_for_by_itself(desk):
    two = booked(desk, count=2, start=9, end=12)
    booked(desk, count=2, start=12, end=14)
    no = unchanged(desk.extend(ALICE, two.id, HOUR, NOW))
    assert no.refusals == (Alone(OverShare(4, 2, 4, "a100")),)
    assert stands(desk, two.id) == two


def test_an_extension_past_its_deadline_makes_a_movable_one_fixed(desk):
    run = booked(desk, wanted=before(2, 12))
    inside = changed(desk.extend(ALICE, run.id, HOUR, NOW))
    assert inside.promise == run.promise
    past = changed(desk.extend(ALICE, run.id, 2 * HOUR, NOW))
    assert (past.movable, past.promise, past.not_before) == (False, None, None)
    assert stands(desk, run.id) == past


@pytest.mark.parametrize("end", [monday(16), monday(17), -HOUR, timedelta()])
def test_an_extension_to_an_earlier_end_is_no_extension(desk, end):
    one = booked(desk)
    with pytest.raises(InputError, match="already ends then or later"):
        desk.extend(ALICE, one.id, end, NOW)
    assert stands(desk, one.id) == one


def test_a_move_gives_other_gpus_where_it_must_and_keeps_the_count(desk):
    one = booked(desk, count=2)
    booked(desk, BOB, named("atlas:0", start=20, end=22, member=BOB.id))
    moved = changed(desk.move(ALICE, one.id, monday(20), None, NOW))
    assert (moved.window, moved.count) == (window(20, 28), 2)
    assert "atlas:0" not in moved.gpus
    shorter = changed(desk.move(ALICE, one.id, monday(20), monday(21), NOW))
    assert shorter.window == window(20, 21)
    assert stands(desk, one.id) == shorter


def test_a_move_by_a_length_is_from_where_it_is(desk):
    one = booked(desk, start=10, end=12)
    assert changed(desk.move(ALICE, one.id, 2 * HOUR, None, NOW)).window == window(12, 14)
    assert changed(desk.move(ALICE, one.id, -HOUR, None, NOW)).window == window(11, 13)
    assert isinstance(unchanged(desk.move(ALICE, one.id, -9 * HOUR, None, NOW)).refusals[0], InPast)


def test_a_move_to_where_there_is_no_room_changes_nothing(desk):
    one = booked(desk, wanted=named("atlas:0"))
    booked(desk, BOB, named("atlas:0", start=20, end=22, member=BOB.id))
    no = unchanged(desk.move(ALICE, one.id, monday(21), None, NOW))
    assert isinstance(no.refusals[0], Taken)
    assert stands(desk, one.id) == one


def test_a_move_to_now_starts_it_and_what_has_started_is_not_moved(desk):
    one = booked(desk)
    started = changed(desk.move(ALICE, one.id, NOW, None, NOW))
    assert started.state is State.ACTIVE
    with pytest.raises(WrongState, match="is running already"):
        desk.move(ALICE, one.id, monday(12), None, NOW)


def test_a_movable_one_that_is_moved_past_its_deadline_is_fixed(desk):
    run = booked(desk, wanted=before(2, 12, count=1))
    desk.release(ALICE, run.id, NOW)
    later = booked(desk, wanted=Request(ALICE.id, 1, Before(HOUR, Promise(monday(12), monday(12)), monday(10)), "a100"))
    moved = changed(desk.move(ALICE, later.id, monday(13), None, NOW))
    assert (moved.window, moved.movable, moved.promise) == (window(13, 14), False, None)


@pytest.mark.parametrize("act", ["extend", "move"])
def test_nobody_changes_what_is_not_theirs_not_there_or_over(desk, act):
    def do(who, id_):
        return desk.extend(who, id_, HOUR, NOW) if act == "extend" else desk.move(who, id_, monday(20), None, NOW)

    one = booked(desk)
    with pytest.raises(NotYours):
        do(BOB, one.id)
    with pytest.raises(NotFound):
        do(ALICE, 77)
    assert changed(do(ADA, one.id)).member == ALICE.id
    desk.release(ALICE, one.id, NOW)
    with pytest.raises(WrongState) as late:
        do(ALICE, one.id)
    assert (late.value.who, late.value.when) == (ALICE.id, NOW)


def test_a_button_of_an_old_card_is_told_who_changed_it_and_when(desk):
    one = booked(desk)
    desk.extend(ADA, one.id, HOUR, monday(8.5), version=1)
    with pytest.raises(WrongState, match="has changed since this card was drawn") as late:
        desk.extend(ALICE, one.id, HOUR, monday(8.6), version=1)
    assert (late.value.who, late.value.when) == (ADA.id, monday(8.5))
    assert stands(desk, one.id).window == window(9, 18)


def test_a_sweep_that_only_too_many_pending_requests_stop_is_not_said_to_miss_its_deadline(ledger):
    asking = lab(policy=Policy(approval="always", max_share=0.25))
    desk = Desk(ledger, asking)
    booked(desk, BOB, named("atlas:0", start=8, end=12, member=BOB.id))
    for start in (20, 30):
        assert booked(desk, wanted=request(4, start, start + 1)).state is State.PENDING
    booked(desk, wanted=named("atlas:1", start=8, end=12))
    no = refused(desk, ALICE, sweep(2, 11))
    assert no.refusals == (TooManyPending(2),)


def test_a_move_keeps_the_memory_that_was_asked_for(ledger):
    mixed = (*node("atlas", "a100", 2, memory_gb=40).gpus, *node("atlas", "a100", 4, memory_gb=80).gpus[2:])
    two_kinds = lab(Node("atlas", mixed))
    ledger.sync_gpus(two_kinds)
    desk = Desk(ledger, two_kinds)
    one = booked(desk, wanted=replace(request(1), memory_gb=80))
    assert one.gpus == ("atlas:2",)
    booked(desk, BOB, replace(named("atlas:2", start=20, end=30, member=BOB.id)))
    assert changed(desk.move(ALICE, one.id, monday(21), None, NOW)).gpus == ("atlas:3",)


def test_a_move_that_would_end_before_it_begins_is_refused(desk):
    one = booked(desk)
    with pytest.raises(InputError, match="end before it begins"):
        desk.move(ALICE, one.id, monday(12), monday(11), NOW)
    with pytest.raises(InputError, match="is there already"):
        desk.move(ALICE, one.id, one.window.start, None, NOW)
