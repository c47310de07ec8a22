"""Giving GPUs back, whole or in part, and Undo of each change."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.booking.lifecycle import State
from bot.booking.model import Window
from bot.booking.reasons import Taken
from bot.desk import Desk
from bot.errors import InputError, NotFound, NotYours, WrongState
from desks import NOW, booked, changed, named, refused, stands
from make import ADA, ALICE, BOB, monday, request, window

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
SOON = NOW + 5 * MINUTE


def counted(desk: Desk, start: float = 0, end: float = 24) -> int:
    with desk.ledger.reading() as book:
        spent = book.spent(ALICE.id, monday(start))
    return round(sum(one.gpu_hours(window(start, end)) for one in spent) * 60)


# Releasing


def test_before_its_start_a_reservation_is_cancelled_and_does_not_count(desk):
    one = booked(desk, count=2)
    gone = changed(desk.release(ALICE, one.id, NOW))
    assert gone == replace(one, state=State.CANCELLED, version=2)
    assert stands(desk, one.id) == gone
    assert counted(desk) == 0
    assert booked(desk, BOB, count=2).gpus == one.gpus


def test_a_running_one_ends_now_and_counts_until_now(desk):
    one = booked(desk, count=2, start=8)
    gone = changed(desk.release(ALICE, one.id, NOW + 90.5 * MINUTE))
    assert (gone.state, gone.window) == (State.RELEASED, window(8, 9.5))
    assert counted(desk) == 180
    booked(desk, BOB, named(*one.gpus, start=9.5, end=17, member=BOB.id), now=monday(9.5))


def test_what_is_released_in_its_first_minute_lasted_a_minute(desk):
    one = booked(desk, start=8)
    assert changed(desk.release(ALICE, one.id, NOW)).window == Window(NOW, NOW + MINUTE)


def test_a_request_that_waits_can_be_taken_back(desk):
    one = booked(desk, count=4)
    assert changed(desk.release(ALICE, one.id, NOW)).state is State.CANCELLED
    assert desk.pending(NOW) == ()


def test_keeping_some_gives_the_others_back_and_their_minutes_still_count(desk):
    one = booked(desk, count=3, start=8)
    kept = changed(desk.release(ALICE, one.id, monday(9), keep=1))
    assert kept == replace(one, gpus=one.gpus[:1], version=2)
    assert booked(desk, BOB, request(2, 9, 17, member=BOB.id), now=monday(9)).gpus == one.gpus[1:]
    assert counted(desk, end=10) == 60 * 3 + 60


@pytest.mark.parametrize("keep", [0, 2, 3, -1])
def test_keeping_none_or_all_is_refused_with_what_would_do(desk, keep):
    one = booked(desk, count=2)
    with pytest.raises(InputError, match="keep 1 to 1") as wrong:
        desk.release(ALICE, one.id, NOW, keep=keep)
    assert wrong.value.example == f"release {one.label} keep 1"
    assert stands(desk, one.id) == one


def test_one_gpu_is_released_whole(desk):
    one = booked(desk)
    with pytest.raises(InputError, match="release it whole"):
        desk.release(ALICE, one.id, NOW, keep=1)


def test_only_its_holder_who_asked_and_admins_release_it(desk):
    one = booked(desk)
    with pytest.raises(NotYours):
        desk.release(BOB, one.id, NOW)
    with pytest.raises(NotFound):
        desk.release(ALICE, 77, NOW)
    assert changed(desk.release(ADA, one.id, NOW)).state is State.CANCELLED


def test_a_second_release_is_told_who_was_first_and_when(desk):
    one = booked(desk)
    desk.release(ADA, one.id, SOON)
    for version in (None, one.version):
        with pytest.raises(WrongState) as late:
            desk.release(ALICE, one.id, SOON, version=version)
        assert (late.value.who, late.value.when) == (ADA.id, SOON)


# Undo


def test_undo_of_a_booking_gives_it_back(desk):
    one = booked(desk)
    assert changed(desk.undo(ALICE, one.id, SOON)) == replace(one, state=State.CANCELLED, version=2)
    running = booked(desk, start=8)
    assert changed(desk.undo(ALICE, running.id, SOON)).window == Window(NOW, SOON)


def test_undo_of_a_request_takes_it_back(desk):
    one = booked(desk, count=4)
    assert changed(desk.undo(ALICE, one.id, SOON)).state is State.CANCELLED


def test_undo_of_an_extension_restores_the_end(desk):
    one = booked(desk, count=2, start=8)
    desk.extend(ALICE, one.id, HOUR, NOW)
    assert changed(desk.undo(ALICE, one.id, SOON)) == replace(one, version=3)
    assert stands(desk, one.id) == replace(one, version=3)


def test_undo_of_a_move_restores_the_window_and_the_gpus(desk):
    one = booked(desk, count=2)
    desk.move(ALICE, one.id, monday(20), None, NOW)
    assert changed(desk.undo(ALICE, one.id, SOON)) == replace(one, version=3)


def test_undo_of_a_move_that_started_it_makes_it_wait_again(desk):
    one = booked(desk)
    desk.move(ALICE, one.id, NOW, None, NOW)
    assert changed(desk.undo(ALICE, one.id, SOON)) == replace(one, version=3)


def test_undo_of_a_release_goes_on_with_the_same_gpus_as_if_nothing_had_been(desk):
    one = booked(desk, count=2, start=8)
    desk.release(ALICE, one.id, NOW + 60 * MINUTE)
    assert changed(desk.undo(ALICE, one.id, NOW + 65 * MINUTE)) == replace(one, version=3)
    assert counted(desk) == 2 * 9 * 60


def test_undo_of_a_cancellation_books_it_again_and_a_request_waits_again(desk):
    one = booked(desk, count=2)
    desk.release(ALICE, one.id, NOW)
    assert changed(desk.undo(ALICE, one.id, SOON)) == replace(one, version=3)
    asked = booked(desk, count=4, start=20, end=21)
    desk.release(ALICE, asked.id, NOW)
    assert changed(desk.undo(ALICE, asked.id, SOON)).state is State.PENDING
    assert [waiting.id for waiting in desk.pending(SOON)] == [asked.id]


def test_undo_of_a_cancellation_whose_start_has_passed_meanwhile_starts_it(desk):
    one = booked(desk)
    desk.release(ALICE, one.id, monday(9) - MINUTE)
    back = changed(desk.undo(ALICE, one.id, monday(9) + MINUTE))
    assert (back.state, back.window) == (State.ACTIVE, one.window)


@pytest.mark.parametrize("start", [8, 9])
def test_undo_of_keeping_some_gives_all_of_them_again_and_counts_none_twice(desk, start):
    one = booked(desk, count=3, start=start)
    desk.release(ALICE, one.id, NOW + 2 * MINUTE, keep=1)
    assert changed(desk.undo(ALICE, one.id, SOON)) == replace(one, version=3)
    assert counted(desk) == 3 * (17 - start) * 60


def test_before_the_start_undo_takes_other_gpus_of_the_node_where_the_old_ones_are_taken(desk):
    one = booked(desk, count=2)
    desk.release(ALICE, one.id, NOW)
    booked(desk, BOB, named("atlas:0", member=BOB.id))
    back = changed(desk.undo(ALICE, one.id, SOON))
    assert back == replace(one, gpus=back.gpus, version=3)
    assert back.gpus == ("atlas:1", "atlas:2")


def test_undo_is_too_late_once_somebody_has_the_gpus_and_says_who(desk):
    one = booked(desk, count=2, start=8)
    desk.release(ALICE, one.id, NOW + MINUTE)
    booked(desk, BOB, named("atlas:0", start=9, member=BOB.id), now=NOW + MINUTE)
    with pytest.raises(WrongState, match="somebody else has GPUs") as late:
        desk.undo(ALICE, one.id, SOON)
    assert late.value.who == BOB.id
    assert stands(desk, one.id).state is State.RELEASED


def test_undo_of_a_cancellation_gives_nobody_else_other_gpus(desk):
    one = booked(desk, count=2)
    desk.release(ALICE, one.id, NOW)
    booked(desk, BOB, named("atlas:1", "atlas:2", "atlas:3", start=9, end=10, member=BOB.id))
    with pytest.raises(WrongState, match="somebody else has GPUs"):
        desk.undo(ALICE, one.id, SOON)


def test_undo_is_there_for_ten_minutes(desk):
    one = booked(desk)
    other = booked(desk, BOB)
    assert changed(desk.undo(ALICE, one.id, NOW + timedelta(minutes=10)))
    with pytest.raises(WrongState, match="more than 10 minutes ago") as late:
        desk.undo(BOB, other.id, NOW + timedelta(minutes=10, seconds=1))
    assert late.value.when == NOW
    assert stands(desk, other.id) == other


def test_what_would_be_over_is_not_restored(desk):
    one = booked(desk, start=8, end=9)
    desk.extend(ALICE, one.id, HOUR, monday(9) - MINUTE)
    with pytest.raises(WrongState, match="would be over by now"):
        desk.undo(ALICE, one.id, monday(9))
    assert stands(desk, one.id).window == window(8, 10)


def test_a_change_is_undone_once_and_only_by_whoever_made_it(desk):
    one = booked(desk)
    desk.extend(ADA, one.id, HOUR, NOW)
    with pytest.raises(WrongState, match="was not yours") as late:
        desk.undo(ALICE, one.id, SOON)
    assert (late.value.who, late.value.when) == (ADA.id, NOW)
    with pytest.raises(NotYours):
        desk.undo(BOB, one.id, SOON)
    assert changed(desk.undo(ADA, one.id, SOON)) == replace(one, version=3)
    with pytest.raises(WrongState, match="nothing to undo"):
        desk.undo(ADA, one.id, SOON)


def test_an_admins_decision_and_what_time_did_are_not_undone(desk):
    asked = booked(desk, count=4)
    desk.approve(ADA, asked.id, NOW)
    with pytest.raises(WrongState, match="nothing to undo"):
        desk.undo(ADA, asked.id, SOON)
    desk.release(ALICE, asked.id, SOON)
    one = booked(desk, start=9, end=10)
    desk.turnover(monday(10))
    desk.turnover(monday(10))
    with pytest.raises(WrongState, match="nothing to undo"):
        desk.undo(ALICE, one.id, monday(10))


def test_that_it_has_started_since_does_not_keep_what_a_person_did_from_being_undone(desk):
    one = booked(desk, start=8 + 1 / 60, count=2)
    desk.turnover(NOW + MINUTE)
    gone = changed(desk.undo(ALICE, one.id, SOON))
    assert (gone.state, gone.window.end) == (State.RELEASED, SOON)


def test_gpus_that_somebody_else_had_meanwhile_do_not_come_back_by_undo(desk):
    one = booked(desk, wanted=named("atlas:0", start=8))
    desk.release(ALICE, one.id, NOW + MINUTE)
    short = named("atlas:0", start=8 + 1 / 60, end=8 + 3 / 60, member=BOB.id)
    booked(desk, BOB, short, now=NOW + MINUTE)
    for tick in (False, True):
        if tick:
            desk.turnover(SOON)
        with pytest.raises(WrongState, match="somebody else had GPUs of R1 meanwhile") as told:
            desk.undo(ALICE, one.id, SOON)
        assert told.value.who == BOB.id


def test_an_old_undo_button_does_nothing(desk):
    one = booked(desk)
    desk.extend(ALICE, one.id, HOUR, NOW)
    with pytest.raises(WrongState, match="since this card was drawn"):
        desk.undo(ALICE, one.id, SOON, version=1)
    assert changed(desk.undo(ALICE, one.id, SOON, version=2)) == replace(one, version=3)


def test_what_is_undone_is_free_for_others_and_what_is_restored_is_not(desk):
    one = booked(desk, count=2)
    booked(desk, BOB, count=2)
    desk.release(ALICE, one.id, NOW)
    desk.undo(ALICE, one.id, SOON)
    (reason,) = refused(desk, BOB, request(1, member=BOB.id), now=SOON).refusals
    assert isinstance(reason, Taken)
    desk.release(ALICE, one.id, SOON)
    assert booked(desk, BOB, now=SOON).count == 1
