"""What the database refuses by itself, asked with plain SQL: migrated and made from the classes, on both kinds."""

import pytest
from sqlalchemy import Engine, insert, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from make import monday, reservation
from storage.engine import open_engine
from storage.faults import Overlap, understood
from storage.tables import ALLOCATION, AUDIT, GPU, METADATA, RESERVATION
from storage.values import to_row

HELD = (100, 200)
"""Of GPU 1, by reservation 1. Reservation 2 wants something in each of the cases."""

CASES = {
    "it ends as the other begins": (1, 50, 100, True, True),
    "it begins as the other ends": (1, 200, 250, True, True),
    "it ends one minute in": (1, 50, 101, True, False),
    "it begins one minute before the end": (1, 199, 250, True, False),
    "it is the same window": (1, 100, 200, True, False),
    "it lies inside": (1, 120, 130, True, False),
    "it lies around": (1, 50, 250, True, False),
    "it shares the beginning": (1, 100, 101, True, False),
    "it shares the end": (1, 199, 200, True, False),
    "it is over long before": (1, 1, 2, True, True),
    "it is long after": (1, 900, 901, True, True),
    "it is on the next GPU": (2, 100, 200, True, True),
    "it holds nothing": (1, 100, 200, False, True),
    "it ends before it begins": (1, 40, 30, True, False),
    "it is empty": (1, 50, 50, True, False),
}


def allocation(reservation_id: int, gpu_id: int, starts: int, ends: int, holds: bool = True, place: int = 0):
    row = {"reservation_id": reservation_id, "gpu_id": gpu_id, "place": place, "starts": starts, "ends": ends}
    return row | {"holds": holds, "counted": True}


def fill(engine: Engine) -> Engine:
    with engine.begin() as connection:
        for gpu_id in (1, 2):
            connection.execute(
                insert(GPU).values(id=gpu_id, name=f"g{gpu_id}", pool="p", model="", memory_gb=0, retired=False)
            )
        for row_id in (1, 2):
            connection.execute(insert(RESERVATION).values(id=row_id, ledger_version=1, **to_row(reservation())))
        connection.execute(insert(ALLOCATION).values(allocation(1, 1, *HELD)))
        connection.execute(insert(AUDIT).values(at=monday(9), who="U0ALICE", act="book", reservation_id=1))
    return engine


@pytest.fixture(params=["migrated", "made from the classes"])
def filled(request, empty_url, engine):
    if request.param == "migrated":
        yield fill(engine)
        return
    made = open_engine(empty_url)
    METADATA.create_all(made)
    yield fill(made)
    made.dispose()


def accepts(engine: Engine, *executables) -> bool:
    try:
        with engine.begin() as connection:
            for executable in executables:
                connection.execute(executable)
    except IntegrityError:
        return False
    return True


def test_every_boundary_case_is_decided_alike_when_inserted(filled):
    decided = {}
    for name, (gpu_id, starts, ends, holds, _) in CASES.items():
        decided[name] = accepts(filled, insert(ALLOCATION).values(allocation(2, gpu_id, starts, ends, holds)))
        with filled.begin() as connection:
            connection.execute(text("DELETE FROM allocation WHERE reservation_id = 2"))
    assert decided == {name: fits for name, (*_, fits) in CASES.items()}


def test_every_boundary_case_is_decided_alike_when_updated(filled):
    decided = {}
    for name, (gpu_id, starts, ends, holds, _) in CASES.items():
        with filled.begin() as connection:
            connection.execute(text("DELETE FROM allocation WHERE reservation_id = 2"))
            connection.execute(insert(ALLOCATION).values(allocation(2, 2, 5_000, 5_001)))
        change = update(ALLOCATION).where(ALLOCATION.c.reservation_id == 2)
        decided[name] = accepts(filled, change.values(allocation(2, gpu_id, starts, ends, holds)))
    assert decided == {name: fits for name, (*_, fits) in CASES.items()}


def test_an_allocation_may_change_where_only_itself_was_in_the_way(filled):
    assert accepts(filled, update(ALLOCATION).values(starts=150, ends=250))


def test_what_comes_to_hold_again_is_held_against_the_others(filled):
    assert accepts(filled, insert(ALLOCATION).values(allocation(2, 1, 150, 160, holds=False)))
    assert not accepts(filled, update(ALLOCATION).where(ALLOCATION.c.reservation_id == 2).values(holds=True))


@pytest.mark.parametrize("column", ["gpu_id", "starts", "ends", "holds"])
def test_nothing_that_could_escape_the_guard_may_be_null(filled, column):
    assert not accepts(filled, insert(ALLOCATION).values(allocation(2, 2, 1, 2) | {column: None}))


def test_an_instant_as_text_is_refused(filled):
    values = "VALUES (2, 2, 0, '2026-11-02T09:00', '2026-11-02T10:00Z', true, true)"
    columns = "(reservation_id, gpu_id, place, starts, ends, holds, counted)"
    with pytest.raises(DBAPIError), filled.begin() as connection:
        connection.execute(text(f"INSERT INTO allocation {columns} {values}"))


def test_an_overlap_is_told_from_other_mistakes(filled):
    with pytest.raises(Overlap), understood(), filled.begin() as connection:
        connection.execute(insert(ALLOCATION).values(allocation(2, 1, *HELD)))
    with pytest.raises(IntegrityError), understood(), filled.begin() as connection:
        connection.execute(insert(ALLOCATION).values(allocation(2, 999, *HELD)))


def test_nobody_can_point_to_a_gpu_or_a_reservation_that_is_not_there(filled):
    assert not accepts(filled, insert(ALLOCATION).values(allocation(2, 77, 1, 2)))
    assert not accepts(filled, insert(ALLOCATION).values(allocation(77, 2, 1, 2)))


@pytest.mark.parametrize("statement", ["UPDATE audit SET who = 'U0BOB'", "DELETE FROM audit"])
def test_an_audit_row_can_be_neither_changed_nor_deleted(filled, statement):
    with pytest.raises(DBAPIError, match="audit is append-only"), filled.begin() as connection:
        connection.execute(text(statement))


def test_an_audit_row_cannot_be_replaced_or_truncated_away(filled):
    if filled.dialect.name == "sqlite":
        statement = "REPLACE INTO audit (id, at, who, act) SELECT id, 0, 'U0BOB', 'book' FROM audit"
    else:
        statement = "TRUNCATE audit"
    with pytest.raises(DBAPIError, match="audit is append-only"), filled.begin() as connection:
        connection.execute(text(statement))
