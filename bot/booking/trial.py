"""Reservations that are put into the calendar for trial, to see what they would leave; it comes back as it was."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from bot.booking.calendar import Calendar
from bot.booking.decision import Placement
from bot.booking.lifecycle import State
from bot.booking.model import Request, Reservation


class Trial:
    """What was tried on a calendar. Shadows have ids below -1, which no reservation has; one trial may hold another."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._shadows: list[int] = []
        self._originals: dict[int, Reservation] = {}
        self._next = -2  # -1 is a newcomer's, see planning/draft.py
        while self._next in calendar.live:
            self._next -= 1

    def enter(self, request: Request, placement: Placement) -> None:
        """As if the request were booked there, all its pieces; others make way as the placement says."""
        live = self._calendar.live
        rebound = [replace(live[id_], gpus=gpus) for id_, gpus in placement.rebinds]
        moved = [replace(live[one.reservation], window=one.window, gpus=one.gpus) for one in placement.moves]
        self._replace([*rebound, *moved])
        for piece in (placement, *placement.pieces):
            self._put(request, piece)

    def _put(self, request: Request, placement: Placement) -> None:
        shadow = Reservation(
            id=self._next,
            member=request.member,
            state=State.OFFERED,
            pool=placement.pool,
            gpus=placement.gpus,
            window=placement.window,
            created_at=placement.window.start,
            named=bool(request.gpus),
            memory_gb=request.memory_gb,
        )
        self._next -= 1
        self._calendar.live[shadow.id] = shadow
        self._calendar.pools[shadow.pool].put(shadow)
        self._shadows.append(shadow.id)

    def rebinds(self) -> tuple[tuple[int, tuple[str, ...]], ...]:
        """The tentative GPUs that real reservations have by now instead of their own."""
        live = self._calendar.live
        real = ((id_, original) for id_, original in self._originals.items() if id_ > 0)
        found = ((id_, live[id_].gpus) for id_, original in real if live[id_] != original)
        return tuple(sorted(found))

    def undo(self) -> None:
        """Leave the calendar as it was."""
        for id_ in self._shadows:
            shadow = self._calendar.live.pop(id_)
            self._calendar.pools[shadow.pool].remove(shadow)
        self._shadows.clear()
        self._replace(list(self._originals.values()))
        self._originals.clear()

    def _replace(self, changed: list[Reservation]) -> None:
        """All are taken out before any is put in: they may swap GPUs."""
        live = self._calendar.live
        for one in changed:
            if one.id not in self._shadows:  # the shadows of a trial around this one come back to their place, too
                self._originals.setdefault(one.id, live[one.id])
            self._calendar.pools[one.pool].remove(live[one.id])
        for one in changed:
            live[one.id] = one
            self._calendar.pools[one.pool].put(one)


@contextmanager
def trial(calendar: Calendar) -> Iterator[Trial]:
    """What is entered inside the block is undone at its end."""
    tried = Trial(calendar)
    try:
        yield tried
    finally:
        tried.undo()
