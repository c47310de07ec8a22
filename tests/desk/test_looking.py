"""The questions, and members and messages: they see what is committed, and change nothing."""

from datetime import timedelta

import pytest

from bot.booking.lifecycle import State
from bot.booking.minutes import LARGE
from bot.booking.model import minute_of
from bot.desk import Desk
from bot.errors import NotFound, WrongState
from desks import NOW, booked, named
from make import ADA, ALICE, BOB, lab, monday, window
from storage.ledger import Ledger
from storage.people import KnownMember, Posted


def test_the_board_says_who_has_what_now_who_is_next_and_what_is_free(desk):
    now = booked(desk, wanted=named("atlas:0", start=8, end=10))
    later = booked(desk, BOB, named("atlas:0", start=12, end=14, member=BOB.id))
    board = desk.board(NOW)
    gpus = {one.gpu: one for one in board.gpus}
    assert list(gpus) == [f"{node}:{index}" for node in ("atlas", "titan") for index in range(4)]
    assert (gpus["atlas:0"].holder, gpus["atlas:0"].next) == (now, later)
    assert (gpus["atlas:1"].holder, gpus["atlas:1"].next) == (None, None)
    a100, titan = board.pools
    assert a100.steps == ((NOW, 3), (monday(10), 4), (monday(12), 3), (monday(14), 4))
    assert titan.steps == ((NOW, 4),)


def test_the_board_of_another_window_says_what_is_free_then(desk):
    booked(desk, wanted=named("atlas:0", start=12, end=14))
    a100 = desk.board(NOW, window(13, 15)).pools[0]
    assert (a100.window, a100.steps) == (window(13, 15), ((monday(13), 3), (monday(14), 4)))


def test_mine_is_what_a_member_holds_by_start(desk):
    late, early = booked(desk, start=20, end=21), booked(desk, start=9, end=10)
    booked(desk, BOB)
    gone = booked(desk, start=12, end=13)
    desk.release(ALICE, gone.id, NOW)
    assert desk.mine(ALICE.id, NOW) == (early, late)
    assert desk.mine("U0NOBODY", NOW) == ()


def test_what_waits_for_an_admin_comes_in_the_order_of_asking(desk):
    second = [booked(desk, who, count=4, start=start, end=start + 1) for who, start in ((BOB, 20), (ALICE, 10))]
    assert desk.pending(NOW) == tuple(second)
    desk.approve(ADA, second[0].id, NOW)
    assert desk.pending(NOW) == (second[1],)


def test_one_reservation_is_shown_with_what_happened_to_it(desk):
    one = booked(desk)
    desk.release(ALICE, one.id, monday(8.5))
    shown, history = desk.show(one.id, monday(8.6))
    assert shown.state is State.CANCELLED
    assert [(entry.act, entry.who, entry.at) for entry in history] == [
        ("booked", ALICE.id, NOW),
        ("cancelled", ALICE.id, monday(8.5)),
    ]
    assert (history[1].before, history[1].after) == (one, shown)


def test_what_is_not_there_or_has_changed_is_not_shown_for_it(desk):
    one = booked(desk)
    with pytest.raises(NotFound, match="There is no R77"):
        desk.show(77, NOW)
    with pytest.raises(WrongState, match="has changed since"):
        desk.show(one.id, NOW, version=7)


def test_the_version_grows_by_one_with_each_change_and_by_none_with_a_question(desk):
    assert desk.version(NOW) == 0
    one = booked(desk)
    desk.board(NOW)
    desk.mine(ALICE.id, NOW)
    assert desk.version(NOW) == 1
    desk.release(ALICE, one.id, NOW)
    assert desk.version(NOW) == 2


def test_another_bot_sees_every_change_at_once(desk, ledger):
    other = Desk(Ledger(ledger.engine), lab())
    assert other.mine(ALICE.id, NOW) == ()
    one = booked(desk)
    assert other.mine(ALICE.id, NOW) == (one,)
    desk.release(ALICE, one.id, NOW)
    assert other.mine(ALICE.id, NOW) == ()
    assert booked(other, BOB, named(*one.gpus, member=BOB.id)).gpus == one.gpus


def test_admins_are_those_of_the_lab_file(desk):
    assert desk.admin(ADA.id)
    assert not desk.admin(ALICE.id)


def test_people_are_remembered_and_become_members_with_their_role(desk):
    seen = [
        KnownMember("T0", person.id, person.name, person.zone, bot=False, deleted=False, seen_at=NOW)
        for person in (ALICE, ADA)
    ]
    assert desk.known("T0", ALICE.id, NOW) is None
    desk.remember(seen, NOW)
    known = desk.known("T0", ADA.id, NOW)
    assert known is not None
    assert desk.member(known) == ADA
    assert desk.names("T0", NOW) == {"alice": ALICE.id, "ada": ADA.id}


def test_the_message_that_stands_in_a_channel_is_remembered(desk):
    assert desk.posted("C0GPUS", "board", NOW) is None
    for posted in (Posted("1.1", 1), Posted("1.2", 5)):
        desk.post("C0GPUS", "board", posted, NOW)
        assert desk.posted("C0GPUS", "board", NOW) == posted


def test_a_desk_that_works_alone_forgets_the_minutes_that_are_past(desk: Desk) -> None:
    booked(desk)
    week = NOW + timedelta(days=7)
    booked(desk, now=week, start=7 * 24 + 9, end=7 * 24 + 10)
    desk.board(week)
    assert minute_of(week) - desk._calendar.pools["a100"].minutes.base <= LARGE
