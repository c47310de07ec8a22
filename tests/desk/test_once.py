"""One delivery, one effect: the same again gets the same answer, and what failed half-way never was."""

import time
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from bot.booking.calendar import Calendar
from bot.booking.model import minute_of
from bot.desk import Booked, Desk, Kept, NotChanged, Once, Outcome, delivering
from bot.errors import Unsure, WrongState
from desks import NOW, booked, named, stands
from make import ADA, ALICE, BOB, lab, monday, request
from storage.ledger import Ledger

HOUR = timedelta(hours=1)


def render(outcome: Outcome) -> str:
    """What kind of answer it was, and what it was about."""
    match outcome:
        case Booked(_, _, None) | NotChanged():
            return "no"
        case Booked(_, _, entered):
            return f"yes: {entered.label}"
        case _:
            return f"done: {outcome.after.label} v{outcome.after.version}"


def once(key: str = "T0:1", digest: str = "a", **of) -> Once:
    return Once(key, digest, render, **of)


def counts(desk: Desk) -> tuple[int, int, int]:
    """How many reservations there are, what the last one's version is, and how often it was audited."""
    with desk.ledger.reading() as book:
        everything = list(book.everything())
        last = everything[-1] if everything else None
        return len(everything), last.version if last else 0, len(book.history(last.id)) if last else 0


def fails(outcome: Outcome) -> str:
    raise RuntimeError("no card could be drawn")


def test_the_same_delivery_again_books_once_and_gets_the_same_answer(desk):
    first = desk.reserve(request(), ALICE, NOW, once())
    assert isinstance(first, Booked)
    for now in (NOW, NOW + HOUR, monday(40)):
        assert desk.reserve(request(), ALICE, now, once()) == Kept("yes: R1")
    assert counts(desk) == (1, 1, 1)


def test_it_is_the_same_for_another_bot(desk, ledger):
    desk.reserve(request(), ALICE, NOW, once())
    assert Desk(Ledger(ledger.engine), lab()).reserve(request(), ALICE, NOW, once()) == Kept("yes: R1")
    assert counts(desk) == (1, 1, 1)


@pytest.mark.parametrize("act", ["release", "keep", "extend", "move", "undo", "approve", "deny"])
def test_every_change_takes_effect_once(desk, act):
    one = booked(desk, count=4 if act in ("approve", "deny") else 2)
    if act == "undo":
        desk.extend(ALICE, one.id, HOUR, NOW)

    def do() -> object:
        match act:
            case "release":
                return desk.release(ALICE, one.id, NOW, once=once())
            case "keep":
                return desk.release(ALICE, one.id, NOW, keep=1, once=once())
            case "extend":
                return desk.extend(ALICE, one.id, HOUR, NOW, once=once())
            case "move":
                return desk.move(ALICE, one.id, monday(20), None, NOW, once=once())
            case "undo":
                return desk.undo(ALICE, one.id, NOW, once=once())
            case "approve":
                return desk.approve(ADA, one.id, NOW, once=once())
            case _:
                return desk.deny(ADA, one.id, "not now", NOW, once=once())

    version = 3 if act == "undo" else 2
    assert not isinstance(do(), Kept)
    after = stands(desk, one.id)
    assert do() == Kept(f"done: R1 v{version}")
    assert stands(desk, one.id) == after
    assert counts(desk) == (1, version, version)


def test_the_same_key_with_other_content_does_nothing_and_is_told_so(desk):
    desk.reserve(request(), ALICE, NOW, once())
    with pytest.raises(WrongState, match="answered before, for another request"):
        desk.reserve(request(2, 20, 22), ALICE, NOW, once(digest="b"))
    with pytest.raises(WrongState, match="This offer is taken"):
        desk.reserve(request(2, 20, 22), ALICE, NOW, once(digest="b", used="This offer is taken."))
    assert counts(desk) == (1, 1, 1)


def test_a_refusal_is_kept_so_that_a_retry_reads_the_same_even_once_there_is_room(desk):
    taken = booked(desk, BOB, count=2)
    booked(desk, ADA, count=2)
    assert isinstance(desk.reserve(request(), ALICE, NOW, once()), Booked)
    desk.release(BOB, taken.id, NOW)
    assert desk.reserve(request(), ALICE, NOW, once()) == Kept("no")


def test_of_what_may_be_sent_again_only_what_took_effect_is_kept(desk):
    taken = booked(desk, BOB, named("atlas:0", member=BOB.id))
    form = once(keep_refusals=False)
    assert desk.reserve(named("atlas:0"), ALICE, NOW, form).reservation is None
    corrected = replace(form, digest="b")
    assert desk.reserve(named("atlas:1"), ALICE, NOW, corrected).reservation is not None
    assert desk.reserve(named("atlas:1"), ALICE, NOW, corrected) == Kept("yes: R2")
    desk.release(BOB, taken.id, NOW)
    assert counts(desk)[0] == 2


