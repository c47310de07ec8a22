"""Backups: whole or not at all, from either kind of database into either, with their guards in force."""

import gzip
import json
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select, text

from bot.desk import Desk
from bot.errors import ConfigError
from desks import NOW, booked
from make import ALICE, BOB, lab, monday
from storage.backup import backup, restore
from storage.engine import open_engine
from storage.ledger import Ledger
from storage.schema import bring_to, is_current
from storage.tables import AUDIT, METADATA


def rows(engine: Engine) -> dict[str, list[tuple]]:
    """Everything in the database, table by table."""
    with engine.connect() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(select(table))), key=repr)
            for table in METADATA.sorted_tables
        }


@pytest.fixture
def desk(ledger: Ledger) -> Desk:
    """A desk with a day's bookings, a release and a member's own deadline."""
    desk = Desk(ledger, lab())
    first = booked(desk, count=2)
    booked(desk, BOB, start=10, end=12)
    desk.release(ALICE, first.id, NOW)
    desk.add_deadline(ALICE, "thesis, \N{SNOWMAN}", monday(day=20), "UTC", NOW)
    return desk


@pytest.fixture(params=["sqlite", "postgresql"])
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path):
    """A new database without any table, of either kind."""
    url = (
        f"sqlite:///{tmp_path / 'new.db'}"
        if request.param == "sqlite"
        else request.getfixturevalue("postgresql").empty()
    )
    engine = open_engine(url)
    yield engine
    engine.dispose()


def test_what_was_backed_up_is_back_and_goes_on(desk: Desk, elsewhere: Engine, tmp_path: Path) -> None:
    file = tmp_path / "lab.backup"
    count = backup(desk.ledger.engine, file)
    assert restore(elsewhere, file) == count == sum(map(len, rows(desk.ledger.engine).values()))
    assert rows(elsewhere) == rows(desk.ledger.engine)
    again = Desk(Ledger(elsewhere), lab())
    assert booked(again, start=13, end=14).id == 3
    assert [deadline.name for deadline in again.deadlines(ALICE.id, NOW)] == ["thesis, \N{SNOWMAN}"]


def test_a_backup_is_its_owner_s_and_replaces_the_one_before(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "lab.backup"
    file.write_text("yesterday's")
    backup(desk.ledger.engine, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert gzip.decompress(file.read_bytes()).startswith(b"{")
    assert [path.name for path in tmp_path.glob("lab.backup*")] == ["lab.backup"]


def test_a_backup_that_cannot_be_written_leaves_the_one_before(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "missing" / "lab.backup"
    with pytest.raises(ConfigError, match="cannot be written"):
        backup(desk.ledger.engine, file)
    assert not file.exists()


def test_a_torn_or_foreign_file_restores_nothing(desk: Desk, elsewhere: Engine, tmp_path: Path) -> None:
    file = tmp_path / "lab.backup"
    backup(desk.ledger.engine, file)
    whole = file.read_bytes()
    lines = gzip.decompress(whole).splitlines(keepends=True)
    for wrong in (
        b"",
        b"no gzip",
        whole[: len(whole) // 2],
        gzip.compress(b"".join(lines[:-1])),
        gzip.compress(b"".join(line for line in lines if b"U0BOB" not in line)),
        gzip.compress(b"{}\n"),
        gzip.compress(b"not json\n"),
        gzip.compress(b"\xff\xfe"),
        gzip.compress(lines[0].replace(b'"revision":"0', b'"revision":"9')),
        gzip.compress(lines[0].replace(b'"format":1', b'"format":2')),
        gzip.compress(lines[0] + b'{"table":"users; drop","columns":[]}\n'),
        gzip.compress(lines[0] + b'{"table":"member","columns":["team"]}\n["T1","more"]\n{"rows":1}\n'),
        gzip.compress(lines[0] + b'{"table":"member","columns":["nothing"]}\n["T1"]\n{"rows":1}\n'),
    ):
        file.write_bytes(wrong)
        with pytest.raises(ConfigError):
            restore(elsewhere, file)
    with elsewhere.connect() as connection:
        assert not elsewhere.dialect.has_table(connection, "reservation")


def test_two_holders_of_one_gpu_are_not_restored(desk: Desk, elsewhere: Engine, tmp_path: Path) -> None:
    file = tmp_path / "lab.backup"
    backup(desk.ledger.engine, file)
    lines = [json.loads(line) for line in gzip.decompress(file.read_bytes()).splitlines()]
    at = next(place for place, line in enumerate(lines) if isinstance(line, dict) and line.get("table") == "allocation")
    names = lines[at]["columns"]
    held = next(row for row in lines[at + 1 :] if row[names.index("holds")])
    doubled = [*held]
    doubled[names.index("id")], doubled[names.index("place")] = 999, 99
    lines[at + 1 : at + 1] = [doubled]
    lines[-1]["rows"] += 1
    file.write_bytes(gzip.compress("\n".join(map(json.dumps, lines)).encode()))
    with pytest.raises(ConfigError, match="two holders"):
        restore(elsewhere, file)
    with elsewhere.connect() as connection:
        assert not elsewhere.dialect.has_table(connection, "reservation")


def test_only_a_database_that_holds_nothing_is_filled(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "lab.backup"
    backup(desk.ledger.engine, file)
    before = rows(desk.ledger.engine)
    with pytest.raises(ConfigError, match="holds something already"):
        restore(desk.ledger.engine, file)
    assert rows(desk.ledger.engine) == before


def test_a_database_without_a_ledger_has_nothing_to_back_up(elsewhere: Engine, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no ledger"):
        backup(elsewhere, tmp_path / "lab.backup")
    assert not list(tmp_path.glob("lab.backup*"))


def test_an_older_version_s_backup_is_brought_up_to_date(elsewhere: Engine, tmp_path: Path) -> None:
    old = open_engine(f"sqlite:///{tmp_path / 'old.db'}")
    with old.begin() as connection:
        bring_to(connection, "0001")
        connection.execute(insert(AUDIT).values(at=NOW - timedelta(days=400), who="U0OLD", act="booked"))
    file = tmp_path / "lab.backup"
    backup(old, file)
    old.dispose()
    restore(elsewhere, file)
    assert is_current(elsewhere)
    with elsewhere.connect() as connection:
        assert connection.scalar(text("SELECT who FROM audit")) == "U0OLD"
