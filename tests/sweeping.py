"""What must be so after any number of crashes, held over the whole ledger: what people were told, and what is there."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import Engine, select

from bot.export import of_audit, of_reservations
from serving import Taken
from storage.book import Book
from storage.ledger import Ledger
from storage.tables import NOTICE

# What held its GPUs for the window that it has now; others were never begun, or their end was not theirs.
HELD = frozenset({"pending", "offered", "booked", "active", "ended"})
FIRST = frozenset({"booked", "asked"})
LABEL = re.compile(r"\bR(\d+)\b")


@dataclass
class Journal:
    """What people were told, by the mark that each put into the reason of a booking, or by reservation.

    `booked`: the reservations named in the answer to a booking that was granted or held, by its mark; `hours`: how many
    GPU-hours a run in pieces was to have. `changed`: by member and reservation how often a change was acknowledged;
    `perhaps`: how often one was tried whose answer went another way than the acknowledgement and may have been lost.
    `unsure`: marks of bookings whose members were told that nobody knows.
    """

    booked: dict[str, tuple[str, ...]] = field(default_factory=dict)
    hours: dict[str, float] = field(default_factory=dict)
    changed: Counter[tuple[str, str]] = field(default_factory=Counter)
    perhaps: Counter[tuple[str, str]] = field(default_factory=Counter)
    unsure: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Owed:
    """A notice's row: its key, when it may next be claimed, and whether it was sent or given up, and why."""

    key: str
    next_at: datetime
    sent: bool
    given_up: str | None


@dataclass
class Found:
    """All that is in the ledger, as the export has it, and the notices."""

    reservations: list[dict[str, Any]]
    audit: list[dict[str, Any]]
    notices: list[Owed]


def found(engine: Engine) -> Found:
    """Everything there is now."""
    ledger = Ledger(engine)
    with ledger.reading() as book:
        reservations, audit = _exported(book)
    with ledger.observing() as connection:
        rows = connection.execute(select(NOTICE)).all()
    notices = [Owed(row.key, row.next_at, row.sent_at is not None, row.error if row.dead_at else None) for row in rows]
    return Found(reservations, audit, notices)


def _exported(book: Book) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    reservations, audit = "".join(of_reservations("json", book.everything())), "".join(of_audit("json", book.entries()))
    return json.loads(reservations)["reservations"], json.loads(audit)["audit"]


def wrong(told: Journal, there: Found) -> list[str]:
    """What is wrong with the ledger, in a sentence each; [] is how it should be."""
    return [
        *_lost(told, there),
        *_ghosts(told, there),
        *_overlaps(there.reservations),
        *_torn(told, there),
        *_twice(told, there),
        *_chains(there),
    ]


def _lost(told: Journal, there: Found) -> Iterable[str]:
    """Acknowledged, and not there."""
    ids = {one["id"]: one for one in there.reservations}
    for mark, labels in told.booked.items():
        missing = [label for label in labels if label not in ids or ids[label]["reason"] != mark]
        if missing or not labels:
            yield f"lost: {mark} was told of {', '.join(missing) or 'nothing'}"
    made = _changes(there)
    for (who, label), count in told.changed.items():
        if made[who, label] < count:
            yield f"lost: {count} changes of {label} by {who} were acknowledged, {made[who, label]} are there"


def _ghosts(told: Journal, there: Found) -> Iterable[str]:
    """There, and nobody was told so; or there without an entry of who did it."""
    entered = {entry["reservation"] for entry in there.audit if entry["before"] is None}
    for one in there.reservations:
        if one["reason"] not in told.booked.keys() | told.unsure:
            yield f"ghost: {one['id']} ({one['reason']}) is there, and its member was told that it is not"
        if one["id"] not in entered:
            yield f"ghost: nothing says who made {one['id']}"


def _overlaps(reservations: Sequence[dict[str, Any]]) -> Iterable[str]:
    by_gpu = defaultdict(list)
    for one in reservations:
        for gpu in one["gpus"] if one["state"] in HELD else ():
            by_gpu[gpu].append((one["start"], one["end"], one["id"]))
    for gpu, windows in by_gpu.items():
        windows.sort()
        for (_, end, first), (start, _, second) in pairwise(windows):
            if start < end:
                yield f"overlap: {first} and {second} on {gpu}"