def test_a_refused_change_of_what_may_be_sent_again_is_not_kept_either(desk):
    one = booked(desk, wanted=named("atlas:0"))
    other = booked(desk, BOB, named("atlas:0", start=17, end=18, member=BOB.id))
    button = once(keep_refusals=False)
    assert isinstance(desk.extend(ALICE, one.id, HOUR, NOW, once=button), NotChanged)
    desk.release(BOB, other.id, NOW)
    assert not isinstance(desk.extend(ALICE, one.id, HOUR, NOW, once=button), NotChanged | Kept)


def test_an_error_is_not_kept(desk):
    one = booked(desk)
    with pytest.raises(WrongState):
        desk.release(ALICE, one.id, NOW, version=7, once=once())
    assert not isinstance(desk.release(ALICE, one.id, NOW, version=1, once=once()), Kept)


def test_what_fails_when_its_answer_is_drawn_never_was(desk, owed):
    before = booked(desk, count=1, start=20, end=22)
    told, version = owed(), desk.version(NOW)
    broken = Once("T0:1", "a", fails)
    for act in (
        lambda: desk.reserve(request(2), ALICE, NOW, broken),
        lambda: desk.extend(ALICE, before.id, HOUR, NOW, once=broken),
        lambda: desk.release(ALICE, before.id, NOW, once=broken),
    ):
        with pytest.raises(RuntimeError, match="no card"):
            act()
    assert (owed(), desk.version(NOW)) == (told, version)
    assert counts(desk) == (1, 1, 1)
    assert stands(desk, before.id) == before
    assert isinstance(desk.reserve(request(2), ALICE, NOW, once()), Booked)


def test_what_was_undone_by_a_failure_leaves_no_trace_in_the_calendar(desk):
    booked(desk)
    with pytest.raises(RuntimeError):
        desk.reserve(named("atlas:0"), ALICE, NOW, Once("T0:1", "a", fails))
    with desk.ledger.reading() as book:
        new = Calendar(desk.lab, minute_of(NOW))
        new.apply(book.changes(0), book.version)
    with desk._looking(NOW) as (_, warm):
        assert (warm.live, warm.version) == (new.live, new.version)
        hours = [minute_of(monday(hour)) for hour in range(8, 30)]
        for pool in ("a100", "3090"):
            minutes = [calendar.pools[pool].minutes for calendar in (warm, new)]
            assert len({tuple(one.at(hour) for hour in hours) for one in minutes}) == 1
    assert booked(desk, BOB, named("atlas:1", member=BOB.id)).gpus == ("atlas:1",)


@pytest.fixture
def unseen(engine, monkeypatch):
    """`unseen(made, times)`: so many commits from now on are made, or not, and the connection breaks at once."""

    def breaks(made: bool, times: int = 1) -> list[int]:
        left, commit = [times], engine.dialect.do_commit

        def break_off(connection):
            if not left[0]:
                return commit(connection)
            left[0] -= 1
            (connection.commit if made else connection.rollback)()
            raise psycopg.OperationalError("server closed the connection unexpectedly")

        monkeypatch.setattr(engine.dialect, "do_commit", break_off)
        return left

    return breaks


@pytest.mark.parametrize("made", [True, False])
@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_a_commit_that_nobody_saw_is_looked_up_and_has_its_one_effect(desk, unseen, made):
    left = unseen(made)
    first = desk.reserve(request(), ALICE, NOW, once())
    assert left == [0]
    assert (first == Kept("yes: R1")) is made
    assert desk.reserve(request(), ALICE, NOW, once()) == Kept(f"yes: R{1 if made else 2}")
    assert [one.version for one in desk.mine(ALICE.id, NOW)] == [1]
    assert booked(desk, BOB, start=10, end=12).gpus == ("atlas:1",)


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_where_the_database_does_not_come_back_in_time_it_is_said_that_it_may_be_done(desk, unseen, monkeypatch):
    monkeypatch.setattr(delivering, "PATIENCE", 0.3)
    unseen(made=False, times=100)
    began = time.monotonic()
    with pytest.raises(Unsure):
        desk.reserve(request(), ALICE, NOW, once())
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("made", [True, False])
@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_without_a_delivery_to_look_up_it_is_said_at_once_and_the_calendar_is_as_the_ledger(desk, unseen, made):
    unseen(made)
    with pytest.raises(Unsure):
        desk.reserve(request(2), ALICE, NOW)
    assert len(desk.mine(ALICE.id, NOW)) == made
    assert counts(desk)[0] == made
    assert isinstance(desk.turnover(NOW), int)
    with desk.ledger.reading() as book, desk._looking(NOW) as (_, warm):
        assert {one.id for one in book.changes(0)} == set(warm.live)
