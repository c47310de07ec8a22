"""`crunchtime export`: reservations, the audit, what was seen of the GPUs in two days, and hourly sums."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from bot.booking.observed import Reading
from bot.errors import ConfigError
from bot.export import contents, instant, table_as_csv
from bot.kept import COLUMNS, kept
from storage.engine import open_engine
from storage.ledger import Ledger
from storage.readings import KEPT, Readings, Usage
from storage.schema import is_current

_EVER = timedelta(days=36500)


def exported(database_url: str, what: str, form: str, now: datetime) -> str:
    """`what`: "reservations", "audit", "readings" of the last 48 hours, "usage" by the hour, or one of `bot.kept`.

    `form`: "json" or "csv".

    Raises ConfigError for a database of another version.
    """
    engine = open_engine(database_url)
    try:
        if not is_current(engine):
            raise ConfigError(["The database is not at this version's schema; run: crunchtime db upgrade"])
        ledger = Ledger(engine)
        if what in {"reservations", "audit"}:
            with ledger.reading() as book:
                reservations = list(book.everything()) if what == "reservations" else []
                entries = list(book.entries()) if what == "audit" else []
            return contents(what, form, reservations, entries)
        if what in COLUMNS:
            with ledger.reading() as book:
                rows = kept(what, book)
            return _written(what, rows, COLUMNS[what], form)
        return _seen(Readings(ledger), what, form, now)
    finally:
        engine.dispose()


def _seen(readings: Readings, what: str, form: str, now: datetime) -> str:
    if what == "readings":
        rows = [reading_values(one) for one in readings.since(now - KEPT)]
    else:
        rows = [usage_values(one) for one in readings.usage(now - _EVER, now)]
    return _written(what, rows, _READING if what == "readings" else _USAGE, form)


def _written(what: str, rows: list[dict[str, Any]], columns: tuple[str, ...], form: str) -> str:
    if form == "json":
        return json.dumps({what: rows}, ensure_ascii=False, indent=1)
    return _as_csv(rows, columns)


_READING = (
    "gpu",
    "uuid",
    "at",
    "utilisation",
    "busy",
    "memory_used_mb",
    "temperature",
    "power",
    "mig",
    "fault",
    "processes",
)
_USAGE = ("gpu", "start", "reservation", "reserved_hours", "used_hours", "idle_hours", "unknown_hours")


def reading_values(reading: Reading) -> dict[str, Any]:
    """One reading as JSON values; `processes` null: not known."""
    return {
        "gpu": f"{reading.node}:{reading.index}",
        "uuid": reading.uuid,
        "at": instant(reading.at),
        "utilisation": reading.utilisation,
        "busy": reading.busy,
        "memory_used_mb": reading.memory_used_mb,
        "temperature": reading.temperature,
        "power": reading.power,
        "mig": reading.mig,
        "fault": reading.fault,
        "processes": None
        if reading.processes is None
        else [
            {"pid": one.pid, "login": one.login, "command": one.command}
            | {"compute": one.compute, "container": one.container}
            for one in reading.processes
        ],
    }


def usage_values(usage: Usage) -> dict[str, Any]:
    """One hour of one GPU by one reservation, or (null) by nobody's; in GPU-hours of what was looked at."""
    reserved = usage.used + usage.idle + usage.unknown if usage.reservation else 0
    return {
        "gpu": usage.gpu,
        "start": instant(usage.start),
        "reservation": f"R{usage.reservation}" if usage.reservation else None,
        "reserved_hours": round(reserved / 60, 4),
        "used_hours": round(usage.used / 60, 4),
        "idle_hours": round(usage.idle / 60, 4),
        "unknown_hours": round(usage.unknown / 60, 4),
    }


def _as_csv(rows: Iterable[dict[str, Any]], columns: tuple[str, ...]) -> str:
    return table_as_csv(columns, ([_flat(values[column]) for column in columns] for values in rows))


def _flat(value: Any) -> Any:
    """A list of processes, or of lines, as one cell."""
    if not isinstance(value, list):
        return value
    if all(isinstance(one, str) for one in value):
        return " / ".join(value)
    return " ".join(f"{one['login'] or '?'}:{one['command']}" for one in value)
