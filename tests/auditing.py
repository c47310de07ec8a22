"""Watches what is committed: a change of the desk's without a word on who did it is refused."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event

from bot.desk import Desk
from storage.tables import METADATA

# What is nobody's doing, or is written down elsewhere; whatever else there is must come with the audit.
UNAUDITED = {
    "ledger": "its version, which each change raises",
    "audit": "the audit itself",
    "answer": "what a delivery was answered, so that it is answered once",
    "notice": "what is owed because of a change that is audited",
    "mailbox": "when somebody was last written to",
    "message": "where a message stands in Slack",
    "card": "where a card stands in Slack",
    "member": "what Slack says of its people",
    "refusal": "what was refused, by which nothing changes",
    "pulse": "how content people are: nothing may say who said what",
    "pulse_asked": "who was asked, and has answered: nothing may say when",
    "gpu": "what the lab file says, which its operator writes",
    "device": "which GPU is which, as seen",
    "reading": "what a GPU did in a minute, as seen",
    "processes": "what ran, as seen",
    "usage": "sums of what was seen",
    "finding": "what the watch found; what it does about it to a reservation is audited",
}
AUDITED = frozenset(METADATA.tables) - UNAUDITED.keys()
_WRITES = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.IGNORECASE)


class Unaudited(AssertionError):
    """A change that nobody is written down for."""


class Commits:
    """How many statements have written to the audit, in transactions of a desk's."""

    def __init__(self) -> None:
        self.audits = 0


@contextmanager
def everything_audited(monkeypatch: Any) -> Iterator[Commits]:
    """While it lasts, committing such a transaction raises Unaudited, and nothing of it is kept."""
    here, seen, lock = threading.local(), Commits(), threading.Lock()
    writing = Desk._writing

    @contextmanager
    def marked(desk: Desk, *when: Any) -> Iterator[Any]:
        here.tables = []
        try:
            with writing(desk, *when) as both:
                yield both
        finally:
            here.tables = None

    def executing(connection: Connection, cursor: Any, statement: str, *rest: Any) -> None:
        tables = getattr(here, "tables", None)
        found = _WRITES.match(statement) if tables is not None else None
        if found is not None and tables is not None:
            tables.append(found[1].lower())

    def committing(connection: Connection) -> None:
        tables = getattr(here, "tables", None)
        if tables is None:
            return
        changed = frozenset(tables) & AUDITED
        if changed and "audit" not in tables:
            raise Unaudited(f"{', '.join(sorted(changed))} changed, and it is not written down who did it")
        with lock:
            seen.audits += tables.count("audit")

    monkeypatch.setattr(Desk, "_writing", marked)
    listeners = ((Engine, "before_cursor_execute", executing), (Engine, "commit", committing))
    for target, name, listener in listeners:
        event.listen(target, name, listener)
    try:
        yield seen
    finally:
        for target, name, listener in listeners:
            event.remove(target, name, listener)
