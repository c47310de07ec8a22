"""What a yes would mean for others, what an admin offers instead, and the part that is offered when nobody decides."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.booking.decision import OfferKind
from bot.booking.lab import Policy, PoolRule
from bot.booking.lifecycle import Act, State
from bot.booking.model import Fixed, Window
from bot.booking.notices import NoticeKind
from bot.desk import Changed, Desk, Passed
from bot.errors import NotYours, WrongState
from desks import EVE, NOW, before, booked, changed, stands
from make import ADA, ALICE, BOB, CAROL, lab, monday, request, window
from storage.cards import Card

SOON = NOW + timedelta(minutes=20)
HOUR = timedelta(hours=1)


@pytest.fixture
def desk(ledger) -> Desk:
    """A lab with two admins, ada and eve."""
    return Desk(ledger, lab(admins=(ADA.id, EVE.id)))


def part(count, start=9, end=17):
    return request(count, start, end)


def open_waits(desk):
    with desk.ledger.reading() as book:
        return book.waitlist()


def test_a_yes_is_weighed_who_waits_and_until_when_each_would_be_delayed(desk):
    booked(desk, BOB, count=1, start=8, end=10)
    asked = booked(desk, ALICE, count=3, start=9, end=17)
    desk.wait(request(3, 9, 12, member=CAROL.id), CAROL, NOW)
    found = desk.weighed(asked.id, NOW)
    assert (found.left, found.size, found.waits) == (0, 4, (CAROL.id,))
    (delay,) = found.delays
    assert (delay.waiting.member, delay.start, delay.otherwise) == (CAROL.id, monday(17), monday(9))


def test_what_delays_nobody_is_the_most_that_needs_no_admin(desk):
    asked = booked(desk, ALICE, count=4, start=9, end=17)
    found = desk.weighed(asked.id, NOW)
    assert (found.part.kind, found.part.request.count, found.part.window) == (OfferKind.FEWER, 3, window(9, 17))
    assert found.delays == ()
    desk.wait(request(3, 9, 12, member=CAROL.id), CAROL, NOW)
    assert desk.weighed(asked.id, NOW).part.request.count == 1


def test_of_what_is_too_long_the_part_is_the_longest_that_needs_no_admin(ledger):
    desk = Desk(ledger, lab(policy=Policy(max_hours=6, approval="always")))
    asked = booked(desk, ALICE, count=1, start=9, end=17)
    found = desk.weighed(asked.id, NOW).part
    assert (found.kind, found.request.count, found.window) == (OfferKind.SHORTER, 1, window(9, 15))


def test_of_a_pool_that_always_asks_no_part_needs_no_admin(ledger):
    desk = Desk(ledger, lab(rules={"a100": PoolRule(approval=True)}))
    asked = booked(desk, ALICE, count=2)
    assert desk.weighed(asked.id, NOW).part is None


def test_what_was_decided_is_not_weighed_any_more(desk):
    asked = booked(desk, ALICE, count=4)
    desk.approve(ADA, asked.id, SOON)
    assert desk.weighed(asked.id, SOON) is None


def test_an_admins_offer_is_held_for_the_member_who_takes_it_with_one_click(desk, owed):
    asked = booked(desk, ALICE, count=4)
    outcome = desk.suggest(ADA, asked.id, part(2), SOON, version=asked.version)
    assert isinstance(outcome, Changed)
    assert outcome.act is Act.OFFER
    offered = outcome.after
    assert (offered.state, offered.count, offered.approved_by) == (State.OFFERED, 2, ADA.id)
    (told,) = [notice for notice in owed() if notice.kind is NoticeKind.OFFER]
    assert (told.to, told.facts["act"], told.facts["by"], told.facts["asked"]) == (ALICE.id, "suggested", ADA.id, "4")
    assert booked(desk, BOB, count=2).state is State.BOOKED
    taken = changed(desk.accept(ALICE, asked.id, SOON + HOUR / 2, version=offered.version))
    assert (taken.state, taken.count) == (State.BOOKED, 2)
    assert open_waits(desk) == ()


def test_what_an_admin_has_offered_needs_no_other_admin_even_where_others_wait_by_then(desk):
    asked = booked(desk, ALICE, count=4)
    offered = changed(desk.suggest(ADA, asked.id, part(3), SOON))
    desk.wait(request(4, 9, 12, member=CAROL.id), CAROL, SOON)
    assert changed(desk.accept(ALICE, offered.id, SOON)).state is State.BOOKED


def test_who_passes_an_admins_offer_does_not_go_on_waiting(desk):
    asked = booked(desk, ALICE, count=4)
    desk.suggest(ADA, asked.id, part(2), SOON)
    outcome = desk.let_go(ALICE, asked.id, SOON)
    assert isinstance(outcome, Passed)
    assert outcome.waiting is None
    assert open_waits(desk) == ()
    assert stands(desk, asked.id).state is State.CANCELLED


def test_an_offer_that_nobody_takes_lapses_at_its_start_and_is_free(desk, owed):
    asked = booked(desk, ALICE, count=4, start=12, end=17)
    desk.suggest(ADA, asked.id, part(2, 12), SOON)
    assert desk.serve_waitlist(monday(11.9)) == 0
    assert desk.serve_waitlist(monday(12)) == 1
    assert stands(desk, asked.id).state is State.EXPIRED
    assert [one.facts["act"] for one in owed() if one.kind is NoticeKind.OFFER] == ["suggested", "lapsed"]


@pytest.mark.parametrize("wanted", [part(2, 30, 34), request(2, 9, 17, pool="3090")], ids=["later", "elsewhere"])
def test_an_offer_may_be_another_time_or_another_pool(desk, wanted):
    asked = booked(desk, ALICE, count=4)
    offered = changed(desk.suggest(ADA, asked.id, wanted, SOON))
    assert (offered.pool, offered.window) == (wanted.pool, wanted.when.window)
    assert len(offered.gpus) == 2


def test_nothing_is_offered_that_somebody_has_got_meanwhile(desk):
    asked = booked(desk, ALICE, count=4)
    booked(desk, BOB, count=2, pool="3090")
    with pytest.raises(WrongState, match="cannot be had in place of"):
        desk.suggest(ADA, asked.id, request(3, pool="3090"), SOON)
    assert stands(desk, asked.id) == asked


def test_only_another_admin_offers_and_the_first_decision_counts(desk):
    asked, own = booked(desk, ALICE, count=4), booked(desk, ADA, count=4, pool="3090")
    with pytest.raises(NotYours, match="Only admins"):
        desk.suggest(BOB, asked.id, part(2), SOON)
    with pytest.raises(NotYours, match="another admin"):
        desk.suggest(ADA, own.id, request(2, pool="3090"), SOON)
    desk.suggest(ADA, asked.id, part(2), SOON)
    with pytest.raises(WrongState) as late:
        desk.approve(EVE, asked.id, SOON + HOUR, version=asked.version)
    assert (late.value.who, late.value.when) == (ADA.id, SOON)


@pytest.mark.parametrize(("start", "lapses"), [(12, 12), (40, 32)], ids=["at its start", "at the timeout"])
def test_when_nobody_decides_the_member_is_offered_what_needs_nobodys_word(desk, owed, start, lapses):
    asked = booked(desk, ALICE, count=4, start=start, end=start + 8)
    assert desk.turnover(monday(lapses)) == 1
    offered = stands(desk, asked.id)
    assert (offered.state, offered.count, offered.approved_by) == (State.OFFERED, 3, None)
    (told,) = [notice for notice in owed() if notice.kind is NoticeKind.OFFER]
    assert (told.facts["act"], told.facts["by"]) == ("part", "")
    taken = changed(desk.accept(ALICE, asked.id, monday(lapses + 0.25)))
    assert taken.count == 3
    assert taken.state is (State.ACTIVE if start == lapses else State.BOOKED)


def test_the_part_that_is_offered_late_begins_when_it_is_taken(desk):
    asked = booked(desk, ALICE, count=4, start=12, end=17)
    desk.turnover(monday(12.5))
    assert stands(desk, asked.id).window == window(12.5, 17)


def test_a_movable_request_waits_on_while_its_deadline_leaves_time_to_decide(desk, owed):
    asked = booked(desk, ALICE, before(6, 80, count=4))
    assert (asked.state, asked.window) == (State.PENDING, window(8, 14))
    assert desk.weighed(asked.id, NOW).later == monday(32)
    assert desk.turnover(monday(9)) == 1
    waits = stands(desk, asked.id)
    assert (waits.state, waits.window, waits.promise) == (State.PENDING, window(32, 38), asked.promise)
    (told,) = [notice for notice in owed() if notice.facts["act"] == "postponed" and notice.to == ALICE.id]
    assert told.facts["was"] == f"{monday(8).isoformat()}/{monday(14).isoformat()}"
    nags = [(one.to, one.due_at) for one in owed() if one.facts["act"] == "nag"]
    assert nags == [("C0ADMIN", NOW + 4 * HOUR)]
    assert desk.turnover(monday(31)) == 0
    assert changed(desk.approve(ADA, asked.id, monday(31))).window == window(32, 38)


def test_it_is_postponed_once_and_what_nobody_decides_then_either_is_offered_in_part(desk):
    asked = booked(desk, ALICE, before(6, 80, count=4))
    desk.turnover(monday(9))
    assert desk.weighed(asked.id, monday(10)).later is None
    assert desk.turnover(monday(32)) == 1
    offered = stands(desk, asked.id)
    assert (offered.state, offered.count, offered.window) == (State.OFFERED, 3, window(32, 38))


def test_two_that_are_postponed_at_once_do_not_get_the_same_gpus(desk):
    ones = [booked(desk, who, before(6, 80, count=4, member=who.id)) for who in (ALICE, BOB)]
    assert [one.window for one in ones] == [window(8, 14), window(14, 20)]
    assert desk.turnover(monday(14.5)) == 2
    assert [stands(desk, one.id).window for one in ones] == [window(32, 38), window(38, 44)]


def test_what_cannot_wait_on_is_offered_in_part_at_once(desk):
    asked = booked(desk, ALICE, before(6, 14, count=4))
    assert desk.turnover(monday(9)) == 1
    assert stands(desk, asked.id).state is State.OFFERED


def test_what_waits_for_four_hours_is_told_once_more_and_what_lapses_sooner_is_not(desk, owed):
    late, soon = booked(desk, ALICE, count=4, start=20, end=28), booked(desk, BOB, count=4, start=9, pool="3090")
    nags = [(one.reservation, one.due_at) for one in owed() if one.facts["act"] == "nag"]
    assert nags == [(late.id, NOW + 4 * HOUR)]
    assert soon.state is State.PENDING


def test_a_card_is_stale_while_it_does_not_show_the_present_version_and_is_not_tried_at_once_after_a_failure(desk):
    asked = booked(desk, ALICE, count=4)
    card = Card("C0ADMIN", "1.1", "C0ADMIN", asked.id, asked.version, {"act": "asked"})
    desk.card_posted(card, NOW, waits=True)
    assert desk.stale_cards(NOW) == []
    desk.approve(ADA, asked.id, SOON)
    assert desk.stale_cards(SOON) == [card]
    desk.card_waits(card, SOON + HOUR, SOON)
    assert desk.stale_cards(SOON) == []
    assert desk.stale_cards(SOON + HOUR) == [card]
    desk.card_drawn(card, 2, SOON, waits=False)
    desk.extend(ALICE, asked.id, HOUR, SOON)
    assert desk.stale_cards(SOON + HOUR) == []
    assert [one.drawn_version for one in desk.cards_of(asked.id, SOON)] == [2]


def test_a_request_that_is_taken_back_and_brought_back_asks_on_its_old_card(desk, owed):
    asked = booked(desk, ALICE, count=4)
    desk.card_posted(Card("C0ADMIN", "1.1", "C0ADMIN", asked.id, asked.version), NOW, waits=True)
    gone = changed(desk.release(ALICE, asked.id, SOON))
    (card,) = desk.stale_cards(SOON)
    desk.card_drawn(card, gone.version, SOON, waits=False)
    changed(desk.undo(ALICE, asked.id, SOON))
    assert [one.ts for one in desk.stale_cards(SOON)] == ["1.1"]
    assert sum(one.facts["act"] == "asked" for one in owed()) == 1


def test_the_calendar_is_as_it_was_after_weighing(desk):
    booked(desk, BOB, count=1)
    asked = booked(desk, ALICE, count=3)
    desk.wait(request(2, 9, 12, member=CAROL.id), CAROL, NOW)
    before = desk.board(NOW)
    desk.weighed(asked.id, NOW)
    assert desk.board(NOW) == before
    wanted = replace(part(3), when=Fixed(Window(asked.window.start, asked.window.end)))
    assert changed(desk.suggest(ADA, asked.id, wanted, SOON)).gpus == asked.gpus