def _torn(told: Journal, there: Found) -> Iterable[str]:
    """A run in pieces of which not all, or other pieces than asked for, were entered."""
    first = [entry["after"] for entry in there.audit if entry["before"] is None and entry["act"] in FIRST]
    hours: Counter[str] = Counter()
    groups = defaultdict(set)
    for one in first:
        hours[one["reason"]] += len(one["gpus"]) * _hours(one)
        groups[one["reason"]].add(one["group"])
    for mark, wanted in told.hours.items():
        if mark in told.booked and abs(hours[mark] - wanted) > 0.01:
            yield f"torn: {mark} has {hours[mark]:g} of {wanted:g} GPU-hours"
        if len(groups[mark]) > 1:
            yield f"torn: {mark} is in {len(groups[mark])} groups"


def _twice(told: Journal, there: Found) -> Iterable[str]:
    """A delivery with two effects: a booking entered twice, a change made oftener than it was asked for."""
    first = defaultdict(list)
    for entry in there.audit:
        if entry["before"] is None and entry["after"]:
            first[entry["after"]["reason"]].append(entry["after"]["id"])
    for mark, labels in first.items():
        if mark not in told.hours and len(labels) > 1:
            yield f"twice: {mark} is {' and '.join(labels)}"
    for (who, label), count in _changes(there).items():
        most = told.changed[who, label] + told.perhaps[who, label]
        if count > most:
            yield f"twice: {who} changed {label} {count} times and was told of {most}"


def _chains(there: Found) -> Iterable[str]:
    """Each entry of the audit begins no earlier than where the one before it ended, and the last is what is there."""
    now = {one["id"]: one["version"] for one in there.reservations}
    last: dict[str, int] = {}
    for entry in there.audit:
        label = entry["reservation"]
        if label is None or entry["after"] is None:
            continue
        if entry["before"] is not None and entry["before"]["version"] < last.get(label, 0):
            yield f"chain: {label} was changed twice from version {entry['before']['version']}"
        last[label] = entry["after"]["version"]
    for label, version in last.items():
        if now.get(label, version) < version:
            yield f"chain: {label} is at version {now[label]}, its audit at {version}"


def _changes(there: Found) -> Counter[tuple[str, str]]:
    """By member and reservation, how often they changed their own."""
    return Counter(
        (entry["who"], entry["reservation"])
        for entry in there.audit
        if entry["before"] is not None and entry["act"] not in ("made way", "started", "ended")
        if entry["who"] == entry["after"]["member"]
    )


def wrongly_told(
    taken: Sequence[Taken], there: Found, ended: Iterable[str], now: datetime | None = None
) -> tuple[list[str], int]:
    """What is wrong with the notices, in a sentence each; and how many came twice for an answer that was lost.

    `ended`: the processes that were killed. Who sends another has heard the answer to the one before, so only the last
    message of a killed process may come again. `now`: when nothing that was due by then is to wait any more.
    """
    last = {one.process: at for at, one in enumerate(taken) if one.keys}
    unheard = {at for process, at in last.items() if process in set(ended)}
    heard: set[str] = set()
    seen: Counter[str] = Counter()
    mistakes = []
    for at, one in enumerate(taken):
        mistakes += [f"told twice: {key}" for key in one.keys if key in heard]
        seen.update(one.keys)
        if at not in unheard:
            heard |= set(one.keys)
    rows = {one.key: one for one in there.notices}
    mistakes += [f"told, and not owed: {key}" for key in seen if key not in rows]
    for key, one in rows.items():
        if one.sent and not seen[key] and not key.startswith("digest"):
            mistakes.append(f"not told: {key}")
        if not one.sent and one.given_up is None and now is not None and one.next_at <= now - timedelta(seconds=30):
            mistakes.append(f"still waits: {key}, since {one.next_at}")
    return mistakes, sum(count > 1 for count in seen.values())


def _hours(one: dict[str, Any]) -> float:
    start, end = (datetime.fromisoformat(one[name]) for name in ("start", "end"))
    return (end - start) / timedelta(hours=1)
