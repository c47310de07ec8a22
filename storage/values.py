"""Reservations, requests and notices as rows and as JSON, and back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, assert_never

from bot.booking.lifecycle import State
from bot.booking.model import (
    MINUTE,
    Before,
    Fixed,
    Promise,
    Request,
    Reservation,
    Window,
    Work,
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


def request_to_json(request: Request) -> dict[str, Any]:
    """A request for the waitlist and for questions; instants are ISO 8601, lengths whole minutes."""
    return {
        "member": request.member,
        "count": request.count,
        "when": _when_to_json(request.when),
        "pool": request.pool,
        "gpus": list(request.gpus),
        "memory_gb": request.memory_gb,
        "reason": request.reason,
        "asked_by": request.asked_by,
    }


def request_from_json(plain: Mapping[str, Any]) -> Request:
    """The request that `request_to_json` wrote; what else the mapping has is left alone."""
    return Request(
        member=plain["member"],
        count=plain["count"],
        when=_when_from_json(plain["when"]),
        pool=plain["pool"],
        gpus=tuple(plain["gpus"]),
        memory_gb=plain["memory_gb"],
        reason=plain["reason"],
        asked_by=plain["asked_by"],
    )


def _when_to_json(when: Fixed | Before | Work) -> dict[str, Any]:
    match when:
        case Fixed(window):
            return {"kind": "fixed", "start": window.start.isoformat(), "end": window.end.isoformat()}
        case Before(length, promise, not_before, pieces):
            run = {"minutes": length // MINUTE, "pieces": None if pieces is None else pieces // MINUTE}
            return {"kind": "before", **run, **_bounds_to_json(promise, not_before)}
        case Work(gpu_hours, promise, not_before):
            return {"kind": "work", "gpu_hours": gpu_hours, **_bounds_to_json(promise, not_before)}
        case other:
            assert_never(other)


def _bounds_to_json(promise: Promise, not_before: datetime) -> dict[str, Any]:
    return {
        "promise_at": promise.at.isoformat(),
        "promise_by": promise.by.isoformat(),
        "promise_name": promise.name,
        "not_before": not_before.isoformat(),
    }


def _when_from_json(plain: Mapping[str, Any]) -> Fixed | Before | Work:
    if plain["kind"] == "fixed":
        return Fixed(Window(datetime.fromisoformat(plain["start"]), datetime.fromisoformat(plain["end"])))
    at, by = datetime.fromisoformat(plain["promise_at"]), datetime.fromisoformat(plain["promise_by"])
    promise, not_before = Promise(at, by, plain["promise_name"]), datetime.fromisoformat(plain["not_before"])
    if plain["kind"] == "work":
        return Work(plain["gpu_hours"], promise, not_before)
    pieces = plain["pieces"]
    return Before(plain["minutes"] * MINUTE, promise, not_before, None if pieces is None else pieces * MINUTE)


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
