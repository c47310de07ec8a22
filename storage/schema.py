"""The schema: bringing it up to date, knowing whether it is, and proving that its guards stand."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine, delete, insert, inspect, text, update
from sqlalchemy.exc import DBAPIError

from bot.booking.lifecycle import State
from bot.errors import ConfigError
from storage.engine import reading_options
from storage.faults import Overlap, understood
from storage.guards import APPEND_ONLY
from storage.tables import ALLOCATION, AUDIT, GPU, RESERVATION

_MIGRATIONS = Path(__file__).parent / "migrations"
_UPGRADE_PATIENCE = 60.0
_UPGRADE_LOCK = 0x6372756E  # "crun", PostgreSQL's advisory lock of whoever upgrades


def upgrade(engine: Engine) -> None:
    """Bring the schema to the newest revision, in one transaction. Several processes may try at once: one does it.

    Raises ConfigError for a database that a newer Crunchtime has upgraded, and Busy if it is locked for a minute.
    """
    if is_current(engine):
        return
    with understood(), engine.connect() as plain:
        connection = plain.execution_options(patience=_UPGRADE_PATIENCE)
        with connection.begin():
            if connection.dialect.name == "postgresql":
                connection.execute(text(f"SET LOCAL lock_timeout = '{_UPGRADE_PATIENCE:.0f}s'"))
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
            bring_to(connection, "head")


def bring_to(connection: Connection, revision: str) -> None:
    """Upgrade to `revision` inside the caller's transaction. Raises ConfigError for one that is not known here."""
    config = _config()
    scripts = ScriptDirectory.from_config(config)
    _refuse_newer(revision_of(connection), scripts)
    _refuse_newer(None if revision == "head" else revision, scripts)
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def revision_of(connection: Connection) -> str | None:
    """Which revision the schema is at; None where there is none."""
    # As Alembic itself would find it, but for what it writes into the log each time: readiness asks every few seconds.
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def is_current(engine: Engine) -> bool:
    """Whether the database is at this program's newest revision. Raises Busy where it cannot be asked."""
    with understood(), engine.connect() as plain:
        connection = plain.execution_options(**reading_options(engine))
        with connection.begin():
            return revision_of(connection) == ScriptDirectory.from_config(_config()).get_current_head()


def will_upgrade(engine: Engine) -> bool:
    """Whether `upgrade` would have something to do. Raises ConfigError as it would; changes and makes nothing."""
    path = engine.url.database
    if engine.dialect.name == "sqlite" and path is not None and not Path(path).exists():
        return True
    with understood(), engine.connect() as plain:
        connection = plain.execution_options(**reading_options(engine))
        with connection.begin():
            _refuse_newer(revision_of(connection), ScriptDirectory.from_config(_config()))
    return not is_current(engine)


def prove_guard(engine: Engine) -> None:
    """Try what the database must refuse by itself, in a transaction that is undone. Raises ConfigError if it accepts.

    A migration can lose a trigger without a word; a ledger without its guard would double-book just as quietly.
    """
    with understood(), engine.connect() as connection:
        try:
            mistakes = list(_accepted(connection))
        finally:
            connection.rollback()
    if mistakes:
        raise ConfigError([f"{mistake} {_REMEDY}" for mistake in mistakes])


_REMEDY = "Restore a backup, or make what is missing anew: storage/guards.py has it."


def _accepted(connection: Connection) -> Iterator[str]:
    # Negative ids, so that nothing real is touched and no number is used up.
    connection.execute(insert(GPU).values(id=-1, name="guard", pool="", model="", memory_gb=0, retired=True))
    for row_id in (-1, -2):
        connection.execute(insert(RESERVATION).values(id=row_id, **_PROBE))
    connection.execute(insert(ALLOCATION).values(_probe_allocation(-1, 10, 20)))
    with _refused(connection) as refused:
        connection.execute(insert(ALLOCATION).values(_probe_allocation(-2, 19, 30)))
    if not refused:
        yield "The database accepts a second holder of a GPU."
    with _refused(connection) as refused:
        connection.execute(insert(ALLOCATION).values(_probe_allocation(-2, 20, 30)))
        connection.execute(update(ALLOCATION).where(ALLOCATION.c.id == -2).values(starts=19))
    if not refused:
        yield "The database accepts a change that makes two reservations of a GPU overlap."
    connection.execute(insert(AUDIT).values(id=-1, at=_LONG_AGO, who="", act=""))
    for statement in (update(AUDIT).values(who="somebody"), delete(AUDIT)):
        with _refused(connection, rights=True) as refused:
            connection.execute(statement.where(AUDIT.c.id == -1))
        if not refused:
            yield "The database accepts a change of an audit row."


@contextmanager
def _refused(connection: Connection, *, rights: bool = False) -> Iterator[list[Exception]]:
    """Undo the block, and put into the list the refusal that ended it.

    `rights`: that the database's user may not do it at all is a refusal too, and the better one.
    """
    refusals: list[Exception] = []
    savepoint = connection.begin_nested()
    try:
        with understood():
            yield refusals
    except Overlap as refusal:
        refusals.append(refusal)
    except DBAPIError as error:
        forbidden = rights and getattr(error.orig, "sqlstate", None) == _NO_RIGHT
        if APPEND_ONLY not in str(error.orig) and not forbidden:
            raise
        refusals.append(error)
    savepoint.rollback()


_NO_RIGHT = "42501"  # PostgreSQL: insufficient privilege
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_PROBE: Mapping[str, Any] = {
    "member": "",
    "state": State.BOOKED.value,
    "pool": "",
    "starts": 10,
    "ends": 30,
    "created_at": _LONG_AGO,
    "version": 1,
    "movable": False,
    "named": False,
    "memory_gb": 0,
    "reason": "",
    "asked_by": "",
    "moved": 0,
    "ledger_version": 0,
}


def _probe_allocation(row_id: int, starts: int, ends: int) -> dict[str, Any]:
    row = {"id": row_id, "reservation_id": row_id, "gpu_id": -1, "place": 0, "starts": starts, "ends": ends}
    return row | {"holds": True, "counted": False}


def _config() -> Config:
    config = Config()
    # ConfigParser reads % as the beginning of a reference.
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _refuse_newer(revision: str | None, scripts: ScriptDirectory) -> None:
    try:
        scripts.get_revisions(revision or "base")
    except CommandError:
        raise ConfigError(
            [
                f"The database is at revision {revision}, which this Crunchtime does not know: a newer one upgraded it."
                " Start that version, or restore a backup from before."
            ]
        ) from None
