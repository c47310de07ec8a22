"""Waiting, offers, and what becomes of them: on both databases."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.booking.decision import Granted, Held, Refused
from bot.booking.lab import Policy
from bot.booking.lifecycle import Act, State
from bot.booking.model import Request, Reservation, Waiting, minute_of
from bot.booking.notices import NoticeKind
from bot.booking.reasons import OverShare, TooManyGpus, WouldDelay
from bot.desk import Booked, Changed, Desk, Left, NotChanged, Passed, Waitlisted
from bot.desk.offering import MOST_OFFERS, REST
from bot.desk.waitlist import MOST_WAITING
from bot.errors import NotFound, NotYours, WrongState
from desks import NOW, before, booked, changed, named, stands, sweep
from make import ADA, ALICE, BOB, CAROL, DAN, lab, monday, request, window
from storage.ledger import Ledger

MINUTE = timedelta(minutes=1)
FREE = lab(policy=Policy(max_share=1))
"""A lab in which anybody may take a whole pool without asking."""
WHO = {one.id: one for one in (ADA, ALICE, BOB, CAROL, DAN)}


@pytest.fixture
def free_desk(ledger: Ledger) -> Desk:
    return Desk(ledger, FREE)


def waits(desk: Desk, wanted: Request, *, now: datetime = NOW, auto: bool = False) -> Waiting:
    outcome = desk.wait(wanted, WHO[wanted.asked_by], now, auto=auto)
    assert isinstance(outcome, Waitlisted), outcome
    return outcome.waiting


def offers(desk: Desk) -> list[Reservation]:
    with desk.ledger.reading() as book:
        return [one for one in book.everything() if one.state is State.OFFERED]


def open_ones(desk: Desk) -> dict[int, Waiting]:
    with desk.ledger.reading() as book:
        return {one.id: one for one in book.waitlist()}


def end_of(desk: Desk, id_: int) -> str | None:
    with desk.ledger.reading() as book:
        found = book.waited(id_)
    assert found is not None
    return found[1]


def full(desk: Desk, hours: float = 12) -> Reservation:
    """Alice has all A100s from now on."""
    return booked(desk, ALICE, request(4, 8, 8 + hours))


def now_for(hours: float, count: int, member: str) -> Request:
    return request(count, 8, 8 + hours, member=member)


def test_what_can_be_booked_is_booked_and_what_cannot_ever_be_is_refused(desk):
    outcome = desk.wait(request(), ALICE, NOW)
    assert isinstance(outcome, Booked)
    assert isinstance(outcome.decision, Granted)
    no = desk.wait(request(9, member=BOB.id), BOB, NOW)
    assert isinstance(no, Booked)
    assert isinstance(no.decision, Refused)
    assert [type(one) for one in no.decision.refusals] == [TooManyGpus]
    assert open_ones(desk) == {}


@pytest.mark.parametrize(
    "wanted",
    [
        replace(now_for(2, 2, BOB.id), reason="ICLR 🙂", memory_gb=40),
        named("atlas:1", start=8, end=9, member=BOB.id),
        before(4, 16, member=BOB.id),
        replace(before(4, 16, member=BOB.id), when=replace(before(4, 16).when, pieces=timedelta(hours=1))),
        sweep(12.5, 16, member=BOB.id),
    ],
    ids=["fixed", "named", "before", "pieces", "work"],
)
def test_what_waits_is_kept_as_it_was_asked(free_desk, ledger, wanted):
    full(free_desk)
    one = waits(free_desk, wanted)
    assert (one.request, one.created_at, one.auto, one.declined) == (wanted, NOW, False, 0)
    assert open_ones(Desk(Ledger(ledger.engine), FREE)) == {one.id: one}


def test_the_place_and_the_expected_time_are_told(free_desk):
    full(free_desk)
    first = free_desk.wait(now_for(2, 4, BOB.id), BOB, NOW)
    second = free_desk.wait(now_for(2, 4, CAROL.id), CAROL, NOW)
    assert isinstance(first, Waitlisted)
    assert isinstance(second, Waitlisted)
    assert (first.place, first.expected) == (1, monday(20))
    assert (second.place, second.expected) == (2, monday(22))
    again = free_desk.wait(now_for(2, 4, BOB.id), BOB, NOW)
    assert again == replace(first, new=False)
    assert [shadow.waiting.member for shadow in free_desk.waiting(NOW)] == [BOB.id, CAROL.id]
    assert [shadow.waiting.member for shadow in free_desk.waiting(NOW, CAROL.id)] == [CAROL.id]
    assert free_desk.waiting(NOW, DAN.id) == ()


def test_a_member_may_wait_for_a_few_things_only(free_desk):
    full(free_desk)
    for hours in range(1, MOST_WAITING + 1):
        waits(free_desk, now_for(hours, 4, BOB.id))
    with pytest.raises(WrongState, match="W1, W2, W3, W4, W5"):
        free_desk.wait(now_for(9, 4, BOB.id), BOB, NOW)


def test_only_admins_wait_for_somebody_else(free_desk):
    full(free_desk)
    with pytest.raises(NotYours):
        free_desk.wait(now_for(2, 4, CAROL.id), BOB, NOW)
    outcome = free_desk.wait(replace(now_for(2, 4, CAROL.id), asked_by=ADA.id), ADA, NOW)
    assert isinstance(outcome, Waitlisted)
    assert outcome.waiting.member == CAROL.id


def test_a_release_offers_the_gpus_at_once_and_holds_them(free_desk, owed):
    held = full(free_desk)
    one = waits(free_desk, now_for(2, 4, BOB.id))
    assert free_desk.serve_waitlist(monday(9)) == 0
    free_desk.release(ALICE, held.id, monday(9))
    (offer,) = offers(free_desk)
    assert (offer.member, offer.window, offer.count) == (BOB.id, window(9, 11), 4)
    kept = open_ones(free_desk)[one.id]
    assert (kept.offered, kept.until) == (offer.id, monday(9.5)), "half an hour; of no night of bob's is known"
    (notice,) = [notice for notice in owed() if notice.kind is NoticeKind.OFFER]
    assert (notice.to, notice.reservation, notice.facts["act"]) == (BOB.id, offer.id, "offered")
    assert isinstance(free_desk.reserve(request(1, 9, 10, member=DAN.id), DAN, monday(9)).decision, Refused)


def offered_to_bob(desk: Desk, at: float = 9, **of: object) -> tuple[Waiting, Reservation]:
    held = full(desk)
    one = waits(desk, now_for(2, 4, BOB.id), **of)
    changed(desk.release(ALICE, held.id, monday(at)))
    (offer,) = offers(desk)
    return one, offer


def test_an_offer_that_is_taken_runs_from_then_on_as_long_as_was_asked(free_desk):
    one, offer = offered_to_bob(free_desk)
    outcome = free_desk.accept(BOB, offer.id, monday(9.25), version=offer.version)
    assert isinstance(outcome, Changed)
    assert (outcome.act, outcome.after.state, outcome.after.window) == (Act.ACCEPT, State.ACTIVE, window(9.25, 11.25))
    assert end_of(free_desk, one.id) == "taken"
    with pytest.raises(WrongState, match="running already"):
        free_desk.accept(BOB, offer.id, monday(9.25))


def test_where_others_come_then_it_runs_until_then(free_desk):
    held = full(free_desk, 2)
    booked(free_desk, CAROL, request(4, 11, 12, member=CAROL.id))
    waits(free_desk, now_for(2, 4, BOB.id))
    changed(free_desk.release(ALICE, held.id, monday(9)))
    (offer,) = offers(free_desk)
    assert changed(free_desk.accept(BOB, offer.id, monday(9.25))).window == window(9.25, 11)


def test_only_who_waits_takes_or_passes_it(free_desk):
    _, offer = offered_to_bob(free_desk)
    for act in (free_desk.accept, free_desk.let_go):
        with pytest.raises(NotYours):
            act(CAROL, offer.id, monday(9))
        with pytest.raises(NotFound):
            act(BOB, 99, monday(9))


def test_an_offer_that_nobody_takes_goes_to_the_next(free_desk, owed):
    one, offer = offered_to_bob(free_desk)
    second = waits(free_desk, now_for(2, 4, CAROL.id), now=monday(9.1))
    assert free_desk.serve_waitlist(monday(9.5) - MINUTE) == 0
    assert free_desk.serve_waitlist(monday(9.5)) == 2
    assert stands(free_desk, offer.id).state is State.EXPIRED
    (other,) = offers(free_desk)
    assert (other.member, other.window) == (CAROL.id, window(9.5, 11.5))
    kept = open_ones(free_desk)
    assert (kept[one.id].offered, kept[one.id].declined) == (None, 1)
    assert kept[second.id].offered == other.id
    told = [(notice.to, notice.facts["act"]) for notice in owed() if notice.kind is NoticeKind.OFFER]
    assert told == [(BOB.id, "offered"), (BOB.id, "passed_on"), (CAROL.id, "offered")]


def test_one_that_is_passed_goes_on_at_once_and_its_member_comes_last(free_desk):
    one, offer = offered_to_bob(free_desk)
    waits(free_desk, now_for(2, 4, CAROL.id), now=monday(9.1))
    outcome = free_desk.let_go(BOB, offer.id, monday(9.1))
    assert isinstance(outcome, Passed)
    assert outcome.waiting == open_ones(free_desk)[one.id]
    assert [other.member for other in offers(free_desk)] == [CAROL.id]
    assert stands(free_desk, offer.id).state is State.CANCELLED


def test_a_release_of_what_is_offered_is_a_pass(free_desk):
    one, offer = offered_to_bob(free_desk)
    changed(free_desk.release(BOB, offer.id, monday(9.1)))
    assert offers(free_desk) == []
    assert open_ones(free_desk)[one.id].declined == 1


def test_after_three_that_passed_it_by_it_lapses(free_desk, owed):
    one, _ = offered_to_bob(free_desk)
    now = monday(9)
    for _ in range(MOST_OFFERS):
        assert len(offers(free_desk)) == 1
        now += timedelta(minutes=30)
        free_desk.serve_waitlist(now)
        assert offers(free_desk) == []
        now += REST
        free_desk.serve_waitlist(now)
    assert end_of(free_desk, one.id) == "lapsed"
    assert [notice.facts["act"] for notice in owed() if notice.kind is NoticeKind.OFFER][-1] == "lapsed"


def test_who_said_auto_has_it_booked_and_is_told(free_desk, owed):
    held = full(free_desk)
    one = waits(free_desk, now_for(2, 4, BOB.id), auto=True)
    changed(free_desk.release(ALICE, held.id, monday(9)))
    (got,) = free_desk.mine(BOB.id, monday(9))
    assert (got.state, got.window) == (State.ACTIVE, window(9, 11))
    assert end_of(free_desk, one.id) == "taken"
    assert [notice.facts["act"] for notice in owed() if notice.kind is NoticeKind.OFFER] == ["taken"]


def test_a_member_who_sleeps_is_offered_it_in_the_morning(free_desk):
    with free_desk.ledger.writing() as book:
        book.remember("T", BOB.id, "bob", BOB.zone, bot=False, deleted=False, now=NOW)
    held = full(free_desk, 30)
    one = waits(free_desk, now_for(2, 4, BOB.id))
    changed(free_desk.release(ALICE, held.id, monday(9)))
    assert offers(free_desk) == [], "in Los Angeles it is 01:00"
    assert not free_desk.waitlist_due(monday(16) - MINUTE)
    assert free_desk.serve_waitlist(monday(16)) == 1
    kept = open_ones(free_desk)[one.id]
    assert kept.until == monday(16.5)


def test_an_offer_in_the_evening_is_held_until_the_morning(free_desk):
    with free_desk.ledger.writing() as book:
        book.remember("T", DAN.id, "dan", "UTC", bot=False, deleted=False, now=NOW)
    held = full(free_desk, 48)
    one = waits(free_desk, now_for(24, 4, DAN.id))
    changed(free_desk.release(ALICE, held.id, monday(21.75)))
    assert open_ones(free_desk)[one.id].until == monday(32.25)


def test_who_leaves_waits_no_more_and_what_was_held_goes_on(free_desk):
    one, offer = offered_to_bob(free_desk)
    waits(free_desk, now_for(2, 4, CAROL.id), now=monday(9))
    with pytest.raises(NotYours):
        free_desk.leave(CAROL, one.id, monday(9))
    assert free_desk.leave(BOB, one.id, monday(9)) == Left(replace(one, offered=offer.id, until=monday(9.5)))
    assert [other.member for other in offers(free_desk)] == [CAROL.id]
    with pytest.raises(WrongState, match="W1 does not wait any more: it was left"):
        free_desk.leave(BOB, one.id, monday(9))
    with pytest.raises(NotFound):
        free_desk.leave(BOB, 99, monday(9))


def test_it_expires_once_its_deadline_cannot_be_made(free_desk):
    full(free_desk)
    one = waits(free_desk, before(4, 16, member=BOB.id))
    assert free_desk.serve_waitlist(monday(12)) == 0
    assert free_desk.serve_waitlist(monday(12.1)) == 1
    assert end_of(free_desk, one.id) == "expired"


def test_a_movable_one_is_offered_inside_its_bounds_and_stays_movable(free_desk):
    held = full(free_desk)
    waits(free_desk, before(4, 16, member=BOB.id))
    changed(free_desk.release(ALICE, held.id, monday(9)))
    (offer,) = offers(free_desk)
    got = changed(free_desk.accept(BOB, offer.id, monday(9)))
    assert (got.movable, got.promise, got.window) == (True, before(4, 16).when.promise, window(9, 13))


def test_over_a_limit_that_binds_an_admin_is_asked_when_it_is_taken(desk, owed):
    for who in (ALICE, CAROL):
        booked(desk, who, request(2, 8, 20, member=who.id))
    waits(desk, now_for(2, 4, BOB.id))
    for id_ in (1, 2):
        desk.release(ADA, id_, monday(9))
    (offer,) = offers(desk)
    assert [notice.facts["asks"] for notice in owed() if notice.kind is NoticeKind.OFFER] == ["yes"]
    outcome = desk.accept(BOB, offer.id, monday(9))
    assert isinstance(outcome, Booked)
    assert isinstance(outcome.decision, Held)
    assert [type(limit) for limit in outcome.decision.limits] == [OverShare]
    assert stands(desk, offer.id).state is State.PENDING
    assert [notice.to for notice in owed() if notice.kind is NoticeKind.APPROVAL] == ["C0ADMIN"]


def test_a_limit_binds_where_somebody_else_waits(desk):
    """Three of four A100s are over half the pool: nobody minds, unless somebody waits."""
    booked(desk, ALICE, named("atlas:3", start=8, end=20))
    outcome = desk.reserve(request(2, 30, 34, member=DAN.id), DAN, NOW)
    assert isinstance(outcome.decision, Granted)
    waits(desk, request(4, 29, 33, member=BOB.id))
    third = desk.reserve(request(1, 30, 34, member=DAN.id), DAN, NOW)
    assert isinstance(third, Booked)
    assert isinstance(third.decision, Held)
    assert third.decision.delays == (BOB.id,)


def test_who_has_left_the_workspace_waits_no_more(free_desk):
    one, offer = offered_to_bob(free_desk)
    free_desk.members_left([BOB.id], monday(9))
    assert end_of(free_desk, one.id) == "left"
    assert stands(free_desk, offer.id).state is State.CANCELLED


def test_of_two_bots_one_offers_and_both_know(free_desk, ledger):
    other = Desk(Ledger(ledger.engine), FREE)
    held = full(free_desk)
    assert other.waiting(NOW) == ()
    waits(free_desk, now_for(2, 4, BOB.id))
    assert [shadow.waiting.member for shadow in other.waiting(NOW)] == [BOB.id]
    changed(free_desk.release(ALICE, held.id, monday(9)))
    assert other.serve_waitlist(monday(9)) == 0
    assert len(offers(other)) == 1
    changed(other.accept(BOB, offers(other)[0].id, monday(9)))
    assert free_desk.waiting(monday(9)) == ()


def test_a_booking_does_not_read_the_waitlist_again(free_desk, monkeypatch):
    from storage.waitlist import Waitlist  # noqa: PLC0415 - to count what is asked of it

    read = []
    original = Waitlist.waitlist
    monkeypatch.setattr(Waitlist, "waitlist", lambda self: read.append(1) or original(self))
    for hour in range(10, 20):
        booked(free_desk, ALICE, request(1, hour, hour + 1))
    assert len(read) == 1


def test_past_use_orders_those_who_wait(free_desk):
    booked(free_desk, BOB, request(4, 8, 20, member=BOB.id))
    free_desk.turnover(monday(8))
    later = monday(21)
    free_desk.turnover(later)
    blocker = booked(free_desk, ALICE, request(4, 21, 30), now=later)
    waits(free_desk, request(4, 21, 23, member=BOB.id), now=later)
    waits(free_desk, request(4, 21, 23, member=CAROL.id), now=later + MINUTE)
    assert [shadow.waiting.member for shadow in free_desk.waiting(later + MINUTE)] == [CAROL.id, BOB.id]
    changed(free_desk.release(ALICE, blocker.id, later + MINUTE))
    assert offers(free_desk)[0].member == CAROL.id
    assert minute_of(offers(free_desk)[0].window.start) == minute_of(later + MINUTE)


def test_what_was_asked_for_from_a_little_while_ago_is_asked_for_from_now_on(free_desk):
    full(free_desk)
    assert waits(free_desk, now_for(2, 4, BOB.id), now=monday(9)).request == request(4, 9, 11, member=BOB.id)
    no = free_desk.wait(now_for(2, 4, CAROL.id), CAROL, monday(33))
    assert isinstance(no, Booked)
    assert isinstance(no.decision, Refused)


def test_who_comes_directly_does_not_pass_who_waits_but_may_wait_behind_them(free_desk):
    held = full(free_desk)
    waits(free_desk, now_for(2, 4, BOB.id))
    no = free_desk.reserve(request(1, 20, 24, member=CAROL.id), CAROL, NOW)
    assert isinstance(no.decision, Refused)
    assert [type(one) for one in no.decision.refusals] == [WouldDelay]
    behind = free_desk.wait(request(1, 20, 24, member=CAROL.id), CAROL, NOW)
    assert isinstance(behind, Waitlisted)
    assert (behind.place, behind.expected) == (2, monday(22))
    longer = free_desk.extend(ALICE, held.id, timedelta(hours=1), NOW)
    assert isinstance(longer, NotChanged), "nor does who runs already"
    assert [type(one) for one in longer.refused.refusals] == [WouldDelay]
