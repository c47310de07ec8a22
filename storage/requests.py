"""Requests as JSON, and back: what the waitlist and questions keep of what was asked for."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, assert_never

from bot.booking.model import Before, Fixed, Promise, Request, Window, Work

_MINUTE = timedelta(minutes=1)


def request_to_json(request: Request) -> dict[str, Any]:
    """A request; instants are ISO 8601, lengths minutes."""
    return {
        "member": request.member,
        "count": request.count,
        "when": _when(request.when),
        "pool": request.pool,
        "gpus": list(request.gpus),
        "memory_gb": request.memory_gb,
        "reason": request.reason,
        "asked_by": request.asked_by,
        "node": request.node,
    }


def request_from_json(plain: Mapping[str, Any]) -> Request:
    """The request that `request_to_json` wrote."""
    return Request(
        member=plain["member"],
        count=plain["count"],
        when=_when_from(plain["when"]),
        pool=plain["pool"],
        gpus=tuple(plain["gpus"]),
        memory_gb=plain["memory_gb"],
        reason=plain["reason"],
        asked_by=plain["asked_by"],
        node=plain.get("node", ""),  # older ones lack it
    )


def _when(when: Fixed | Before | Work) -> dict[str, Any]:
    match when:
        case Fixed(window):
            return {"start": window.start.isoformat(), "end": window.end.isoformat()}
        case Before(length, promise, not_before, pieces):
            least = None if pieces is None else pieces // _MINUTE
            return {"minutes": length // _MINUTE, "pieces": least, **_bounds(promise, not_before)}
        case Work(gpu_hours, promise, not_before):
            return {"gpu_hours": gpu_hours, **_bounds(promise, not_before)}
        case other:
            assert_never(other)


def _bounds(promise: Promise, not_before: datetime) -> dict[str, Any]:
    return {
        "at": promise.at.isoformat(),
        "by": promise.by.isoformat(),
        "name": promise.name,
        "not_before": not_before.isoformat(),
    }


def _when_from(plain: Mapping[str, Any]) -> Fixed | Before | Work:
    if "start" in plain:
        return Fixed(Window(datetime.fromisoformat(plain["start"]), datetime.fromisoformat(plain["end"])))
    promise = Promise(datetime.fromisoformat(plain["at"]), datetime.fromisoformat(plain["by"]), plain["name"])
    not_before = datetime.fromisoformat(plain["not_before"])
    if "gpu_hours" in plain:
        return Work(plain["gpu_hours"], promise, not_before)
    least = plain["pieces"]
    return Before(plain["minutes"] * _MINUTE, promise, not_before, None if least is None else least * _MINUTE)
