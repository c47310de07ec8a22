"""Transactions: snapshots, versions, waiting for a turn, and what is left when something fails."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import text

import storage.engine
from bot.booking.lab import Lab
from bot.errors import Busy, ConfigError
from make import ALICE, BOB, lab, monday, node, reservation
from plans import plans, whole_tables
from storage.engine import open_engine
from storage.ledger import Ledger, Overlap
from storage.sqlite import driver, journal_mode

AT_MOST = 2.9
"""Seconds after which a busy ledger must have said so: 2.5, and what a loaded machine adds."""


def book_one(ledger: Ledger, **changes):
    with ledger.writing() as book:
        return book.add(reservation(0, **changes))


def test_the_version_goes_up_by_one_in_a_transaction_that_changes_reservations(ledger):
    with ledger.writing() as book:
        assert book.version == 0
        book.add(reservation(0, gpus=("atlas:0",)))
        book.add(reservation(0, gpus=("atlas:1",)))
        assert book.version == 1
    with ledger.writing() as book:
        book.keep("key", "digest", "answer", monday())
    with ledger.reading() as book:
        assert book.version == 1


def test_overlaps_are_counted_in_what_is_held_alone(ledger, backend):
    book_one(ledger, gpus=("atlas:0", "atlas:1"))
    with plans() as asked:
        assert ledger.overlaps() == 0
    assert not whole_tables(asked)
    assert len(asked) == (backend == "sqlite")


def test_an_exception_undoes_everything(ledger, fail_after):
    with pytest.raises(RuntimeError):
        fail_after(lambda book: book.add(reservation(0)))
    with ledger.reading() as book:
        assert book.version == 0
        assert list(book.everything()) == []


def test_the_database_refuses_an_overlap_that_nobody_looked_for(ledger):
    book_one(ledger)
    with pytest.raises(Overlap):
        book_one(ledger, start=16, end=18, member=BOB.id)
    with ledger.reading() as book:
        assert [entered.member for entered in book.everything()] == [ALICE.id]
        assert book.version == 1
    assert book_one(ledger, start=17, end=18).window.start == monday(17)


def test_a_reader_sees_one_moment_and_cannot_write(ledger, engine, backend):
    with ledger.reading() as book:
        assert book.changes(0) == []
        if backend == "postgresql":  # on SQLite the writer would wait for the reader
            book_one(ledger)
        assert book.changes(0) == []
        assert book.version == 0
    with pytest.raises(Exception, match=r"readonly|read-only"), ledger.reading() as book:
        book.add(reservation(0, 20, 21))
    assert book_one(ledger, start=20, end=21).state.value == "booked"


def test_a_gpu_that_no_lab_file_names_is_a_bug_and_writes_nothing(ledger):
    with pytest.raises(LookupError, match="hal:9"):
        book_one(ledger, gpus=("hal:9",))
    with ledger.reading() as book:
        assert book.version == 0


def test_gpus_that_left_the_lab_file_are_retired_and_may_come_back(ledger, engine):
    def rows() -> dict[str, tuple[str, bool]]:
        with engine.connect() as connection:
            found = connection.execute(text("SELECT name, pool, retired FROM gpu"))
            return {row.name: (row.pool, bool(row.retired)) for row in found}

    assert rows()["titan:3"] == ("3090", False)
    smaller: Lab = lab(node("atlas", "big", 4), node("nova", "h100", 1))
    ledger.sync_gpus(smaller)
    assert rows()["titan:3"] == ("3090", True)
    assert rows()["atlas:0"] == ("big", False)
    assert rows()["nova:0"] == ("h100", False)
    ledger.sync_gpus(lab())
    assert rows()["titan:3"] == ("3090", False)
    assert rows()["nova:0"] == ("h100", True)
    assert book_one(ledger, gpus=("titan:3",), pool="3090").gpus == ("titan:3",)


@contextmanager
def held_elsewhere(url: str) -> Iterator[None]:
    """Keep every writer out, as another process would."""
    other = open_engine(url)
    with other.begin() as connection:
        connection.execute(text("UPDATE ledger SET version = version"))
        yield
    other.dispose()


def test_a_writer_that_another_process_keeps_out_is_told_so_in_time(ledger, database_url):
    began = time.monotonic()
    with held_elsewhere(database_url), pytest.raises(Busy, match="Nothing was written"):
        book_one(ledger)
    assert 1.9 < time.monotonic() - began < AT_MOST
    assert book_one(ledger).id


def test_threads_that_wait_for_one_another_wait_no_longer_in_all(ledger, engine, database_url):
    ledger = Ledger(engine, patience=0.5)
    waits: list[float] = []

    def try_it() -> None:
        began = time.monotonic()
        with pytest.raises(Busy):
            book_one(ledger)
        waits.append(time.monotonic() - began)

    threads = [threading.Thread(target=try_it) for _ in range(6)]
    with held_elsewhere(database_url):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(waits) == 6
    assert max(waits) < 1.0 + AT_MOST - 2.5


def test_a_commit_that_cannot_be_made_is_busy_and_leaves_nothing(sqlite_url, monkeypatch):
    monkeypatch.setattr(storage.engine, "journal_mode", lambda: "TRUNCATE")  # with WAL a reader keeps nobody
    engine = open_engine(sqlite_url)
    ledger = Ledger(engine, patience=0.5)
    ledger.sync_gpus(lab())
    reader = driver.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM ledger").fetchall()
    began = time.monotonic()
    with pytest.raises(Busy):
        book_one(ledger)
    assert time.monotonic() - began < 1.0 + AT_MOST - 2.5
    reader.close()
    with ledger.reading() as book:
        assert list(book.everything()) == []
    assert book_one(ledger).id
    engine.dispose()


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_a_deadlock_is_busy_for_one_and_nothing_for_the_other(ledger, engine):
    with engine.connect() as other:
        other.execute(text("UPDATE gpu SET model = 'x' WHERE name = 'atlas:0'"))
        crossing = threading.Timer(0.2, other.execute, [text("UPDATE gpu SET model = 'x' WHERE name = 'atlas:1'")])

        def cross() -> None:
            with ledger.exclusively() as connection:
                connection.execute(text("SET LOCAL deadlock_timeout = '400ms'"))  # first to wait, first to look
                connection.execute(text("UPDATE gpu SET model = 'y' WHERE name = 'atlas:1'"))
                crossing.start()
                connection.execute(text("UPDATE gpu SET model = 'y' WHERE name = 'atlas:0'"))

        with pytest.raises(Busy):
            cross()
        crossing.join()
        other.commit()
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM gpu WHERE model = 'x'")) == 2


def test_a_database_that_is_away_is_busy_too(tmp_path):
    engine = open_engine(f"postgresql+psycopg://postgres@/nothing?host={tmp_path}")
    with pytest.raises(Busy), Ledger(engine).writing():
        pass
    with pytest.raises(Busy), Ledger(engine).reading():
        pass
    engine.dispose()


def test_connections_that_the_server_dropped_are_replaced(ledger, engine, database_url, backend):
    book_one(ledger)
    if backend == "postgresql":
        admin = open_engine(database_url)
        with admin.connect() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        admin.dispose()
    assert book_one(ledger, start=20, end=21).id


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_a_server_that_dies_within_a_transaction_is_busy_and_nothing_is_written(ledger, engine):

    def book_while_the_server_dies() -> None:
        with ledger.writing() as book:
            book.add(reservation(0))
            with engine.connect() as other:
                other.execute(
                    text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'")
                )
            book.add(reservation(0, 20, 21))

    with pytest.raises(Busy):
        book_while_the_server_dies()
    with ledger.reading() as book:
        assert list(book.everything()) == []


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("not a url", "cannot be read"),
        ("mysql://root@localhost/gpus", "No ledger can be kept in mysql"),
        ("sqlite://", "file of its own"),
        ("sqlite:///:memory:", "file of its own"),
        ("sqlite:////no/such/folder/crunchtime.db", "There is no folder /no/such/folder"),
    ],
)
def test_a_database_url_that_cannot_work_is_refused_with_what_to_do(url, words):
    with pytest.raises(ConfigError, match=words):
        open_engine(url)


def test_the_usual_spellings_of_postgresql_are_understood():
    for scheme in ("postgres", "postgresql", "postgresql+psycopg"):
        assert open_engine(f"{scheme}://bot@db/gpus").url.drivername == "postgresql+psycopg"


def test_wal_is_used_only_where_two_processes_cannot_corrupt_it():
    versions = [(3, 51, 3), (3, 53, 4), (3, 50, 7), (3, 44, 6), (3, 51, 2), (3, 50, 6), (3, 44, 5), (3, 40, 1)]
    assert [journal_mode(version) for version in versions] == ["WAL"] * 4 + ["TRUNCATE"] * 4


def test_sqlite_is_set_up_to_survive_two_processes_and_a_power_cut(sqlite_url):
    engine = open_engine(sqlite_url)
    with engine.connect() as connection:
        values = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert values == [journal_mode().lower(), 2, 1]
    engine.dispose()
