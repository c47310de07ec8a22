"""A booking that moves another: written with it or not at all, and its holder told; and runs in pieces."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event

from bot.booking.lab import Policy
from bot.booking.lifecycle import State
from bot.booking.model import Before, Promise, Request
from bot.booking.notices import NoticeKind
from bot.desk import Booked, Desk
from bot.errors import WrongState
from bot.export import of_reservations
from desks import NOW, before, booked, changed, stands
from make import ALICE, BOB, lab, monday, node, request, window
from storage.ledger import Ledger

SMALL = lab(node("atlas", "a100", 1), policy=Policy(max_share=1))
HOUR = timedelta(hours=1)


@pytest.fixture
def desk(ledger: Ledger) -> Desk:
    return Desk(ledger, SMALL)


def movable(desk: Desk, by: float = 60):
    """Bob's run of four hours, which stands at 24."""
    run = Before(4 * HOUR, Promise(monday(by), monday(by)), monday(24))
    return booked(desk, BOB, Request(BOB.id, 1, run, pool="a100", asked_by=BOB.id))


def iclr(hours: float = 4, due: float = 28) -> Request:
    run = Before(hours * HOUR, Promise(monday(due + 5), monday(due), "iclr"), monday(24))
    return Request(ALICE.id, 1, run, pool="a100", asked_by=ALICE.id)


def test_the_other_moves_in_the_same_transaction_with_its_audit_and_all_are_told(desk, owed):
    old = movable(desk)
    new = booked(desk, ALICE, iclr())
    moved = stands(desk, old.id)
    assert new.window == window(24, 28)
    assert moved == replace(old, window=window(28, 32), version=old.version + 1, moved=1)
    with desk.ledger.reading() as book:
        last = book.history(old.id)[-1]
    assert (last.who, last.act, last.before, last.after) == (ALICE.id, "made way", old, moved)
    lines = [one for one in owed() if one.kind is NoticeKind.CHANGE and one.facts["act"] == "made way"]
    was = f"{old.window.start.isoformat()}/{old.window.end.isoformat()}"
    assert [(one.reservation, one.facts["by"], one.facts["was"]) for one in lines] == [(old.id, ALICE.id, was)]
    (told,) = [one for one in owed() if one.kind is NoticeKind.MOVED]
    assert (told.to, told.reservation, told.due_at) == (BOB.id, old.id, NOW)
    assert told.facts == {
        "act": "made way",
        "by": ALICE.id,
        "was": was,
        "for": "iclr",
        "due": monday(33).isoformat(),
        "again": "",
        "others": json.dumps([monday(32).isoformat()]),
    }


def test_a_fixed_window_and_an_extension_tell_that_they_fit_in(desk, owed):
    old = movable(desk)
    mine = booked(desk, ALICE, request(1, 20, 24))
    after = changed(desk.extend(ALICE, mine.id, 2 * HOUR, NOW))
    assert after.window == window(20, 26)
    assert stands(desk, old.id).window == window(26, 30)
    (told,) = [one for one in owed() if one.kind is NoticeKind.MOVED]
    assert (told.facts["for"], told.facts["due"], told.facts["by"]) == ("", "", ALICE.id)
    assert json.loads(told.facts["others"]) == [monday(30).isoformat()]
    # The calendar knows of it: what the extended one has is nobody else's.
    booked(desk, ALICE, request(1, 16, 20))
    fresh = Desk(Ledger(desk.ledger.engine), SMALL)
    booked(fresh, ALICE, request(1, 30, 31))


def test_whichever_statement_fails_nothing_of_it_is_written(desk, owed):
    old = movable(desk)
    left, known = [0], len(owed())

    def fail(*_: object) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise RuntimeError("disk I/O error")

    event.listen(desk.ledger.engine, "before_cursor_execute", fail)
    failed = 0
    for number in range(1, 80):
        left[0] = number
        try:
            outcome = desk.reserve(iclr(), ALICE, NOW)
        except RuntimeError:
            failed += 1
            left[0] = 0
            with desk.ledger.reading() as book:
                assert list(book.everything()) == [old]
                assert len(book.history(old.id)) == 1
            assert len(owed()) == known
            continue
        break
    left[0] = 0
    assert failed > 8
    assert isinstance(outcome, Booked)
    assert outcome.reservation is not None
    assert stands(desk, old.id).window == window(28, 32)


def test_by_another_bot_the_old_button_says_that_it_has_changed(desk):
    old = movable(desk)
    other = Desk(Ledger(desk.ledger.engine), SMALL)
    booked(other, ALICE, iclr())
    with pytest.raises(WrongState, match="has changed since"):
        desk.release(BOB, old.id, NOW, version=old.version)
    assert stands(desk, old.id).state is State.BOOKED


def test_the_newcomer_can_be_undone_and_the_moved_one_stays_where_it_is(desk):
    old = movable(desk)
    new = booked(desk, ALICE, iclr())
    assert changed(desk.undo(ALICE, new.id, NOW)).state is State.CANCELLED
    assert stands(desk, old.id).window == window(28, 32)
    with pytest.raises(WrongState):
        desk.undo(BOB, old.id, NOW)


def test_a_moved_one_starts_once_at_its_new_start(desk, owed):
    old = movable(desk)
    booked(desk, ALICE, iclr())
    for hour in (24, 25, 28, 29):
        desk.turnover(monday(hour))
    started = [one for one in owed() if one.kind is NoticeKind.START and one.reservation == old.id]
    assert [one.about for one in started] == [monday(28)]


def test_one_that_may_move_twice_is_told_twice(ledger, owed):
    desk = Desk(ledger, lab(node("atlas", "a100", 1), policy=Policy(max_share=1, moves=2)))
    old = movable(desk, by=80)
    booked(desk, ALICE, iclr())
    booked(desk, ALICE, request(1, 28, 32), now=NOW + timedelta(minutes=1))
    assert (stands(desk, old.id).window, stands(desk, old.id).moved) == (window(32, 36), 2)
    assert [one.facts["again"] for one in owed() if one.kind is NoticeKind.MOVED] == ["1", ""]


# Pieces


def pieces(desk: Desk):
    booked(desk, BOB, request(1, 12, 16, member=BOB.id))
    wanted = before(8, 20)
    assert isinstance(wanted.when, Before)
    outcome = desk.reserve(replace(wanted, when=replace(wanted.when, pieces=4 * HOUR)), ALICE, NOW)
    assert isinstance(outcome, Booked)
    assert outcome.reservation is not None
    return outcome.reservation, *outcome.pieces


def test_pieces_share_a_group_and_are_exported_with_it(desk):
    first, second = pieces(desk)
    assert (first.window, second.window) == (window(8, 12), window(16, 20))
    assert (first.state, second.state) == (State.ACTIVE, State.BOOKED)
    assert first.group == second.group == first.id
    assert [stands(desk, one.id) for one in (first, second)] == [first, second]
    rows = json.loads("".join(of_reservations("json", [first, second])))["reservations"]
    assert [(row["group"], row["moved"]) for row in rows] == [(rows[0]["group"], 0)] * 2
    assert rows[0]["group"] is not None


def test_releasing_one_piece_leaves_the_other(desk):
    first, second = pieces(desk)
    changed(desk.release(ALICE, second.id, NOW, version=second.version))
    assert stands(desk, first.id) == first


def test_the_first_piece_is_undone_with_the_others(desk):
    first, second = pieces(desk)
    changed(desk.undo(ALICE, first.id, NOW, version=first.version))
    assert stands(desk, second.id).state is State.CANCELLED
