"""Deadlines at the desk: who tracks what, and what a new date does to those who were promised by the old one."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.booking.lab import Crunch, Deadline, Policy
from bot.booking.lifecycle import State
from bot.booking.members import Member
from bot.booking.model import Before, Promise, Request, Reservation
from bot.booking.notices import Notice, NoticeKind
from bot.desk import Desk, Dropped, Kept, Once, Replanned, Tracked
from bot.errors import InputError, NotYours
from desks import NOW, booked, stands
from make import ADA, ALICE, BOB, CAROL, lab, monday, request, window
from storage.ledger import Ledger

POLICY = Policy(margin=timedelta(hours=2), max_share=1, move_notice=timedelta(hours=3))
FRIDAY = monday(day=4)


@pytest.fixture
def desk(ledger: Ledger) -> Desk:
    return Desk(ledger, lab(policy=POLICY))


def tracked(desk: Desk, who: Member, name: str, at: datetime, now: datetime = NOW) -> Tracked:
    outcome = desk.add_deadline(who, name, at, "UTC", now)
    assert isinstance(outcome, Tracked)
    return outcome


def dropped(desk: Desk, who: Member, name: str, now: datetime = NOW) -> Dropped:
    outcome = desk.drop_deadline(who, name, now)
    assert isinstance(outcome, Dropped)
    return outcome


def promised(
    desk: Desk, who: Member, hours: float, name: str, at: datetime, *, count: int = 4, from_: float = 8
) -> Reservation:
    promise = Promise(at, at - POLICY.margin, name)
    run = Before(timedelta(hours=hours), promise, monday(from_))
    return booked(desk, who, Request(who.id, count, run, pool="a100", asked_by=who.id))


def names(desk: Desk, who: Member) -> list[str]:
    return [one.label for one in desk.deadlines(who.id, NOW)]


def told(owed: Callable[[], list[Notice]]) -> list[tuple[str, int, str]]:
    return [(one.to, one.reservation, one.facts["act"]) for one in owed() if one.kind is NoticeKind.DEADLINE]


def test_members_track_their_own_and_admins_the_lab_s(desk: Desk) -> None:
    tracked(desk, ALICE, "thesis", FRIDAY)
    tracked(desk, ADA, "neurips", monday(day=10))
    assert names(desk, ALICE) == ["thesis", "neurips"]
    assert names(desk, BOB) == ["neurips"]
    assert [(one.source, one.member) for one in desk.deadlines(ALICE.id, NOW)] == [
        ("member", ALICE.id),
        ("admin", ""),
    ]


def test_those_of_the_lab_file_are_tracked_with_their_crunch(ledger: Ledger) -> None:
    crunch = Crunch(days=7, keep=0.5)
    desk = Desk(ledger, lab(deadlines=(Deadline("icml", FRIDAY, crunch=crunch),)))
    assert desk.take_file(NOW) == ()
    assert desk.deadlines(BOB.id, NOW) == (Deadline("icml", FRIDAY, crunch=crunch),)


def test_nobody_drops_what_is_not_theirs(desk: Desk, ledger: Ledger) -> None:
    tracked(desk, ADA, "neurips", FRIDAY)
    tracked(desk, ALICE, "thesis", FRIDAY)
    desk.take_feed([Deadline("iclr", FRIDAY, kind="paper", source="feed")], NOW)
    with pytest.raises(NotYours, match="only an admin"):
        desk.drop_deadline(ALICE, "neurips", NOW)
    with pytest.raises(NotYours, match="comes from the feed"):
        desk.drop_deadline(ADA, "iclr", NOW)
    with pytest.raises(NotYours, match="comes from the lab file"):
        Desk(ledger, lab(deadlines=(Deadline("icml", FRIDAY),))).drop_deadline(ADA, "icml", NOW)
    for who in (BOB, ADA):
        with pytest.raises(InputError, match="no deadline"):
            desk.drop_deadline(who, "thesis", NOW)
    assert len(names(desk, ALICE)) == 3
    dropped(desk, ALICE, "Thesis")
    assert names(desk, ALICE) == ["neurips", "iclr"]


def test_a_name_that_another_list_has_is_not_taken(desk: Desk) -> None:
    tracked(desk, ADA, "neurips", FRIDAY)
    with pytest.raises(NotYours, match="The lab has a deadline of that name"):
        desk.add_deadline(ALICE, "NeurIPS", FRIDAY, "UTC", NOW)


def test_what_is_past_or_too_many_is_not_tracked(desk: Desk) -> None:
    with pytest.raises(InputError, match="past"):
        desk.add_deadline(ALICE, "thesis", NOW, "UTC", NOW)
    for number in range(50):
        tracked(desk, ALICE, f"paper {number}", FRIDAY)
    with pytest.raises(InputError, match="50 deadlines"):
        desk.add_deadline(ALICE, "one more", FRIDAY, "UTC", NOW)


def test_a_delivery_that_comes_twice_adds_once(desk: Desk) -> None:
    once = Once("key", "digest", lambda _: "the answer")
    assert isinstance(desk.add_deadline(ALICE, "thesis", FRIDAY, "UTC", NOW, once=once), Tracked)
    assert desk.drop_deadline(ALICE, "thesis", NOW) != ()
    assert desk.add_deadline(ALICE, "thesis", FRIDAY, "UTC", NOW, once=once) == Kept("the answer")
    assert names(desk, ALICE) == []


def test_a_later_date_renews_the_promise_and_keeps_the_window(desk: Desk, owed: Callable[[], list[Notice]]) -> None:
    tracked(desk, ADA, "neurips", FRIDAY)
    mine = promised(desk, BOB, 5, "neurips", FRIDAY)
    outcome = tracked(desk, ADA, "neurips", monday(day=5), monday(9))
    (done,) = outcome.replanned
    assert (done.act, done.after.window) == ("repromised", mine.window)
    assert stands(desk, mine.id).promise == Promise(monday(day=5), monday(22, day=4), "neurips")
    assert told(owed) == [(BOB.id, mine.id, "repromised")]
    assert desk.show(mine.id, NOW)[1][-1].act == "repromised"


def waiting_behind(desk: Desk, name: str = "neurips", hours: float = 6) -> tuple[Reservation, Reservation]:
    """Alice's whole pool from 10 to 30, and bob's movable run right behind it."""
    tracked(desk, ADA, name, FRIDAY)
    first = booked(desk, ALICE, request(4, 10, 30))
    behind = promised(desk, BOB, hours, name, FRIDAY)
    assert behind.window == window(30, 30 + hours)
    return first, behind


def test_a_nearer_date_moves_it_to_an_earlier_place_and_says_from_where_to_where(
    desk: Desk, owed: Callable[[], list[Notice]]
) -> None:
    first, behind = waiting_behind(desk)
    desk.release(ALICE, first.id, NOW)
    outcome = tracked(desk, ADA, "neurips", monday(26), monday(9))
    (done,) = outcome.replanned
    now = stands(desk, behind.id)
    assert done == Replanned("replanned", behind, now)
    assert now.window == window(12, 18)  # the first that leaves the notice of a move
    assert (now.moved, now.movable, now.promise) == (1, True, Promise(monday(26), monday(24), "neurips"))
    (notice,) = [one for one in owed() if one.kind is NoticeKind.DEADLINE]
    assert notice.to == BOB.id
    assert notice.facts["was"] == f"{monday(30).isoformat()}/{monday(36).isoformat()}"
    assert (notice.facts["from"], notice.facts["to"]) == (FRIDAY.isoformat(), monday(26).isoformat())
    assert any(one.kind is NoticeKind.CHANGE and one.facts["act"] == "replanned" for one in owed())


def test_rather_at_once_than_too_late(desk: Desk) -> None:
    first, behind = waiting_behind(desk)
    desk.release(ALICE, first.id, NOW)
    tracked(desk, ADA, "neurips", monday(17.5), monday(9))
    assert stands(desk, behind.id).window == window(9, 15)


def test_without_a_place_in_time_it_keeps_its_window_and_its_holder_is_told_at_once(
    desk: Desk, owed: Callable[[], list[Notice]]
) -> None:
    _, behind = waiting_behind(desk)
    tracked(desk, ADA, "neurips", monday(26), monday(9))
    now = stands(desk, behind.id)
    assert (now.window, now.state) == (behind.window, State.BOOKED)
    assert (now.promise, now.movable, now.not_before) == (None, False, None)
    assert told(owed) == [(BOB.id, behind.id, "unpromised")]
    assert [one.due_at for one in owed() if one.kind is NoticeKind.DEADLINE] == [monday(9)]


def test_of_two_that_want_the_same_place_one_gets_it_and_nobody_is_double_booked(
    desk: Desk, ledger: Ledger, owed: Callable[[], list[Notice]]
) -> None:
    first, behind = waiting_behind(desk)
    last = promised(desk, CAROL, 6, "neurips", FRIDAY)
    assert last.window == window(36, 42)
    desk.release(ALICE, first.id, NOW)
    booked(desk, ALICE, request(4, 18, 30))
    tracked(desk, ADA, "neurips", monday(26), monday(9))
    assert stands(desk, behind.id).window == window(12, 18)
    assert (stands(desk, last.id).window, stands(desk, last.id).promise) == (last.window, None)
    assert told(owed) == [(BOB.id, behind.id, "replanned"), (CAROL.id, last.id, "unpromised")]
    fresh = Desk(ledger, desk.lab)
    assert fresh.board(monday(9)) == desk.board(monday(9))


def test_both_move_where_there_is_room_for_both(desk: Desk, ledger: Ledger) -> None:
    first, behind = waiting_behind(desk)
    last = promised(desk, CAROL, 6, "neurips", FRIDAY)
    desk.release(ALICE, first.id, NOW)
    tracked(desk, ADA, "neurips", monday(26), monday(9))
    assert [stands(desk, one.id).window for one in (behind, last)] == [window(12, 18), window(18, 24)]
    assert Desk(ledger, desk.lab).board(monday(9)) == desk.board(monday(9))


def test_what_goes_wrong_midway_leaves_no_trace(
    desk: Desk, ledger: Ledger, monkeypatch: pytest.MonkeyPatch, owed: Callable[[], list[Notice]]
) -> None:
    first, behind = waiting_behind(desk)
    desk.release(ALICE, first.id, NOW)
    before = desk.board(monday(9))

    def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(Desk, "_tell_of_deadline", broken)
    with pytest.raises(RuntimeError):
        desk.add_deadline(ADA, "neurips", monday(26), "UTC", monday(9))
    assert desk.board(monday(9)) == before == Desk(ledger, desk.lab).board(monday(9))
    assert stands(desk, behind.id) == behind
    assert [one.at for one in desk.deadlines(BOB.id, NOW)] == [FRIDAY]
    assert told(owed) == []


def test_a_dropped_deadline_takes_its_name_from_the_promise_and_nothing_else(
    desk: Desk, owed: Callable[[], list[Notice]]
) -> None:
    _, behind = waiting_behind(desk)
    dropped(desk, ADA, "neurips")
    now = stands(desk, behind.id)
    assert now == replace(behind, version=behind.version + 1, promise=replace(behind.promise, name=None))
    assert told(owed) == [(BOB.id, behind.id, "undated")]


def test_what_runs_is_never_moved_but_its_holder_hears_that_it_will_be_late(
    desk: Desk, owed: Callable[[], list[Notice]]
) -> None:
    tracked(desk, ADA, "neurips", FRIDAY)
    runs = promised(desk, BOB, 20, "neurips", FRIDAY)
    assert runs.state is State.ACTIVE
    tracked(desk, ADA, "neurips", monday(24), monday(9))
    assert (stands(desk, runs.id).window, stands(desk, runs.id).state) == (runs.window, State.ACTIVE)
    assert told(owed) == [(BOB.id, runs.id, "unpromised")]


def test_only_those_promised_by_that_very_date_are_touched(desk: Desk, owed: Callable[[], list[Notice]]) -> None:
    for name, at in (("neurips", FRIDAY), ("iclr", monday(day=5))):
        tracked(desk, ADA, name, at)
    other = promised(desk, ALICE, 2, "iclr", monday(day=5), count=1)
    older = promised(desk, ALICE, 2, "neurips", monday(day=6), count=1)
    fixed = booked(desk, BOB, request(1, 30, 40, member=BOB.id))
    assert tracked(desk, ADA, "neurips", monday(20), monday(9)).replanned == ()
    assert [stands(desk, one.id) for one in (other, older, fixed)] == [other, older, fixed]
    assert told(owed) == []


def test_one_s_own_deadline_moves_one_s_own_reservations_only(desk: Desk) -> None:
    tracked(desk, ALICE, "thesis", FRIDAY)
    tracked(desk, BOB, "thesis", FRIDAY)
    mine, bobs = (promised(desk, who, 2, "thesis", FRIDAY, count=1) for who in (ALICE, BOB))
    outcome = tracked(desk, ALICE, "thesis", monday(day=5), monday(9))
    assert [one.after.id for one in outcome.replanned] == [mine.id]
    assert stands(desk, bobs.id) == bobs


def test_a_date_of_the_lab_file_that_changed_while_the_bot_was_down_is_noticed(
    ledger: Ledger, owed: Callable[[], list[Notice]]
) -> None:
    def of(*deadlines: Deadline) -> Desk:
        return Desk(ledger, lab(policy=POLICY, deadlines=deadlines))

    before = of(Deadline("neurips", FRIDAY))
    assert before.take_file(NOW) == ()
    mine = promised(before, BOB, 5, "neurips", FRIDAY)
    assert of(Deadline("neurips", FRIDAY)).take_file(NOW) == ()
    (done,) = of(Deadline("neurips", monday(day=5))).take_file(NOW)
    assert done.act == "repromised"
    (done,) = of().take_file(monday(9))
    assert done.act == "undated"
    assert of().take_file(monday(9)) == ()
    assert told(owed) == [(BOB.id, mine.id, "repromised"), (BOB.id, mine.id, "undated")]


def test_the_feed_moves_promises_and_next_year_s_date_is_no_move(desk: Desk, owed: Callable[[], list[Notice]]) -> None:
    def of(at: datetime) -> list[Deadline]:
        return [Deadline("iclr", at, "AoE", kind="paper", source="feed")]

    desk.take_feed(of(FRIDAY), NOW)
    mine = promised(desk, BOB, 5, "iclr", FRIDAY)
    (done,) = desk.take_feed(of(monday(day=5)), monday(9))
    assert (done.act, done.after.id) == ("repromised", mine.id)
    assert desk.take_feed([], monday(1, day=5)) == ()  # it is past, and the feed's reader leaves it out
    assert [one.label for one in desk.deadlines(BOB.id, monday(1, day=5))] == ["iclr"]
    assert desk.take_feed(of(monday(day=370)), monday(1, day=5)) == ()
    assert len(told(owed)) == 1


def test_a_promise_that_another_source_still_gives_stands(ledger: Ledger) -> None:
    desk = Desk(ledger, lab(policy=POLICY, deadlines=(Deadline("iclr", FRIDAY),)))
    desk.take_feed([Deadline("iclr", FRIDAY, kind="paper", source="feed")], NOW)
    mine = promised(desk, BOB, 5, "iclr", FRIDAY)
    assert desk.take_feed([], NOW) == ()
    assert stands(desk, mine.id) == mine


def test_what_waits_for_an_admin_is_re_planned_too_and_asked_for_again(
    ledger: Ledger, owed: Callable[[], list[Notice]]
) -> None:
    desk = Desk(ledger, lab(policy=replace(POLICY, max_share=0.5, approval="always")))
    tracked(desk, ADA, "neurips", FRIDAY)
    first = booked(desk, ALICE, request(2, 10, 30))
    booked(desk, ALICE, request(2, 10, 30))
    waits = promised(desk, BOB, 6, "neurips", FRIDAY, count=3)
    assert (waits.state, waits.window) == (State.PENDING, window(30, 36))
    desk.release(ALICE, first.id, NOW)
    desk.release(ALICE, first.id + 1, NOW)
    tracked(desk, ADA, "neurips", monday(26), monday(9))
    now = stands(desk, waits.id)
    assert (now.state, now.window) == (State.PENDING, window(12, 18))
    assert sum(one.facts["act"] == "asked" and one.reservation == waits.id for one in owed()) == 2
