"""Backups: every row of a database in one file, the same for both kinds, so that a ledger can also change its kind.

A file is gzip of JSON lines: what it is, then for each table its name and columns followed by its rows, at last how
many rows there were. Tables are looked up in the database itself, so that the file is right for the schema that it came
from, whatever this program's own is.
"""

import gzip
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import Connection, Engine, MetaData, Table, delete, func, insert, select, text
from sqlalchemy.exc import IntegrityError

from bot.errors import ConfigError
from storage.engine import reading_options
from storage.faults import Overlap, understood
from storage.schema import bring_to, prove_guard, revision_of

_FORMAT = 1
_CHUNK = 1000
_MADE_BY_MIGRATIONS = frozenset({"ledger"})  # has its row from the first migration on


def backup(engine: Engine, path: Path) -> int:
    """Write all rows as of one instant to `path`; how many there are. People go on booking meanwhile.

    The file appears whole or not at all, and only its owner can read it. Raises ConfigError for a database without a
    ledger and for a file that cannot be written, and Busy.
    """
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as raw:
            with gzip.open(raw, "wt", encoding="utf-8") as out:
                count = _dump(engine, out)
            raw.flush()
            os.fsync(raw.fileno())
        new.replace(path)
    except OSError as error:
        raise ConfigError([f"{path} cannot be written ({error.strerror}). Name another file."]) from None
    finally:
        new.unlink(missing_ok=True)
    return count


def restore(engine: Engine, path: Path) -> int:
    """Fill a database that holds nothing from a backup, bring it to this version's schema, and prove its guards.

    How many rows there are. All of them or none: the database's guards are in force meanwhile. Raises ConfigError for a
    file that is no backup or not a whole one, for a backup of a newer Crunchtime, and for a database with rows in it.
    """
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines, understood(), engine.begin() as connection:
            count = _load(connection, _parsed(lines, path), path)
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path} cannot be read as a backup ({error}). Nothing was restored."]) from None
    except IntegrityError:
        raise _torn(path) from None
    except Overlap:
        raise ConfigError([f"{path} holds two holders of one GPU. Nothing was restored."]) from None
    prove_guard(engine)
    return count


def _dump(engine: Engine, out: TextIO) -> int:
    count = 0
    options = {"yield_per": _CHUNK} | reading_options(engine)
    with understood(), engine.connect() as plain:
        connection = plain.execution_options(**options)
        with connection.begin():
            revision = revision_of(connection)
            if revision is None:
                raise ConfigError(["There is no ledger in this database. Check CRUNCHTIME_DATABASE_URL."])
            _line(out, {"crunchtime": "backup", "format": _FORMAT, "revision": revision})
            for table in _tables(connection):
                _line(out, {"table": table.name, "columns": table.columns.keys()})
                for row in connection.execute(select(table)):
                    _line(out, list(row))
                    count += 1
            _line(out, {"rows": count})
    return count


def _line(out: TextIO, value: object) -> None:
    out.write(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")


def _parsed(lines: TextIO, path: Path) -> Iterator[Any]:
    for line in lines:
        try:
            yield json.loads(line)
        except ValueError:
            raise _no_backup(path) from None


def _load(connection: Connection, lines: Iterator[Any], path: Path) -> int:
    head = next(lines, None)
    if not isinstance(head, dict) or head.get("crunchtime") != "backup":
        raise _no_backup(path)
    if head.get("format") != _FORMAT:
        raise ConfigError([f"{path} was written by a newer Crunchtime. Restore it with that version."])
    _refuse_full(connection)
    bring_to(connection, str(head["revision"]))
    tables = {table.name: table for table in _tables(connection)}
    into: _Into | None = None
    count = 0
    for line in lines:
        if isinstance(line, list) and into is not None and into.takes(line):
            count += 1
            continue
        if into is not None:
            into.flush()
        if line == {"rows": count}:
            _number_on(connection, tables.values())
            bring_to(connection, "head")
            return count
        if not isinstance(line, dict) or line.get("table") not in tables:
            break
        into = _Into(connection, tables[line["table"]], line["columns"])
    raise _torn(path)


class _Into:
    """Rows on their way into a table, some at a time."""

    def __init__(self, connection: Connection, table: Table, columns: list[str]) -> None:
        self._connection, self._table, self._columns = connection, table, columns
        self._rows: list[dict[str, Any]] = []
        if table.name in _MADE_BY_MIGRATIONS:
            connection.execute(delete(table))

    def takes(self, row: list[Any]) -> bool:
        """Whether it has a value for each of the columns; it is then on its way."""
        if len(row) != len(self._columns) or not set(self._columns) <= set(self._table.columns.keys()):
            return False
        self._rows.append(dict(zip(self._columns, row, strict=True)))
        if len(self._rows) >= _CHUNK:
            self.flush()
        return True

    def flush(self) -> None:
        if self._rows:
            self._connection.execute(insert(self._table), self._rows)
            self._rows = []


def _refuse_full(connection: Connection) -> None:
    for table in _tables(connection):
        if table.name not in _MADE_BY_MIGRATIONS and connection.scalar(select(func.count()).select_from(table)):
            raise ConfigError(
                ["This database holds something already. Restore into a new one (SQLite: a file that is not there)."]
            )


def _tables(connection: Connection) -> list[Table]:
    """All tables but alembic's, each after those that it points to."""
    found = MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != "alembic_version"]


def _number_on(connection: Connection, tables: Iterable[Table]) -> None:
    """New rows get numbers after those of the backup; SQLite sees to that by itself."""
    if connection.dialect.name != "postgresql":
        return
    for table in tables:
        if "id" in table.columns and table.columns["id"].server_default is not None:
            connection.execute(
                text("SELECT setval(pg_get_serial_sequence(:table, 'id'), greatest(:last, 1), :last > 0)"),
                {"table": table.name, "last": connection.scalar(select(func.coalesce(func.max(table.c.id), 0)))},
            )


def _torn(path: Path) -> ConfigError:
    return ConfigError([f"{path} is not whole: it ends too early, or was changed. Nothing was restored."])


def _no_backup(path: Path) -> ConfigError:
    return ConfigError([f"{path} is no backup of Crunchtime. Nothing was restored."])
