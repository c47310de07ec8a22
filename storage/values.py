"""Reservations, requests and notices as rows and as JSON, and back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.booking.lifecycle import State
from bot.booking.model import (
    Promise,
    Reservation,
    Window,
    instant_of,
    minute_of,
)
from bot.booking.notices import Notice, NoticeKind

_COUNTED = frozenset(
    {State.PENDING, State.OFFERED, State.BOOKED, State.ACTIVE, State.ENDED, State.RELEASED, State.NO_SHOW}
)


def to_row(reservation: Reservation) -> dict[str, Any]:
    """The columns of `reservation`, without its id and `ledger_version`."""
    promise = reservation.promise
    return {
        "member": reservation.member,
        "state": reservation.state.value,
        "pool": reservation.pool,
        "starts": minute_of(reservation.window.start),
        "ends": minute_of(reservation.window.end),
        "created_at": reservation.created_at,
        "version": reservation.version,
        "movable": reservation.movable,
        "named": reservation.named,
        "memory_gb": reservation.memory_gb,
        "not_before": reservation.not_before,
        "promise_at": promise.at if promise else None,
        "promise_by": promise.by if promise else None,
        "promise_name": promise.name if promise else None,
        "group_id": reservation.group,
        "reason": reservation.reason,
        "asked_by": reservation.asked_by,
        "approved_by": reservation.approved_by,
        "moved": reservation.moved,
        "withdrawn": reservation.withdrawn,
    }


def from_row(row: Any, gpus: tuple[str, ...]) -> Reservation:
    """The reservation of a row of `reservation`, with the names of its GPUs in order."""
    promise = None if row.promise_at is None else Promise(row.promise_at, row.promise_by, row.promise_name)
    return Reservation(
        id=row.id,
        member=row.member,
        state=State(row.state),
        pool=row.pool,
        gpus=gpus,
        window=Window(instant_of(row.starts), instant_of(row.ends)),
        created_at=row.created_at,
        version=row.version,
        movable=row.movable,
        named=row.named,
        memory_gb=row.memory_gb,
        not_before=row.not_before,
        promise=promise,
        group=row.group_id,
        reason=row.reason,
        asked_by=row.asked_by,
        approved_by=row.approved_by,
        moved=row.moved,
        withdrawn=row.withdrawn,
    )


def counts(state: State, before: State | None) -> bool:
    """Whether a reservation that came to `state` from `before` counts in its member's GPU-minutes.

    What was refused, expired or cancelled before its start does not; what was revoked or displaced counts if it had
    started.
    """
    return state in _COUNTED or (state in {State.REVOKED, State.DISPLACED} and before is State.ACTIVE)


def to_json(reservation: Reservation) -> dict[str, Any]:
    """A reservation for the audit; instants are ISO 8601."""
    promise = reservation.promise
    plain = {
        "id": reservation.id,
        **to_row(reservation),
        "gpus": list(reservation.gpus),
        "starts": reservation.window.start,
        "ends": reservation.window.end,
        "promise_at": promise.at if promise else None,
        "promise_by": promise.by if promise else None,
    }
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in plain.items()}


def from_json(plain: Mapping[str, Any]) -> Reservation:
    """The reservation that `to_json` wrote."""
    promise_at = _instant(plain["promise_at"])
    promise_by = _instant(plain["promise_by"])
    return Reservation(
        id=plain["id"],
        member=plain["member"],
        state=State(plain["state"]),
        pool=plain["pool"],
        gpus=tuple(plain["gpus"]),
        window=Window(datetime.fromisoformat(plain["starts"]), datetime.fromisoformat(plain["ends"])),
        created_at=datetime.fromisoformat(plain["created_at"]),
        version=plain["version"],
        movable=plain["movable"],
        named=plain["named"],
        memory_gb=plain["memory_gb"],
        not_before=_instant(plain["not_before"]),
        promise=Promise(promise_at, promise_by, plain["promise_name"]) if promise_at and promise_by else None,
        group=plain["group_id"],
        reason=plain["reason"],
        asked_by=plain["asked_by"],
        approved_by=plain["approved_by"],
        moved=plain["moved"],
        withdrawn=plain.get("withdrawn", False),
    )


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def notice_to_row(notice: Notice) -> dict[str, Any]:
    """The columns of `notice` that say what is owed; it may be claimed when it is due."""
    return {
        "key": notice.key,
        "kind": notice.kind.value,
        "recipient": notice.to,
        "reservation": notice.reservation,
        "about": notice.about,
        "due_at": notice.due_at,
        "facts": dict(notice.facts),
        "next_at": notice.due_at,
        "attempt": 0,
    }


def notice_from_row(row: Any) -> Notice:
    """The notice of a row of `notice`."""
    return Notice(NoticeKind(row.kind), row.recipient, row.reservation, row.about, row.due_at, row.facts)
