"""A run in pieces is one thing to its holder and to the admins: decided once, undone whole, given back whole."""

from datetime import UTC, timedelta

import pytest

from bot.booking.decision import Held, Refused
from bot.booking.lab import Policy, PoolRule
from bot.booking.lifecycle import State
from bot.booking.model import Before, Promise, Request, Reservation
from bot.booking.notices import NoticeKind
from bot.desk import Booked, Changed, Desk, Undone
from bot.errors import WrongState
from desks import EVE, NOW, booked, changed, stands
from handlers.views.notices import message
from make import ADA, ALICE, BOB, lab, monday, request, window
from storage.ledger import Ledger
from storage.offers import offers_from_json

HOUR = timedelta(hours=1)
WINDOWS = [window(8, 12), window(14, 20), window(24, 26)]


@pytest.fixture
def desk(ledger: Ledger) -> Desk:
    desk = Desk(ledger, lab(policy=Policy(max_share=1), admins=(ADA.id, EVE.id)))
    for start, end in ((12, 14), (20, 24)):
        booked(desk, ADA, request(4, start, end, member=ADA.id))
    return desk


def split(member: str = BOB.id) -> Request:
    run = Before(12 * HOUR, Promise(monday(26), monday(26)), NOW, 2 * HOUR)
    return Request(member, 4, run, pool="a100", asked_by=member)


def run_of(desk: Desk) -> list[Reservation]:
    outcome = desk.reserve(split(), BOB, NOW)
    assert isinstance(outcome, Booked)
    assert outcome.reservation is not None, outcome.decision
    pieces = [outcome.reservation, *outcome.pieces]
    assert [piece.window for piece in pieces] == WINDOWS
    return pieces


def states(desk: Desk, pieces: list[Reservation]) -> list[State]:
    return [stands(desk, piece.id).state for piece in pieces]


def test_undo_of_the_booking_takes_back_all_pieces_from_whichever_is_clicked(desk):
    for place in (0, 1):
        pieces = run_of(desk)
        outcome = desk.undo(BOB, pieces[place].id, NOW)
        assert isinstance(outcome, Undone)
        assert len(outcome.pieces) == 2
        first = State.RELEASED if pieces[0].state is State.ACTIVE else State.CANCELLED
        assert states(desk, pieces) == [first, State.CANCELLED, State.CANCELLED]


def test_a_piece_that_was_changed_since_stays(desk):
    pieces = run_of(desk)
    changed(desk.release(BOB, pieces[2].id, NOW, keep=1))
    outcome = desk.undo(BOB, pieces[0].id, NOW)
    assert isinstance(outcome, Undone)
    assert [piece.id for piece in outcome.pieces] == [pieces[1].id]
    assert stands(desk, pieces[2].id).count == 1


def test_who_releases_one_piece_is_shown_the_rest_and_releases_it_with_one_more_click(desk):
    pieces = run_of(desk)
    outcome = desk.release(BOB, pieces[0].id, monday(9))
    assert isinstance(outcome, Changed)
    assert [piece.id for piece in outcome.rest] == [piece.id for piece in pieces[1:]]
    assert states(desk, pieces) == [State.RELEASED, State.BOOKED, State.BOOKED]
    rest = desk.release(BOB, pieces[0].id, monday(9), whole=True)
    assert isinstance(rest, Changed)
    assert states(desk, pieces) == [State.RELEASED, State.CANCELLED, State.CANCELLED]
    assert (rest.after.id, [piece.id for piece in rest.pieces]) == (pieces[1].id, [pieces[2].id])
    with pytest.raises(WrongState, match="released already"):
        desk.release(BOB, pieces[0].id, monday(9), whole=True)


