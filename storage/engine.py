"""Engines for the two databases: how transactions begin, and how long anything waits."""

import math
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.errors import ConfigError
from storage.sqlite import driver, journal_mode

PATIENCE = 2.0
"""Seconds that a writer waits for its turn, in all. Slack hangs up after 3, and the work itself needs its share."""

_POOL_PATIENCE = 0.4
_SHORTEST = 0.05
_IDLE_LIMIT_MS = 10_000


def open_engine(url: str) -> Engine:
    """An engine for `sqlite:///FILE` or `postgresql+psycopg://...`. Connects at first use.

    Its transactions write unless begun with `reading_options`. On SQLite the execution option `patience` says how many
    seconds a transaction may wait for its beginning.
    Raises ConfigError for another database, an unreadable URL, SQLite in memory or a folder that is not there.
    """
    parsed = _parsed(url)
    pool = {"pool_size": 8, "max_overflow": 24, "pool_timeout": _POOL_PATIENCE}
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(parsed, module=driver, connect_args={"timeout": PATIENCE}, **pool)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    # A server that went away without a word must not hold anybody longer than a busy one.
    network = {"connect_timeout": 2, "tcp_user_timeout": 2_500}
    return create_engine(parsed, connect_args=network, pool_pre_ping=True, **pool)


def reading_options(engine: Engine) -> dict[str, Any]:
    """Execution options of a connection that reads one consistent snapshot and cannot write."""
    if engine.dialect.name == "sqlite":
        return {"reads": True}
    return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def limit_waiting(connection: Connection, seconds: float) -> None:
    """Let the rest of this transaction wait for locks at most `seconds` (at least 50 ms)."""
    milliseconds = math.ceil(max(seconds, _SHORTEST) * 1000)
    if connection.dialect.name == "sqlite":
        _plainly(connection, f"PRAGMA busy_timeout = {milliseconds}")
        return
    connection.execute(
        _POSTGRESQL_LIMITS, {"lock": milliseconds, "statement": milliseconds + 500, "idle": _IDLE_LIMIT_MS}
    )


_POSTGRESQL_LIMITS = text(
    "SELECT set_config('lock_timeout', CAST(:lock AS text), true),"
    " set_config('statement_timeout', CAST(:statement AS text), true),"
    " set_config('idle_in_transaction_session_timeout', CAST(:idle AS text), true)"
)


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ConfigError(["The database URL cannot be read. Use sqlite:///FILE or postgresql+psycopg://..."]) from None
    match parsed.drivername:
        case "sqlite" | "sqlite+pysqlite":
            _check_file(parsed.database or ":memory:")
            return parsed
        case "postgresql" | "postgres" | "postgresql+psycopg":
            return parsed.set(drivername="postgresql+psycopg")
        case other:
            raise ConfigError([f"No ledger can be kept in {other}. Use sqlite:///FILE or postgresql+psycopg://..."])


def _check_file(path: str) -> None:
    if path == ":memory:" or path.startswith("file:"):
        raise ConfigError(["The ledger needs a file of its own: sqlite:///FILE, not a database in memory."])
    folder = Path(path).resolve().parent
    if not folder.is_dir():
        raise ConfigError([f"There is no folder {folder} for the database. Make it, or name another file."])


def _prepare_sqlite(connection: driver.Connection, _record: object) -> None:
    # SQLAlchemy begins the transactions (below), not the driver, which would begin none at a SELECT.
    connection.isolation_level = None
    # FULL: what is committed has survived a power cut, with either kind of journal.
    for pragma in ("foreign_keys = ON", f"journal_mode = {journal_mode()}", "synchronous = FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    reads = options.get("reads", False)
    limit_waiting(connection, options.get("patience", PATIENCE))
    if connection.info.get("reads") is not reads:  # most often it was used for the same before
        _plainly(connection, f"PRAGMA query_only = {'ON' if reads else 'OFF'}")
        connection.info["reads"] = reads
    # IMMEDIATE takes the write lock at once: one who reads first and locks later would have read what is no longer so.
    _plainly(connection, "BEGIN" if reads else "BEGIN IMMEDIATE")


def _plainly(connection: Connection, statement: str) -> None:
    """By the driver alone: what is said around each transaction costs 60 us by way of SQLAlchemy, and 5 like this.

    Raises the driver's own errors, which storage/faults.py understands.
    """
    plain = connection.connection.driver_connection
    assert isinstance(plain, driver.Connection)  # noqa: S101 - the caller knows the dialect
    plain.execute(statement)
