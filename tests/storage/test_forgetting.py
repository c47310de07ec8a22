"""What is forgotten after 90 days, and what never is."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, select, update

from bot.booking.notices import Notice, NoticeKind
from bot.desk import Booked, Desk, Kept, Once
from desks import NOW, booked
from make import ALICE, BOB, lab, request
from storage.forgetting import KEPT, forget
from storage.ledger import Ledger
from storage.tables import ANSWER, AUDIT, NOTICE, RESERVATION

LATER = NOW + KEPT + timedelta(minutes=1)


@pytest.fixture
def desk(ledger: Ledger) -> Desk:
    return Desk(ledger, lab())


def once(key: str) -> Once:
    return Once(key, key, lambda outcome: type(outcome).__name__)


def settled(engine: Engine, **values: object) -> None:
    with engine.begin() as connection:
        connection.execute(update(NOTICE).values(**values))


def kept(engine: Engine, column) -> list:
    with engine.connect() as connection:
        return list(connection.scalars(select(column).order_by(column)))


def test_answers_are_forgotten_after_ninety_days_and_not_before(desk: Desk, engine: Engine) -> None:
    desk.reserve(request(), ALICE, NOW, once("old"))
    desk.reserve(request(start=20, end=21), ALICE, NOW + timedelta(minutes=2), once("young"))
    assert forget(desk.ledger, LATER - timedelta(minutes=1)) == 0
    assert isinstance(desk.reserve(request(), ALICE, NOW, once("old")), Kept)
    assert forget(desk.ledger, LATER) == 1
    assert kept(engine, ANSWER.c.key) == ["young"]
    assert isinstance(desk.reserve(request(), ALICE, NOW, once("old")), Booked)


def test_notices_are_forgotten_once_they_are_settled_and_their_reservation_is_over(desk: Desk, engine: Engine) -> None:
    ours, over = booked(desk), booked(desk, BOB)
    desk.release(BOB, over.id, NOW)
    with desk.ledger.writing() as book:
        book.owe(Notice(NoticeKind.REPORT, "U0ADA", 0, NOW, NOW, {"act": "test"}))
    assert forget(desk.ledger, LATER) == 0  # nothing was sent yet
    settled(engine, sent_at=NOW)
    assert forget(desk.ledger, LATER) > 1
    assert set(kept(engine, NOTICE.c.reservation)) == {ours.id}
    settled(engine, sent_at=None, dead_at=NOW)
    desk.release(ALICE, ours.id, NOW)
    settled(engine, dead_at=NOW)
    assert forget(desk.ledger, LATER) > 0
    assert kept(engine, NOTICE.c.id) == []


def test_reservations_and_the_audit_are_never_forgotten(desk: Desk, engine: Engine) -> None:
    desk.release(ALICE, booked(desk).id, NOW)
    before = kept(engine, RESERVATION.c.id), kept(engine, AUDIT.c.id)
    settled(engine, sent_at=NOW)
    assert forget(desk.ledger, NOW + 100 * KEPT) > 0
    assert (kept(engine, RESERVATION.c.id), kept(engine, AUDIT.c.id)) == before


def test_no_more_is_forgotten_at_once_than_is_asked_for(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.forgetting.AT_ONCE", 2)
    for number in range(5):
        desk.reserve(request(start=9 + number, end=10 + number), ALICE, NOW, once(f"{number}"))
    assert [forget(desk.ledger, LATER, most=3) for _ in range(3)] == [3, 2, 0]
