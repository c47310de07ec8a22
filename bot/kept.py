"""What a report rests on beside reservations and readings, for machines: who waited, what was refused, what was out."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from bot.booking.model import Window
from bot.export import instant
from bot.report.months import FIRST_YEAR, LAST_YEAR
from bot.report.pulse import LEAST, SCALE
from bot.report.record import Due, Out, Refusal, Wait
from storage.book import Book

_EVER = Window(datetime(FIRST_YEAR, 1, 1, tzinfo=UTC), datetime(LAST_YEAR, 1, 1, tzinfo=UTC))


def kept(what: str, book: Book) -> list[dict[str, Any]]:
    """Everything of one kind (see COLUMNS) as JSON values; sizes are GPU-hours, instants UTC."""
    return _READ[what](book)


def _waited(book: Book) -> list[dict[str, Any]]:
    return [_wait(one) for one in book.waits(_EVER)]


def _refused(book: Book) -> list[dict[str, Any]]:
    return [_refusal(one) for one in book.refusals(_EVER)]


def _outages(book: Book) -> list[dict[str, Any]]:
    return [_out(one) for one in book.out_of_service(_EVER)]


def _deadlines(book: Book) -> list[dict[str, Any]]:
    return [_due(one) for one in book.dues(_EVER)]


def _pulse(book: Book) -> list[dict[str, Any]]:
    """Those alone that may be shown."""
    shown = (one for one in book.closed_pulses(_EVER.end) if one.answers >= LEAST)
    return [
        {"quarter": one.quarter, "asked": one.asked}
        | {f"gave_{mark}": count for mark, count in enumerate(one.marks, 1)}
        | {"lines": list(one.lines)}
        for one in shown
    ]


def _wait(one: Wait) -> dict[str, Any]:
    return {
        "id": f"W{one.id}",
        "member": one.member,
        "pool": one.pool,
        "gpu_hours": round(one.gpu_minutes / 60, 4),
        "created_at": _precise(one.created_at),
        "wanted": _precise(one.wanted),
        "deadline": _precise(one.deadline),
        "end": one.end,
        "ended_at": _precise(one.ended_at),
        "reservation": None if one.got is None else f"R{one.got}",
    }


def _refusal(one: Refusal) -> dict[str, Any]:
    return {
        "at": _precise(one.at),
        "member": one.member,
        "pool": one.pool,
        "gpu_hours": round(one.gpu_minutes / 60, 4),
        "wanted": _precise(one.wanted),
        "deadline": _precise(one.deadline),
    }


def _out(one: Out) -> dict[str, Any]:
    return {"gpu": one.gpu, "pool": one.pool, "start": instant(one.window.start), "end": instant(one.window.end)}


def _due(one: Due) -> dict[str, Any]:
    return {"name": one.label, "at": _precise(one.at)}


def _precise(at: datetime | None) -> str | None:
    """ISO 8601 in UTC, to the microsecond where there are some."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


_READ: Mapping[str, Callable[[Book], list[dict[str, Any]]]] = {
    "waitlist": _waited,
    "refusals": _refused,
    "outages": _outages,
    "deadlines": _deadlines,
    "pulse": _pulse,
}
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "waitlist": (
        "id",
        "member",
        "pool",
        "gpu_hours",
        "created_at",
        "wanted",
        "deadline",
        "end",
        "ended_at",
        "reservation",
    ),
    "refusals": ("at", "member", "pool", "gpu_hours", "wanted", "deadline"),
    "outages": ("gpu", "pool", "start", "end"),
    "deadlines": ("name", "at"),
    "pulse": ("quarter", "asked", *(f"gave_{mark}" for mark in SCALE), "lines"),
}
