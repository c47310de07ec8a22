"""OpenStack Blazar's own `get_free_periods`, on its own tables: a GPU is a host, a reservation a lease.

Nothing of it is patched. Its database is SQLite in memory, filled through its models' tables, not through its
manager, which wants a whole OpenStack. The function knows one host at a time, so it is asked once per GPU, and the
GPUs of a node are put together here.
"""

import warnings
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

from benchmarks.fills import Query
from benchmarks.rivals import Stay, bits
from benchmarks.timing import Clock
from bot.booking.layout import Layout
from bot.booking.model import instant_of, minute_of


class Blazar:
    """Answers out of the free periods of each GPU."""

    name = "Blazar get_free_periods"

    def __init__(self, held: Sequence[Stay], layout: Layout, clock: Clock) -> None:
        self._layout, self._clock = layout, clock
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about eventlet, which its imports bring along
            self._periods: Any = import_module("blazar.db.sqlalchemy.utils").get_free_periods
        config: Any = import_module("oslo_config.cfg").CONF
        facade: Any = import_module("blazar.db.sqlalchemy.facade_wrapper")
        models: Any = import_module("blazar.db.sqlalchemy.models")
        config([], project="blazar", default_config_files=[])
        import_module("oslo_db.options").set_defaults(config, connection="sqlite://")
        facade._clear_engine()  # a new facade, thus a new empty database
        with facade.session_for_write() as session:
            models.Lease.metadata.create_all(session.connection())
            for model, rows in _rows(models, held):
                session.execute(model.__table__.insert(), rows)

    def free(self, start: int, end: int) -> int:
        found = 0
        for bit in self._layout.name:
            self._clock.check()
            if self._free(bit, start, end, end - start):
                found |= 1 << bit
        return found

    def earliest(self, query: Query) -> int | None:
        """The first minute at which enough GPUs of one node have a free period with room for the whole length."""
        best: int | None = None
        for field in self._layout.fields:
            changes: list[tuple[int, int]] = []
            for bit in bits(field):
                self._clock.check()
                for start, end in self._free(bit, query.first, query.last + query.length, query.length):
                    changes += [(start, 1), (end - query.length + 1, -1)]  # a start in between has room
            ready = 0
            for minute, change in sorted(changes):
                ready += change
                if ready >= query.count:
                    best = minute if best is None else min(best, minute)
                    break
        return best

    def _free(self, bit: int, start: int, end: int, length: int) -> list[tuple[int, int]]:
        """The free periods of at least `length` of one GPU, in minutes."""
        found = self._periods(str(bit), _naive(start), _naive(end), timedelta(minutes=length))
        return [(_minute(begin), _minute(finish)) for begin, finish in found]


def _rows(models: Any, held: Sequence[Stay]) -> Iterator[tuple[Any, list[dict[str, object]]]]:
    """A lease with one reservation for each stay, and its GPUs as allocated hosts, table by table."""
    numbered = [(str(number), *stay) for number, stay in enumerate(held)]
    yield (
        models.Lease,
        [
            {"id": number, "name": number, "start_date": _naive(start), "end_date": _naive(end)}
            for number, start, end, _ in numbered
        ],
    )
    yield (
        models.Reservation,
        [{"id": number, "lease_id": number, "resource_type": "physical:host"} for number, *_ in numbered],
    )
    yield (
        models.ComputeHostAllocation,
        [
            {"id": f"{number}-{bit}", "compute_host_id": str(bit), "reservation_id": number}
            for number, _, _, mask in numbered
            for bit in bits(mask)
        ],
    )


def _naive(minute: int) -> datetime:
    """UTC, but without saying so, as Blazar has its instants."""
    return instant_of(minute).replace(tzinfo=None)


def _minute(naive: datetime) -> int:
    return minute_of(naive.replace(tzinfo=UTC))
