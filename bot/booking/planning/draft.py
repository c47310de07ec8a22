"""A draft: the calendar with changes tried on it, all of which are taken back at the end."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import TracebackType
from typing import Self

from bot.booking.calendar import Calendar
from bot.booking.decision import Moved, Placement
from bot.booking.model import Reservation
from bot.booking.pool_calendar import PoolCalendar

NEWCOMER = -1  # the id under which the request is laid down while others are placed around it


class Draft:
    """One pool of a calendar, to try on: `with Draft(calendar, pool) as draft`. Nothing of it outlives the block."""

    def __init__(self, calendar: Calendar, pool: str) -> None:
        self._calendar = calendar
        self._pool: PoolCalendar = calendar.pools[pool]
        self._before: dict[int, Reservation | None] = {}

    def __enter__(self) -> Self:
        self._pool.note()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.undo()
        self._pool.end()

    def undo(self) -> None:
        """As at the beginning."""
        live = self._calendar.live
        self._pool.undo()
        for id_, before in self._before.items():
            if before is None:
                live.pop(id_, None)
            else:
                live[id_] = before
        self._before.clear()

    def lift(self, id_: int) -> Reservation:
        """Take a reservation off its GPUs; it must be laid down again, or `undo` does it."""
        found = self._calendar.live[id_]
        self._before.setdefault(id_, found)
        self._pool.remove(found)
        return found

    def lift_all(self, ids: Iterable[int]) -> None:
        """As `lift` for each, of such as may be moved."""
        found = [self._calendar.live[id_] for id_ in ids]
        for one in found:
            self._before.setdefault(one.id, one)
        self._pool.remove_all(found)

    def lay_back(self, ids: Iterable[int]) -> None:
        """Such as were lifted, where they were."""
        self._pool.put_all([self._calendar.live[id_] for id_ in ids])

    def lay(self, reservation: Reservation, placement: Placement) -> None:
        """Put it (lifted before, or new) where it was placed, and give others the GPUs that this takes."""
        live = self._calendar.live
        rebound = [replace(live[id_], gpus=gpus) for id_, gpus in placement.rebinds]
        # All are off their GPUs before the first has new ones: two may swap.
        for one in rebound:
            self.lift(one.id)
        for one in (*rebound, replace(reservation, window=placement.window, gpus=placement.gpus)):
            self._before.setdefault(one.id, live.get(one.id))
            live[one.id] = one
            self._pool.put(one)

    @contextmanager
    def aside(self, id_: int) -> Iterator[None]:
        """Without this one, inside the block."""
        one = self._calendar.live[id_]
        self._pool.remove(one)
        try:
            yield
        finally:
            self._pool.put(one)

    def placement(self) -> Placement:
        """The newcomer's, with what the others' new places are."""
        live = self._calendar.live
        moves: list[Moved] = []
        rebinds: list[tuple[int, tuple[str, ...]]] = []
        for id_, before in sorted(self._before.items()):
            now = live[id_]
            if before is None:
                continue
            if is_moved(before, now):
                moves.append(Moved(id_, now.window, now.gpus))
            elif now.gpus != before.gpus:
                rebinds.append((id_, now.gpus))
        new = live[NEWCOMER]
        return Placement(new.pool, new.gpus, new.window, tuple(rebinds), tuple(moves))

    def moved(self) -> int:
        """How many have another window, or another node, than before."""
        live = self._calendar.live
        return sum(before is not None and is_moved(before, live[id_]) for id_, before in self._before.items())


def is_moved(before: Reservation, now: Reservation) -> bool:
    """Whether its holder must be told: another window, or other nodes. GPUs of the same nodes are tentative anyhow."""
    return now.window != before.window or _nodes(now) != _nodes(before)


def _nodes(reservation: Reservation) -> set[str]:
    return {gpu.rpartition(":")[0] for gpu in reservation.gpus}
