"""Reservations in the ledger: what comes back, what a change does, and what counts."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.booking.lifecycle import State
from bot.booking.model import Promise, Reservation
from bot.errors import WrongState
from make import ADA, ALICE, BOB, monday, reservation, window
from storage.ledger import Ledger, Overlap

DAY = timedelta(hours=24)


def enter(ledger: Ledger, *reservations: Reservation) -> list[Reservation]:
    with ledger.writing() as book:
        return [book.add(entered) for entered in reservations]


def become(ledger: Ledger, *pairs: tuple[Reservation, Reservation], hour: float = 12) -> list[Reservation]:
    with ledger.writing() as book:
        return book.change(pairs, monday(hour))


def everything(ledger: Ledger) -> list[Reservation]:
    with ledger.reading() as book:
        return list(book.everything())


def minutes(ledger: Ledger, member: str = ALICE.id, start: float = 0, end: float = 24) -> int:
    with ledger.reading() as book:
        spent = book.spent(member, monday(start))
    return round(sum(one.gpu_hours(window(start, end)) for one in spent) * 60)


def test_every_field_comes_back_as_it_was(ledger):
    full = Reservation(
        id=0,
        member=ALICE.id,
        state=State.PENDING,
        pool="a100",
        gpus=("atlas:3", "atlas:1", "atlas:2"),
        window=window(9, 17),
        created_at=monday(8) + timedelta(seconds=59, microseconds=999_999),
        movable=True,
        named=True,
        not_before=monday(8.5),
        promise=Promise(monday(47) + timedelta(minutes=59, seconds=59), monday(24), "neurips"),
        group=7,
        reason="ablations 𝛼 <@U0BOB> 'quoted' %s",
        asked_by=BOB.id,
        approved_by=ADA.id,
        moved=1,
    )
    plain = reservation(0, 20, 21)
    nameless = replace(full, window=window(30, 31), promise=Promise(monday(40), monday(40)))
    entered = enter(ledger, full, plain, nameless)
    assert [one.id for one in entered] == sorted({one.id for one in entered})
    assert [replace(one, id=0) for one in entered] == [full, plain, nameless]
    with ledger.reading() as book:
        assert [book.find(one.id) for one in entered] == entered
        assert book.changes(0) == entered
        assert book.find(10**6) is None
    assert everything(ledger) == entered


def test_a_reservation_is_entered_once(ledger):
    (entered,) = enter(ledger, reservation(0))
    with pytest.raises(ValueError, match="already"):
        enter(ledger, entered)


def test_changes_are_those_after_a_version_and_ends_are_among_them(ledger):
    first, second = enter(ledger, reservation(0), reservation(0, gpus=("atlas:1",)))
    (third,) = enter(ledger, reservation(0, gpus=("atlas:2",)))
    (cancelled,) = become(ledger, (first, replace(first, state=State.CANCELLED)))
    with ledger.reading() as book:
        assert book.version == 3
        assert book.changes(0) == [second, third]
        assert book.changes(1) == [cancelled, third]
        assert book.changes(2) == [cancelled]
        assert book.changes(3) == []


def test_a_transaction_sees_its_own_changes_under_its_new_version(ledger):
    with ledger.writing() as book:
        seen = book.version
        entered = book.add(reservation(0))
        assert book.changes(seen) == [entered]
        assert book.version == seen + 1


def test_a_change_is_refused_when_somebody_was_first_and_says_who(ledger):
    (before,) = enter(ledger, reservation(0))
    with ledger.writing() as book:
        (after,) = book.change([(before, replace(before, window=window(9, 18)))], monday(8))
        book.audit(BOB.id, "extend", before, after, monday(8))
    assert after.version == before.version + 1
    with pytest.raises(WrongState, match=f"{before.label} has changed") as refused:
        become(ledger, (before, replace(before, window=window(9, 19))))
    assert (refused.value.who, refused.value.when) == (BOB.id, monday(8))
    assert everything(ledger) == [after]


def test_of_several_changes_all_are_made_or_none(ledger):
    first, second = enter(ledger, reservation(0), reservation(0, gpus=("atlas:1",)))
    stale = replace(second, version=7)
    with pytest.raises(WrongState):
        become(ledger, (first, replace(first, window=window(9, 10))), (stale, replace(stale, window=window(9, 10))))
    assert everything(ledger) == [first, second]


def test_a_change_is_of_one_reservation(ledger):
    first, second = enter(ledger, reservation(0), reservation(0, gpus=("atlas:1",)))
    with pytest.raises(ValueError, match="cannot become"):
        become(ledger, (first, second))


def test_two_reservations_can_swap_their_gpus(ledger):
    first, second = enter(ledger, reservation(0, gpus=("atlas:0",)), reservation(0, gpus=("atlas:1",)))
    swapped = become(ledger, (first, replace(first, gpus=("atlas:1",))), (second, replace(second, gpus=("atlas:0",))))
    assert [one.gpus for one in swapped] == [("atlas:1",), ("atlas:0",)]
    assert everything(ledger) == swapped


def test_others_are_rebound_first_and_then_the_new_one_fits(ledger):
    (other,) = enter(ledger, reservation(0, gpus=("atlas:0",)))
    with ledger.writing() as book:
        (rebound,) = book.change([(other, replace(other, gpus=("atlas:3",)))], monday(8))
        entered = book.add(reservation(0, gpus=("atlas:0", "atlas:1")))
    assert everything(ledger) == [rebound, entered]


def test_a_change_onto_gpus_of_others_is_refused_by_the_database(ledger):
    first, second = enter(ledger, reservation(0), reservation(0, 17, 20))
    with pytest.raises(Overlap):
        become(ledger, (first, replace(first, window=window(9, 18))))
    assert everything(ledger) == [first, second]


@pytest.mark.parametrize("state", [state for state in State if not reservation(state=state).holds])
def test_an_end_frees_the_gpus_but_they_are_remembered(ledger, state):
    (before,) = enter(ledger, reservation(0, gpus=("atlas:0", "atlas:1")))
    (after,) = become(ledger, (before, replace(before, state=state)))
    (other,) = enter(ledger, reservation(0, gpus=("atlas:0",), member=BOB.id))
    assert everything(ledger) == [after, other]
    assert after.gpus == ("atlas:0", "atlas:1")


def test_a_start_keeps_the_gpus_held(ledger):
    (before,) = enter(ledger, reservation(0))
    become(ledger, (before, replace(before, state=State.ACTIVE)))
    with pytest.raises(Overlap):
        enter(ledger, reservation(0, 10, 11, member=BOB.id))


def test_an_end_that_is_undone_holds_again_unless_somebody_came(ledger):
    (before,) = enter(ledger, reservation(0))
    (gone,) = become(ledger, (before, replace(before, state=State.CANCELLED)))
    (back,) = become(ledger, (gone, replace(before, version=gone.version)))
    assert everything(ledger) == [replace(before, version=3)]
    (gone,) = become(ledger, (back, replace(back, state=State.CANCELLED)))
    enter(ledger, reservation(0, 16, 17, member=BOB.id))
    with pytest.raises(Overlap):
        become(ledger, (gone, replace(back, version=gone.version)))


def test_booked_minutes_are_counted_inside_the_window_only(ledger):
    enter(
        ledger,
        reservation(0, gpus=("atlas:0", "atlas:1")),
        reservation(0, 20, 30),
        reservation(0, 9, 17, ("atlas:2",), member=BOB.id),
    )
    assert minutes(ledger) == 2 * 8 * 60 + 4 * 60
    assert minutes(ledger, start=16, end=21) == 2 * 60 + 60
    assert minutes(ledger, start=17, end=20) == 0
    assert minutes(ledger, BOB.id) == 8 * 60


def test_released_minutes_count_up_to_the_release(ledger):
    (before,) = enter(ledger, reservation(0, state=State.ACTIVE))
    become(ledger, (before, replace(before, state=State.RELEASED, window=window(9, 11))))
    assert minutes(ledger) == 2 * 60


@pytest.mark.parametrize(
    ("before", "after", "counted"),
    [
        (State.PENDING, State.DENIED, False),
        (State.PENDING, State.EXPIRED, False),
        (State.BOOKED, State.CANCELLED, False),
        (State.BOOKED, State.REVOKED, False),
        (State.BOOKED, State.DISPLACED, False),
        (State.ACTIVE, State.REVOKED, True),
        (State.ACTIVE, State.DISPLACED, True),
        (State.ACTIVE, State.ENDED, True),
        (State.ACTIVE, State.NO_SHOW, True),
        (State.PENDING, State.BOOKED, True),
    ],
)
def test_what_never_ran_is_given_back(ledger, before, after, counted):
    (entered,) = enter(ledger, reservation(0, state=before))
    become(ledger, (entered, replace(entered, state=after)))
    assert minutes(ledger) == (8 * 60 if counted else 0)


def test_gpus_given_up_by_an_active_reservation_count_until_then_and_are_free(ledger):
    (before,) = enter(ledger, reservation(0, gpus=("atlas:0", "atlas:1", "atlas:2"), state=State.ACTIVE))
    (kept,) = become(ledger, (before, replace(before, gpus=("atlas:1",))), hour=12)
    assert everything(ledger) == [kept]
    assert minutes(ledger) == 8 * 60 + 2 * 3 * 60
    (other,) = enter(ledger, reservation(0, 9, 17, ("atlas:0",), member=BOB.id))
    (ended,) = become(ledger, (kept, replace(kept, state=State.ENDED)), hour=17)
    assert minutes(ledger) == 8 * 60 + 2 * 3 * 60
    assert everything(ledger) == [ended, other]


def test_giving_up_is_undone_without_counting_twice(ledger):
    (before,) = enter(ledger, reservation(0, gpus=("atlas:0", "atlas:1"), state=State.ACTIVE))
    (kept,) = become(ledger, (before, replace(before, gpus=("atlas:1",))))
    (back,) = become(ledger, (kept, replace(before, version=kept.version)))
    assert back == replace(before, version=3)
    assert everything(ledger) == [back]
    assert minutes(ledger) == 2 * 8 * 60


def test_gpus_given_up_in_the_first_minute_leave_nothing_to_count(ledger):
    (before,) = enter(ledger, reservation(0, gpus=("atlas:0", "atlas:1"), state=State.ACTIVE))
    become(ledger, (before, replace(before, gpus=("atlas:1",))), hour=9)
    assert minutes(ledger) == 8 * 60


def test_gpus_that_a_booked_reservation_gives_up_never_counted(ledger):
    (before,) = enter(ledger, reservation(0, gpus=("atlas:0", "atlas:1")))
    become(ledger, (before, replace(before, gpus=("atlas:1",))))
    assert minutes(ledger) == 8 * 60


def test_due_are_starts_ends_and_undecided_requests(ledger):
    starts, later, runs, ends, decides, waits, over = enter(
        ledger,
        reservation(0, 12, 13, ("atlas:0",)),
        reservation(0, 12.5, 13, ("atlas:1",)),
        reservation(0, 9, 13, ("atlas:2",), state=State.ACTIVE),
        reservation(0, 9, 12, ("atlas:3",), state=State.ACTIVE),
        reservation(0, 12, 13, ("titan:0",), state=State.PENDING),
        reservation(0, 50, 51, ("titan:1",), state=State.PENDING),
        reservation(0, 1, 2, ("titan:2",), state=State.ENDED),
    )
    with ledger.reading() as book:
        assert book.due(monday(11.9), DAY) == []
        assert book.due(monday(12) + timedelta(seconds=30), DAY) == [starts, ends, decides]
        assert book.due(monday(13), DAY) == [starts, later, runs, ends, decides]
        assert waits in book.due(monday(24), DAY)
        assert over not in book.due(monday(24), DAY)


def test_mine_are_all_that_hold_and_then_the_last_that_ended(ledger):
    late, soon, _ = enter(
        ledger, reservation(0, 40, 41), reservation(0, 20, 21), reservation(0, 9, 10, ("atlas:1",), member=BOB.id)
    )
    ended = [enter(ledger, reservation(0, hour, hour + 1, state=State.ENDED))[0] for hour in range(4)]
    with ledger.reading() as book:
        assert book.of(ALICE.id, limit=2) == [soon, late, ended[3], ended[2]]
        assert book.of("U0NOBODY") == []


def test_everything_comes_page_by_page_in_id_order(ledger, monkeypatch):
    monkeypatch.setattr("storage.reservations._PAGE", 3)
    entered = enter(ledger, *(reservation(0, hour, hour + 1) for hour in range(8)))
    assert everything(ledger) == entered
