"""The Ledger: transactions on the record of who holds which GPU when."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from bot.booking.lab import Gpu, Lab
from bot.errors import Busy, Unsure
from storage.book import Book
from storage.engine import PATIENCE, limit_waiting, reading_options
from storage.faults import BUSY_WORDS, UNSURE_WORDS, Overlap, is_lost, understood
from storage.tables import ALLOCATION, GPU, LEDGER
from storage.transaction import GpuNames

__all__ = ["Ledger", "Overlap"]


class Ledger:
    """Opens transactions on one database. Threads share it: their writes wait for one another in here first.

    That wait is cheaper than the database's (on SQLite the worst write of 16 threads took 71 ms instead of 1,036).
    """

    def __init__(self, engine: Engine, patience: float = PATIENCE) -> None:
        """`patience`: for how many seconds a writer waits for its turn, in all, before it is Busy."""
        self.engine = engine
        self._patience = patience
        self._gpus = GpuNames()
        self._turn = threading.Lock()

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Book]:
        """A consistent, read-only snapshot. Raises Busy. On SQLite keep it short: writers cannot commit meanwhile."""
        with self.observing() as connection:
            yield Book(connection, self._gpus, _version(connection, lock=False))

    @contextmanager
    def observing(self) -> Iterator[Connection]:
        """The transaction below `reading`. Raises Busy."""
        with understood(), self.engine.connect() as plain:
            connection = plain.execution_options(**reading_options(self.engine))
            with connection.begin():
                yield connection

    @contextmanager
    def writing(self, patience: float | None = None) -> Iterator[Book]:
        """One transaction, committed at the exit and undone by an exception. Nobody else writes meanwhile.

        `patience`: what is left of it, in seconds, where the caller has waited already. Raises Busy (within 2.5 s) if
        its turn does not come or its commit cannot be made, and Overlap where the database refuses two holders of one
        GPU; in both cases nothing was written. Raises Unsure, a Busy, where the server went away while it committed:
        then it may have been.
        """
        with self.exclusively(patience) as connection:
            yield Book(connection, self._gpus, _version(connection, lock=True))

    @contextmanager
    def exclusively(self, patience: float | None = None) -> Iterator[Connection]:
        """The transaction below `writing`. On PostgreSQL it holds no lock yet. Raises as that does."""
        patience = self._patience if patience is None else max(0.0, min(patience, self._patience))
        deadline = time.monotonic() + patience
        if not self._turn.acquire(timeout=patience):
            raise Busy(BUSY_WORDS)
        try:
            with understood(), self.engine.connect() as plain:
                connection = plain.execution_options(patience=deadline - time.monotonic())
                commits = False
                try:
                    with connection.begin():
                        limit_waiting(connection, deadline - time.monotonic())
                        yield connection
                        commits = True
                except DBAPIError as error:
                    if commits and is_lost(error):
                        raise Unsure(UNSURE_WORDS) from error
                    raise
        finally:
            self._turn.release()

    def overlaps(self) -> int:
        """How often a GPU is held before its holder until then is done: counted anew; 0 while the guard stands."""
        with self.observing() as connection:
            return connection.execute(_OVERLAPS).scalar_one()

    def gpus(self) -> list[Gpu]:
        """The GPUs that were the lab's when it was last synced, by node and index."""
        with self.observing() as connection:
            rows = connection.execute(select(GPU).where(~GPU.c.retired)).all()
        names = ((row, *row.name.rpartition(":")[::2]) for row in rows)
        found = (Gpu(node, int(index), row.pool, row.model, row.memory_gb) for row, node, index in names)
        return sorted(found, key=lambda gpu: (gpu.node, gpu.index))

    def sync_gpus(self, lab: Lab) -> None:
        """Have a row for every GPU of the lab file; those that left it are marked as retired, never deleted."""
        with self.exclusively() as connection:
            _version(connection, lock=True)
            known = {row.name: row for row in connection.execute(select(GPU))}
            rows = [
                {"name": gpu.name, "pool": gpu.pool, "model": gpu.model, "memory_gb": gpu.memory_gb, "retired": False}
                for gpu in lab.gpus.values()
            ]
            new = [row for row in rows if row["name"] not in known]
            if new:
                connection.execute(insert(GPU), new)
            for row in rows:
                was = known.get(str(row["name"]))
                if was is not None and any(getattr(was, key) != value for key, value in row.items()):
                    connection.execute(update(GPU).where(GPU.c.name == row["name"]).values(row))
            for gone in known.keys() - lab.gpus.keys():
                connection.execute(update(GPU).where(GPU.c.name == gone, ~GPU.c.retired).values(retired=True))


def _version(connection: Connection, *, lock: bool) -> int:
    # One row locked first orders all writers, so that they cannot deadlock. SQLite locked the file already.
    version: int = connection.execute(_LOCKED if lock else _READ).scalar_one()
    return version


_READ = select(LEDGER.c.version)
_LOCKED = _READ.with_for_update()
_HELD = (
    select(
        ALLOCATION.c.starts,
        func.max(ALLOCATION.c.ends)
        .over(partition_by=ALLOCATION.c.gpu_id, order_by=(ALLOCATION.c.starts, ALLOCATION.c.ends), rows=(None, -1))
        .label("until"),
    )
    .where(text("holds"))  # as the index says it: SQLite reads that alone then, and nothing of the past
    .subquery()
)
_OVERLAPS = select(func.count()).select_from(_HELD).where(_HELD.c.starts < _HELD.c.until)
