"""`crunchtime export`: reservations, the audit, what was seen of the GPUs in two days, and hourly sums."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, TextIO

from bot.booking.observed import Reading
from bot.errors import ConfigError
from bot.export import as_csv, as_json, instant, of_audit, of_reservations, spooled
from bot.kept import COLUMNS, kept
from storage.engine import open_engine
from storage.ledger import Ledger
from storage.readings import KEPT, Readings, Usage
from storage.schema import will_upgrade


@contextmanager
def exported(database_url: str, what: str, form: str, now: datetime) -> Iterator[TextIO]:
    """`what`: "reservations", "audit", "readings" of the last 48 hours, "usage" by the hour, or one of `bot.kept`.

    `form`: "json" or "csv".

    A file to be read, whole before it is, so that a slow reader keeps nobody from booking. Raises ConfigError for a
    database of another version.
    """
    engine = open_engine(database_url)
    try:
        if will_upgrade(engine):
            raise ConfigError(["The database is not at this version's schema; run: crunchtime db upgrade"])
        with spooled(_pieces(Ledger(engine), what, form, now)) as file:
            yield file
    finally:
        engine.dispose()


def _pieces(ledger: Ledger, what: str, form: str, now: datetime) -> Iterator[str]:
    if what in {"reservations", "audit"}:
        with ledger.reading() as book:
            audit = what == "audit"
            yield from of_audit(form, book.entries()) if audit else of_reservations(form, book.everything())
        return
    found: Iterable[dict[str, Any]]
    if what in COLUMNS:
        columns = COLUMNS[what]
        with ledger.reading() as book:
            found = kept(what, book)
    else:
        values, columns = (_readings, _READING) if what == "readings" else (_usage, _USAGE)
        found = values(Readings(ledger), now)
    yield from as_json(what, found) if form == "json" else as_csv(columns, map(_told, found))


def _readings(readings: Readings, now: datetime) -> Iterator[dict[str, Any]]:
    for begin, end in _stretches(now - KEPT, now + _HOUR, _HOUR):
        yield from map(reading_values, readings.since(begin, end))


def _usage(readings: Readings, now: datetime) -> Iterator[dict[str, Any]]:
    for begin, end in _stretches(readings.first(now), now, _DAY):
        yield from map(usage_values, readings.usage(begin, end))


def _stretches(begin: datetime, end: datetime, length: timedelta) -> Iterator[tuple[datetime, datetime]]:
    """From `begin` to `end`, so much at a time: it is never all in memory."""
    while begin < end:
        yield begin, min(begin + length, end)
        begin += length


_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
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


def _told(values: dict[str, Any]) -> dict[str, Any]:
    """For a table: lists as one cell."""
    return {name: _flat(value) for name, value in values.items()}


def _flat(value: Any) -> Any:
    """A list of processes ("login:command"), or of lines, as one cell."""
    if not isinstance(value, list):
        return value
    if all(isinstance(one, str) for one in value):
        return " / ".join(value)
    return " ".join(f"{one['login'] or '?'}:{one['command']}" for one in value)
