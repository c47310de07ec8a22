"""Looking into the past, of which there is more every day: what it finds, and that it does not go through all of it."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.booking.observed import Device, Reading
from bot.desk import Desk
from desks import NOW, booked
from make import ADA, ALICE, BOB, lab, monday, window
from plans import plans, whole_tables
from storage.engine import open_engine
from storage.ledger import Ledger
from storage.readings import KEPT, Readings

HOUR = timedelta(hours=1)


@pytest.fixture
def desk(ledger: Ledger) -> Desk:
    """Alice had atlas:0 for an hour before Bob, and Carol nothing."""
    desk = Desk(ledger, lab())
    booked(desk, ALICE, start=8, end=9)
    desk.turnover(NOW)
    desk.turnover(monday(9))
    booked(desk, BOB, start=10, end=12)
    return desk


def test_the_audit_of_a_member_is_what_they_did_and_what_was_done_to_theirs(desk: Desk) -> None:
    with desk.ledger.writing() as book:
        book.audit(ADA.id, "noted", None, book.find(1), monday(9))
    lines = desk.audited(ADA, monday(10), member=ALICE.id)
    assert [(line.who, line.act, line.reservation) for line in lines] == [
        (ADA.id, "noted", 1),
        ("", "ended", 1),
        (ALICE.id, "booked", 1),
    ]
    assert [line.who for line in desk.audited(ADA, monday(10), member=BOB.id)] == [BOB.id]
    assert desk.audited(ADA, monday(10), member="U0CAROL") == []
    with desk.ledger.reading() as book:
        assert [line.act for line in book.audited(2, member=ALICE.id)] == ["noted", "ended"]


def test_what_everybody_had_is_their_time_since_then_and_until_now(desk: Desk) -> None:
    with desk.ledger.reading() as book:
        past = book.past(monday(8.5), monday(11))
        assert {member: [(one.window, one.count) for one in theirs] for member, theirs in past.items()} == {
            ALICE.id: [(window(8, 9), 1)],
            BOB.id: [(window(10, 12), 1)],
        }
        assert book.past(monday(9), monday(10)) == {}


def test_who_had_a_gpu_meanwhile_is_found(desk: Desk) -> None:
    with desk.ledger.reading() as book:
        assert book.held_by(("atlas:0", "atlas:1"), window(8, 9), other_than=0) == ALICE.id
        assert book.held_by(("atlas:0",), window(9, 10), other_than=0) is None
        assert book.held_by(("atlas:0",), window(8, 9), other_than=1) is None


def test_none_of_it_goes_through_all_there_ever_was(sqlite_url: str) -> None:
    desk = Desk(Ledger(open_engine(sqlite_url)), lab())
    desk.ledger.sync_gpus(lab())
    readings = Readings(desk.ledger)
    readings.write([Reading("atlas", "GPU-0", 0, NOW, utilisation=9)], [Device("GPU-0", "atlas", 0, 0)], NOW)
    with plans() as asked:
        with desk.ledger.reading() as book:
            book.spent(ALICE.id, NOW)
            book.past(NOW, NOW + HOUR)
            book.held_by(("atlas:0",), window(8, 9), other_than=0)
            book.audited(20, member=ALICE.id)
            book.audited(20, reservation=1)
            book.history(1)
            book.changes(0)
            book.due(NOW, HOUR)
            book.open_questions()
            book.stale_cards(NOW)
            book.oldest_due(NOW)
        readings.usage(NOW - HOUR, NOW)
        assert readings.fold(NOW + KEPT + HOUR) == 1
    assert len(asked) > 15
    assert whole_tables(asked) == {}


def test_that_would_be_seen_where_an_index_is_missing(sqlite_url: str) -> None:
    ledger = Ledger(open_engine(sqlite_url))
    with ledger.exclusively() as connection:
        connection.execute(text("DROP INDEX ix_allocation_gpu_id_ends"))
    with plans() as asked, ledger.reading() as book:
        book.past(NOW, NOW + HOUR)
    assert len(whole_tables(asked)) == 1
