"""Which GPUs a reservation begins on: those that are really empty, where there is a choice."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.booking.acting import emptiest
from bot.booking.lifecycle import State
from bot.booking.model import Reservation, minute_of
from bot.desk.linking import Linking
from storage.book import Book

_FRESH = timedelta(minutes=5)


class Binding(Linking):
    """The part of the desk that binds GPU numbers at a start."""

    _on: tuple[datetime, Mapping[str, tuple[str | None, ...]]] | None = None  # who is on each GPU, as last seen

    def _begun_on(self, book: Book, booked: Reservation, now: datetime) -> Reservation:
        """The reservation once it has begun, on others of its nodes' GPUs where somebody lingers on its own."""
        begun = replace(booked, state=State.ACTIVE)
        on = self._seen_on(now)
        if not any(on.get(gpu) for gpu in booked.gpus):
            return begun
        logins = self._logins(book)  # whose own job is there already stays with it
        others = {gpu: [one for one in there if logins.get(one or "") != booked.member] for gpu, there in on.items()}
        return replace(begun, gpus=emptiest(booked, self._free_beside(book, booked), others))

    def _seen_on(self, now: datetime) -> Mapping[str, tuple[str | None, ...]]:
        """Who is on each GPU, where that was seen just now."""
        return self._on[1] if self._on is not None and now - self._on[0] <= _FRESH else {}

    def _lingering(self, book: Book, reservation: Reservation, now: datetime) -> dict[str, str]:
        on = self._seen_on(now)
        there = [(gpu, login) for gpu in reservation.gpus for login in on.get(gpu, ())]
        if not there:
            return {}
        logins = self._logins(book)
        whose = [[gpu, login or "", logins.get(login or "", "")] for gpu, login in there]
        others = [one for one in whose if one[2] != reservation.member]
        return {"lingers": json.dumps(others)} if others else {}

    def _free_beside(self, book: Book, booked: Reservation) -> list[str]:
        """Others of the pool with its memory that nobody has in its window, not even tentatively."""
        pool = self._calendar.pools.get(booked.pool) if self._calendar else None
        if pool is None:
            return []
        # What this transaction has written is not in the calendar yet.
        taken = {gpu for one in book.written if one.holds for gpu in one.gpus}
        start, end = minute_of(booked.window.start), minute_of(booked.window.end)
        suits = pool.layout.with_memory(booked.memory_gb)
        return [
            name
            for bit, name in pool.layout.name.items()
            if suits >> bit & 1 and name not in taken and not pool.stays(bit, start, end)
        ]
