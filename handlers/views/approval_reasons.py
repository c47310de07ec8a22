"""Why an admin is asked, and what a yes would mean to others: the sentences of the card in `approvals`."""

import json
from dataclasses import fields
from datetime import datetime, tzinfo
from typing import Any

from bot.booking.notices import Notice
from bot.booking.reasons import KeptFor, Limit, OverCrunch, OverHours, OverOutstanding, OverQuota, OverShare, PoolAsks
from handlers.views import words
from handlers.views.kit import listed, named
from handlers.views.reasons import limit_text

MOST_DELAYED = 4
_LIMITS: dict[str, type[Limit]] = {
    kind.__name__: kind for kind in (OverHours, OverShare, OverOutstanding, OverQuota, PoolAsks, OverCrunch, KeptFor)
}


def because(notice: Notice, asker: str) -> str:
    """Which limits it is over, and by how much."""
    reasons = [limit_text(limit, asker, "")[1] for limit in _limits(notice.facts.get("limits", ""))]
    return f"Asks an admin, because {listed(reasons, most=6)}." if reasons else ""


def effect(notice: Notice, zone: tzinfo) -> str:
    """What it leaves, who waits, and whom it would delay until when."""
    facts = notice.facts
    told = []
    left, _, size = facts.get("left", "").partition("/")
    if left.isdecimal() and size.isdecimal():
        none = "none" if left == "0" else left
        told.append(f"It leaves {none} of {size} for others at its busiest.")
    delayed = _delayed(facts.get("delayed", ""))
    waits = [member for member in facts.get("waits", "").split(",") if member]
    if delayed:
        told.append(" ".join(_delay(*one, zone) for one in delayed[:MOST_DELAYED]))
        more = len(delayed) - MOST_DELAYED
        told += [f"{words.number(more, 'other request')} would be delayed too."] if more > 0 else []
    elif "delayed" in facts:
        who = f"{listed(map(words.mention, waits))} {'waits' if len(waits) == 1 else 'wait'} there; " if waits else ""
        told.append(f"{who}nobody would be delayed." if waits else "Nobody would be delayed.")
    else:
        before = [words.mention(member) for member in facts.get("delays", "").split(",") if member]
        told += [f"It would delay {listed(before)}."] if before else []
    return " ".join(told)


def _delay(member: str, label: str, start: datetime | None, otherwise: datetime, zone: tzinfo) -> str:
    who = f"{words.mention(member)} ({named(label)})"
    if start is None:
        return f"{who} could not start, who could {words.moment(otherwise)}."
    return f"{who} would start {words.moment(start)}, not {words.beside(otherwise, start, zone)}."


def _delayed(fact: str) -> list[tuple[str, str, datetime | None, datetime]]:
    try:
        return [
            (str(member), str(label), _instant(start), datetime.fromisoformat(otherwise))
            for member, label, start, otherwise in json.loads(fact or "[]")
        ]
    except (ValueError, TypeError):
        return []


def _limits(fact: str) -> list[Limit]:
    try:
        return [_limit(name, values) for name, values in json.loads(fact)] if fact else []
    except (ValueError, TypeError, KeyError):
        return []


def _limit(name: str, values: dict[str, Any]) -> Limit:
    kind = _LIMITS[name]
    return kind(**{field.name: values[field.name] for field in fields(kind)})


def _instant(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
