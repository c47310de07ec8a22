"""How SQLite answers each statement that is put to it: the whole process's, as long as somebody listens."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

_ASKS = ("SELECT", "UPDATE", "DELETE", "WITH")
# Of these a lab has more every day, for ever. A part of one that an index has by itself does not grow.
_GROW = re.compile(
    r"SCAN (reservation|allocation|audit|notice|answer|usage|question|card)\b(?!.* INDEX \w+_(?:open|held)\b)"
)


@contextmanager
def plans() -> Iterator[dict[str, list[str]]]:
    """By statement, the steps of its query plan as they were when it was put first."""
    found: dict[str, list[str]] = {}

    def explain(connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        if many or statement in found or not statement.startswith(_ASKS) or connection.dialect.name != "sqlite":
            return
        asked = connection.connection.driver_connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        found[statement] = [row[3] for row in asked]

    event.listen(Engine, "before_cursor_execute", explain)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", explain)


def _stops_early(statement: str, steps: list[str]) -> bool:
    """Whether it takes the rows in the order in which they are stored, up to a limit."""
    return "LIMIT" in statement and "WHERE" not in statement and not any("TEMP B-TREE" in step for step in steps)


def whole_tables(asked: dict[str, list[str]]) -> dict[str, str]:
    """The statements that go through all rows of a table that only grows, with the step that does."""
    return {
        statement: step
        for statement, steps in asked.items()
        for step in steps
        if _GROW.match(step) and not _stops_early(statement, steps)
    }
