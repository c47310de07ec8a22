"""Databases of every version there was, with data in each of their tables, brought up to date: nothing is lost."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import JSON, Boolean, Connection, Engine, Float, Integer, MetaData, Table, insert, select, text

from bot.booking.model import minute_of
from bot.booking.observed import FindingKind
from bot.booking.reasons import Taken
from bot.desk import Desk
from conftest import Rounds
from desks import NOW, refused
from make import ALICE, BOB, lab, monday, request
from storage.backup import _number_on, backup, restore
from storage.engine import open_engine
from storage.faults import Overlap, understood
from storage.ledger import Ledger
from storage.schema import _config, bring_to, is_current, prove_guard
from storage.tables import ALLOCATION

REVISIONS = [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()][::-1]
ONLY_ONE = {"ledger", "alembic_version"}  # a row of its own from the beginning
HOUR = 60

Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture
def empty(empty_url: str) -> Iterator[Engine]:
    engine = open_engine(empty_url)
    yield engine
    engine.dispose()


_SEEN: dict[tuple[str, str | None], list[Table]] = {}


def tables(connection: Connection) -> list[Table]:
    """Those of the version that the database is at, as one database of it has shown them."""
    version = (connection.dialect.name, MigrationContext.configure(connection).get_current_revision())
    if version not in _SEEN:
        found = MetaData()
        found.reflect(connection)
        _SEEN[version] = [table for table in found.sorted_tables if table.name not in ONLY_ONE]
    return _SEEN[version]


def entered(connection: Connection, number: int) -> Rows:
    """One row into each table that there is, as the version with these tables could have written it."""
    made: Rows = {}
    connection.execute(text("UPDATE ledger SET version = :number"), {"number": number})
    for table in tables(connection):
        row = sample(table, number)
        connection.execute(insert(table).values(row))
        made[table.name] = [row]
    _number_on(connection, tables(connection))
    return made


def sample(table: Table, number: int) -> dict[str, Any]:
    """Alice has atlas:N for an hour, N hours after Monday 09:00; the other tables have something each."""
    starts = minute_of(monday(9)) + number * HOUR
    known: dict[str, Any] = {
        "id": f"U{number}" if table.name == "member" else number,
        "member": {"deadline": "", "settings": f"U{number}"}.get(table.name, ALICE.id),
        "state": "asked" if table.name == "login" else "booked",
        "kind": FindingKind.UNUSED.value if table.name == "finding" else "",
        "source": "admin",
        "pool": f"pool{number}" if table.name == "subscription" else "a100",
        "name": f"atlas:{number - 1}",
        "starts": starts,
        "ends": starts + HOUR,
        "holds": True,
        "counted": True,
        "ledger_version": 1,
        "place": 0,
    }
    row = {}
    for column in table.columns:
        if column.name in known:
            row[column.name] = known[column.name]
        elif not column.nullable and column.server_default is None:
            row[column.name] = plain(column.type, f"{table.name} {column.name} {number}", number)
    return row


def plain(kind: object, text: str, number: int) -> object:
    if isinstance(kind, JSON):
        return {"of": text}
    if isinstance(kind, Boolean):
        return False
    if isinstance(kind, Float):
        return number + 0.5
    return number if isinstance(kind, Integer) else text


def missing(connection: Connection, rows: Rows) -> list[tuple[str, dict[str, Any]]]:
    """What of `rows` is not in the database any more just as it was."""
    found = {table.name: connection.execute(select(table)).mappings().all() for table in tables(connection)}
    return [
        (name, row)
        for name, these in rows.items()
        for row in these
        if not any(
            all(kept(name, column, value, there[column]) for column, value in row.items()) for there in found[name]
        )
    ]


def kept(table: str, column: str, before: object, after: object) -> bool:
    """Whether it is as it was; who had settings is asked how content they are, like everybody, since 0012."""
    asked = (table, column) == ("settings", "reminders") and after == f"{before},pulse"
    return before == after or asked


def test_each_version_s_data_is_still_there_at_each_later_one_and_guarded(empty: Engine) -> None:
    rows: Rows = {}
    for number, revision in enumerate(REVISIONS, start=1):
        with empty.begin() as connection:
            bring_to(connection, revision)
            assert missing(connection, rows) == [], f"lost on the way to {revision}"
            for name, these in entered(connection, number).items():
                rows.setdefault(name, []).extend(these)
            assert missing(connection, rows) == []
    assert is_current(empty)
    assert len(rows) > 20
    prove_guard(empty)
    for row in rows["allocation"]:
        clash = row | {"id": None, "reservation_id": 1, "place": 99, "starts": row["ends"] - 1, "ends": row["ends"]}
        del clash["id"]
        with pytest.raises(Overlap), understood(), empty.begin() as connection:
            connection.execute(insert(ALLOCATION).values(clash))


def test_a_desk_goes_on_with_what_the_first_version_has_left(empty: Engine) -> None:
    with empty.begin() as connection:
        bring_to(connection, REVISIONS[0])
        entered(connection, 1)
        bring_to(connection, "head")
    ledger = Ledger(empty)
    ledger.sync_gpus(lab())
    desk = Desk(ledger, lab())
    (mine,) = desk.mine(ALICE.id, NOW)
    assert (mine.id, mine.gpus, mine.window.start) == (1, ("atlas:0",), monday(10))
    whole_node = request(4, 10.5, 11, member=BOB.id)
    assert isinstance(refused(desk, BOB, whole_node).refusals[0], Taken)
    assert desk.turnover(monday(10)) == desk.turnover(monday(11)) == 1
    assert desk.mine(ALICE.id, monday(11) + timedelta(minutes=1)) == ()


def test_a_backup_of_an_older_version_is_restored_whole_and_brought_up_to_date(tmp_path: Path, rounds: Rounds) -> None:
    restored = REVISIONS[:: rounds(3, 1)]
    old = open_engine(f"sqlite:///{tmp_path / 'old.db'}")
    rows: Rows = {}
    for number, revision in enumerate(REVISIONS, start=1):
        with old.begin() as connection:
            bring_to(connection, revision)
            for name, these in entered(connection, number).items():
                rows.setdefault(name, []).extend(these)
        if revision not in restored:
            continue
        count = backup(old, tmp_path / revision)
        new = open_engine(f"sqlite:///{tmp_path / revision}.db")
        assert restore(new, tmp_path / revision) == count == sum(map(len, rows.values())) + 1
        assert is_current(new)
        with new.connect() as connection:
            assert missing(connection, rows) == [], f"lost from a backup of {revision}"
        new.dispose()
    old.dispose()


def test_that_would_notice_a_row_that_is_lost_or_changed(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'one.db'}")
    with engine.begin() as connection:
        bring_to(connection, REVISIONS[0])
        rows = entered(connection, 1)
        assert missing(connection, rows) == []
        changed = {"reservation": [rows["reservation"][0] | {"ends": 7}]}
        assert missing(connection, changed) == [("reservation", changed["reservation"][0])]
    engine.dispose()
