"""Reservations and the audit for machines: JSON and CSV, as the documentation promises them."""

import csv
import io
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

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
AUDIT_COLUMNS = ("at", "who", "act", "reservation", "member", "state", "pool", "start", "end", "gpus")
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


def as_json(reservations: Iterable[Reservation]) -> str:
    """`{"reservations": [...]}`."""
    return json.dumps({"reservations": [reservation_values(one) for one in reservations]}, ensure_ascii=False, indent=1)


def as_csv(reservations: Iterable[Reservation]) -> str:
    """The same in columns: GPUs separated by blanks, a deadline by its name and instant."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(COLUMNS)
    for one in reservations:
        values = reservation_values(one)
        deadline = values["deadline"]
        values["gpus"] = " ".join(values["gpus"])
        values["deadline"] = f"{deadline['name'] or ''} {deadline['at']}".strip() if deadline else None
        rows.writerow([cell(values[column]) for column in COLUMNS])
    return out.getvalue()


def entry_values(entry: AuditEntry) -> dict[str, Any]:
    """One entry of the audit as JSON values; before and after are as reservations are."""
    subject = entry.after or entry.before
    return {
        "at": entry.at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "who": entry.who,
        "act": entry.act,
        "reservation": subject.label if subject else None,
        "before": reservation_values(entry.before) if entry.before else None,
        "after": reservation_values(entry.after) if entry.after else None,
    }


def audit_as_json(entries: Iterable[AuditEntry]) -> str:
    """`{"audit": [...]}`, oldest first."""
    return json.dumps({"audit": [entry_values(one) for one in entries]}, ensure_ascii=False, indent=1)


def audit_as_csv(entries: Iterable[AuditEntry]) -> str:
    """The same in columns; of the reservation as it was afterwards only a few."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(AUDIT_COLUMNS)
    for one in entries:
        values = entry_values(one)
        after = values["after"] or {}
        more = {name: after.get(name) for name in AUDIT_COLUMNS[4:]} | {"gpus": " ".join(after.get("gpus", ()))}
        rows.writerow([cell((more | values).get(column)) for column in AUDIT_COLUMNS])
    return out.getvalue()


def table_as_csv(columns: Iterable[str], lines: Iterable[Iterable[object]]) -> str:
    """Lines in columns, each cell such that no spreadsheet takes it for a formula."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(columns)
    rows.writerows([cell(value) for value in line] for line in lines)
    return out.getvalue()


def contents(what: str, form: str, reservations: Iterable[Reservation], entries: Iterable[AuditEntry]) -> str:
    """A file's: of the "audit" or of reservations, as "json" or CSV."""
    if what == "audit":
        return audit_as_json(entries) if form == "json" else audit_as_csv(entries)
    return as_json(reservations) if form == "json" else as_csv(reservations)


def instant(at: datetime) -> str:
    """ISO 8601 in UTC: "2026-11-02T09:00:00Z"."""
    return f"{at.astimezone(UTC).replace(second=0, microsecond=0):%Y-%m-%dT%H:%M:%SZ}"


def cell(value: object) -> str:
    """A value as a cell that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
