"""Other ways to answer the same questions: SQL with an index, SQL without one, and an interval tree.

None of them has a search for the earliest start. They get the usual one: the window can only become free at its
first minute or where a reservation ends, so these starts are tried in turn, each with the method's own window check.
"""

import sqlite3
from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from itertools import chain
from typing import Any, Protocol, runtime_checkable
from weakref import finalize

from benchmarks.fills import Query
from benchmarks.timing import Clock
from bot.booking.layout import Layout
from bot.booking.model import Reservation, minute_of

Stay = tuple[int, int, int]  # start, end (minutes), mask of the GPUs


class Search(Protocol):
    """Answers questions about what it was built with; masks are the layout's, instants minutes since 1970."""

    name: str

    def free(self, start: int, end: int) -> int:
        """The GPUs that are free all through `[start, end)`."""

    def earliest(self, query: Query) -> int | None:
        """The earliest start of the query that one node has the GPUs for."""


@runtime_checkable
class Book(Search, Protocol):
    """A search that takes in new reservations."""

    def insert(self, stay: Stay) -> None:
        """One more reservation."""


def stays(reservations: Iterable[Reservation], layout: Layout) -> list[Stay]:
    """The reservations as plain numbers."""
    return [(minute_of(one.window.start), minute_of(one.window.end), layout.mask(one.gpus)) for one in reservations]


def bits(mask: int) -> Iterator[int]:
    """The GPUs of a mask, by their bit."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def first_that_fits(method: Search, layout: Layout, query: Query, ends: Iterable[int], clock: Clock) -> int | None:
    """The first of the starts that has room on one node: the query's own first minute, then `ends`."""
    for start in chain((query.first,), ends):
        clock.check()
        if layout.nodes_with(method.free(start, start + query.length), query.count):
            return start
    return None


class IndexedSql:
    """SQLite in memory, one row per GPU of a reservation, an index on (gpu, start).

    It may use that the rows of one GPU never overlap: only the last that starts before the window's end can be in
    the way, which the index finds in one step per GPU.
    """

    name = "indexed SQL"
    _check = """
        SELECT bit FROM gpu WHERE coalesce(
            (SELECT ends FROM allocation WHERE gpu = bit AND starts < :end ORDER BY starts DESC LIMIT 1), 0) <= :start
    """

    def __init__(self, held: Sequence[Stay], layout: Layout, clock: Clock) -> None:
        self._layout, self._clock = layout, clock
        self._database = self._filled(held, layout)
        self._database.execute("CREATE INDEX by_gpu ON allocation (gpu, starts, ends)")
        self._database.execute("CREATE INDEX by_end ON allocation (ends)")

    def free(self, start: int, end: int) -> int:
        found = self._database.execute(self._check, {"start": start, "end": end})
        return sum(1 << bit for (bit,) in found)

    def earliest(self, query: Query) -> int | None:
        ends = self._database.execute(
            "SELECT DISTINCT ends FROM allocation WHERE ends > ? AND ends <= ? ORDER BY ends", (query.first, query.last)
        )
        return first_that_fits(self, self._layout, query, (end for (end,) in ends), self._clock)

    def insert(self, stay: Stay) -> None:
        _insert(self._database, [stay])

    def _filled(self, held: Sequence[Stay], layout: Layout) -> sqlite3.Connection:
        database = sqlite3.connect(":memory:", isolation_level=None)
        finalize(self, database.close)
        database.execute("CREATE TABLE gpu (bit INTEGER PRIMARY KEY)")
        database.executemany("INSERT INTO gpu VALUES (?)", [(bit,) for bit in layout.name])
        database.execute(
            "CREATE TABLE allocation (gpu INTEGER NOT NULL, starts INTEGER NOT NULL, ends INTEGER NOT NULL)"
        )
        _insert(database, held)
        return database


class PlainSql(IndexedSql):
    """What TensorHive asks its database (`start < :end AND end > :start`), which has no index that would help.

    Kindly: its predicate alone, in one statement for all GPUs, without its ORM. It asks once per GPU when it books.
    """

    name = "TensorHive's predicate"
    _check = """
        SELECT bit FROM gpu WHERE bit NOT IN
            (SELECT gpu FROM allocation WHERE starts < :end AND ends > :start)
    """

    def __init__(self, held: Sequence[Stay], layout: Layout, clock: Clock) -> None:
        self._layout, self._clock = layout, clock
        self._database = self._filled(held, layout)


class Trees:
    """The package intervaltree, a tree per GPU: one tree for the whole pool was slower at every size tried."""

    name = "intervaltree"

    def __init__(self, held: Sequence[Stay], layout: Layout, clock: Clock) -> None:
        tree: Any = import_module("intervaltree").IntervalTree
        self._layout, self._clock = layout, clock
        by_gpu: dict[int, list[tuple[int, int]]] = {bit: [] for bit in layout.name}
        for start, end, mask in held:
            for bit in bits(mask):
                by_gpu[bit].append((start, end))
        self._trees = {bit: tree.from_tuples(windows) for bit, windows in by_gpu.items()}
        self._ends = sorted({end for _, end, _ in held})

    def free(self, start: int, end: int) -> int:
        return sum(1 << bit for bit, tree in self._trees.items() if not tree.overlaps(start, end))

    def earliest(self, query: Query) -> int | None:
        ends = self._ends[bisect_right(self._ends, query.first) : bisect_right(self._ends, query.last)]
        return first_that_fits(self, self._layout, query, ends, self._clock)

    def insert(self, stay: Stay) -> None:
        start, end, mask = stay
        for bit in bits(mask):
            self._trees[bit].addi(start, end)
        insort(self._ends, end)


def _insert(database: sqlite3.Connection, held: Sequence[Stay]) -> None:
    database.execute("BEGIN")
    database.executemany(
        "INSERT INTO allocation VALUES (?, ?, ?)",
        [(bit, start, end) for start, end, mask in held for bit in bits(mask)],
    )
    database.execute("COMMIT")