def test_what_was_released_whole_is_undone_whole_or_not_at_all(desk):
    pieces = run_of(desk)
    changed(desk.release(BOB, pieces[0].id, monday(9), whole=True))
    taken = booked(desk, ALICE, request(4, 15, 16), now=monday(9))
    with pytest.raises(WrongState, match="somebody else"):
        desk.undo(BOB, pieces[0].id, monday(9))
    assert states(desk, pieces) == [State.RELEASED, State.CANCELLED, State.CANCELLED]
    changed(desk.release(ALICE, taken.id, monday(9)))
    changed(desk.undo(BOB, pieces[0].id, monday(9)))
    assert [stands(desk, piece.id).window for piece in pieces] == WINDOWS
    assert states(desk, pieces) == [State.ACTIVE, State.BOOKED, State.BOOKED]


def test_a_reservation_without_pieces_is_released_whole_all_the_same(desk):
    one = booked(desk, ALICE, request(1, 30, 32))
    outcome = desk.release(ALICE, one.id, NOW, whole=True)
    assert isinstance(outcome, Changed)
    assert (outcome.pieces, outcome.rest, outcome.after.state) == ((), (), State.CANCELLED)


@pytest.fixture
def asking(desk: Desk) -> Desk:
    """A desk whose A100s ask an admin."""
    rules = {"a100": PoolRule(approval=True)}
    return Desk(desk.ledger, lab(policy=Policy(max_share=1), admins=(ADA.id, EVE.id), rules=rules))


def test_the_admins_are_asked_once_for_a_run_in_pieces_and_see_them_all(asking, owed):
    pieces = run_of(asking)
    assert states(asking, pieces) == [State.PENDING] * 3
    (told,) = [one for one in owed() if one.kind is NoticeKind.APPROVAL and one.reservation >= pieces[0].id]
    shown = str(message(told, pieces[0], late=False, zone=UTC))
    assert "as one run in 3 pieces also" in shown


@pytest.mark.parametrize("place", [0, 2])
def test_one_decision_is_for_all_pieces_and_its_holder_hears_of_it_once(asking, owed, place):
    pieces = run_of(asking)
    outcome = asking.approve(EVE, pieces[place].id, NOW)
    assert isinstance(outcome, Changed)
    assert {piece.id for piece in (outcome.after, *outcome.pieces)} == {piece.id for piece in pieces}
    assert states(asking, pieces) == [State.ACTIVE, State.BOOKED, State.BOOKED]
    assert {stands(asking, piece.id).approved_by for piece in pieces} == {EVE.id}
    (told,) = [one for one in owed() if one.kind is NoticeKind.DECISION]
    assert "So are the other 2 pieces of the run." in str(message(told, outcome.after, late=False, zone=UTC))
    with pytest.raises(WrongState):
        asking.deny(ADA, pieces[1].id, "no", NOW)


def test_a_denial_and_a_lapse_are_for_all_pieces_too(asking, owed):
    denied = run_of(asking)
    asking.deny(EVE, denied[1].id, "ICLR comes first", NOW)
    assert states(asking, denied) == [State.DENIED] * 3
    lapsed = run_of(asking)
    assert asking.turnover(monday(9)) == 3
    assert states(asking, lapsed) == [State.EXPIRED] * 3
    told = [one for one in owed() if one.kind is NoticeKind.DECISION]
    assert [one.facts["act"] for one in told] == ["denied", "expired"]
    offered = [offers_from_json(one.facts["offers"])[0] for one in told]
    whole = sum((window.end - window.start for window in WINDOWS), timedelta())
    found = [(one.request.pool, one.request.count, one.window.end - one.window.start) for one in offered]
    assert found == [("3090", 4, 3 * whole)] * 2  # a third as fast as what asks


def test_one_whose_other_piece_was_withdrawn_is_decided_for_what_is_left(asking):
    pieces = run_of(asking)
    changed(asking.release(BOB, pieces[2].id, NOW))
    asking.approve(EVE, pieces[0].id, NOW)
    assert states(asking, pieces) == [State.ACTIVE, State.BOOKED, State.CANCELLED]


def test_a_held_run_is_one_pending_request(asking):
    run_of(asking)
    assert isinstance(asking.reserve(request(1, 30, 32, member=BOB.id), BOB, NOW).decision, Held)
    third = asking.reserve(request(1, 40, 42, member=BOB.id), BOB, NOW)
    assert isinstance(third.decision, Refused)
