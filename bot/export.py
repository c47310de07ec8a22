"""Reservations and the audit for machines: JSON and CSV, as the documentation promises them."""

import csv
import io
import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import chain
from textwrap import indent
from typing import Any, TextIO

from bot.booking.decision import Offer
from bot.booking.model import Reservation
from storage.records import AuditEntry

COLUMNS = (
    "id",
    "member",
    "state",
    "pool",
    "gpus",
    "start",
    "end",
    "movable",
    "not_before",
    "deadline",
    "group",
    "version",
    "reason",
    "approved_by",
    "created_at",
    "moved",
)
AUDIT_COLUMNS = (
    *("at", "who", "act", "reservation", "member", "state", "pool", "start", "end", "gpus"),
    *("before", "after"),
)
# A spreadsheet takes a cell that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def reservation_values(reservation: Reservation) -> dict[str, Any]:
    """One reservation as JSON values; instants are UTC with a Z and whole minutes."""
    promise = reservation.promise
    return {
        "id": reservation.label,
        "member": reservation.member,
        "state": reservation.state.value,
        "pool": reservation.pool,
        "gpus": list(reservation.gpus),
        "start": instant(reservation.window.start),
        "end": instant(reservation.window.end),
        "movable": reservation.movable,
        "not_before": instant(reservation.not_before) if reservation.not_before else None,
        "deadline": {"name": promise.name, "at": instant(promise.at)} if promise else None,
        "group": reservation.group,
        "version": reservation.version,
        "reason": reservation.reason,
        "approved_by": reservation.approved_by,
        "created_at": instant(reservation.created_at),
        "moved": reservation.moved,
    }


def offer_values(offer: Offer, line: str) -> dict[str, Any]:
    """One offer as JSON values; `line` is what takes it."""
    return {
        "kind": offer.kind.value,
        "count": offer.request.count,
        "pool": offer.request.pool,
        "gpus": list(offer.request.gpus),
        "start": instant(offer.window.start),
        "end": instant(offer.window.end),
        "linear": offer.linear,
        "asks": offer.asks,
        "line": line,
    }


def as_json(name: str, values: Iterable[dict[str, Any]]) -> Iterator[str]:
    """`{"name": [...]}`, piece by piece."""
    between = "\n"
    yield f'{{\n "{name}": ['
    for one in values:
        yield between + indent(json.dumps(one, ensure_ascii=False, indent=1), "  ")
        between = ",\n"
    yield ("]" if between == "\n" else "\n ]") + "\n}\n"


def as_csv(columns: Sequence[str], values: Iterable[dict[str, Any]]) -> Iterator[str]:
    """The same as a table, row by row; what is not among the columns is left out."""
    line = io.StringIO()
    rows = csv.writer(line)
    for cells in chain([columns], ([cell(one.get(column)) for column in columns] for one in values)):
        rows.writerow(cells)
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def entry_values(entry: AuditEntry) -> dict[str, Any]:
    """One entry of the audit as JSON values; before and after are as reservations are, or the thing's own fields."""
    subject = entry.after or entry.before
    return {
        "at": entry.at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "who": entry.who,
        "act": entry.act,
        "reservation": subject.label if subject else None,
        "before": reservation_values(entry.before) if entry.before else entry.was,
        "after": reservation_values(entry.after) if entry.after else entry.became,
    }


def of_reservations(form: str, reservations: Iterable[Reservation]) -> Iterator[str]:
    """A file of reservations, as "json" or "csv" (GPUs separated by blanks, a deadline by its name and instant)."""
    if form == "json":
        return as_json("reservations", map(reservation_values, reservations))
    return as_csv(COLUMNS, map(_row, reservations))


def of_audit(form: str, entries: Iterable[AuditEntry]) -> Iterator[str]:
    """A file of the audit; a row of "csv" has some of what it was afterwards, and all of before and after as JSON."""
    if form == "json":
        return as_json("audit", map(entry_values, entries))
    return as_csv(AUDIT_COLUMNS, map(_entry_row, entries))


def table_as_csv(columns: Iterable[str], lines: Iterable[Iterable[object]]) -> str:
    """Lines in columns, each cell such that no spreadsheet takes it for a formula."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(columns)
    rows.writerows([cell(value) for value in line] for line in lines)
    return out.getvalue()


@contextmanager
def spooled(pieces: Iterable[str]) -> Iterator[TextIO]:
    """All of it in a file without a name, to be read; so what writes it can be done before whoever reads it."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", newline="") as file:
        file.writelines(pieces)
        file.seek(0)
        yield file


def instant(at: datetime) -> str:
    """ISO 8601 in UTC: "2026-11-02T09:00:00Z"."""
    return f"{at.astimezone(UTC).replace(second=0, microsecond=0):%Y-%m-%dT%H:%M:%SZ}"


def cell(value: object) -> str:
    """A value as a cell that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _row(reservation: Reservation) -> dict[str, Any]:
    values = reservation_values(reservation)
    deadline = values["deadline"]
    named = f"{deadline['name'] or ''} {deadline['at']}".strip() if deadline else None
    return values | {"gpus": " ".join(values["gpus"]), "deadline": named}


def _entry_row(entry: AuditEntry) -> dict[str, Any]:
    values = entry_values(entry)
    after = (values["after"] if entry.after else None) or {}
    more = {name: after.get(name) for name in AUDIT_COLUMNS[4:]} | {"gpus": " ".join(after.get("gpus", ()))}
    whole = {name: values[name] and json.dumps(values[name], ensure_ascii=False) for name in ("before", "after")}
    return more | values | whole
