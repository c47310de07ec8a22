"""What decisions rest on of the past: GPU-hours by member, and the pools' speeds as measured. Minutes old at most."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.booking.fairness import decayed
from bot.booking.lab import Pool
from bot.estimates.measured import speeds_of_pools
from storage.book import Book

KNOWN = timedelta(days=35)  # five half-lives: what came before them counts a thirtieth
KEPT = timedelta(minutes=10)


class Past:
    """Read anew once it is KEPT old. Callers take turns."""

    def __init__(self) -> None:
        self._hours: tuple[datetime, Mapping[str, float]] | None = None
        self._speeds: tuple[datetime, Mapping[tuple[str, str], float]] | None = None

    def hours(self, book: Book, now: datetime) -> Mapping[str, float]:
        """Decayed GPU-hours by member."""
        if self._hours is None or not now - KEPT < self._hours[0] <= now:
            spent = book.past(now - KNOWN, now)
            self._hours = now, {member: decayed(theirs, now) for member, theirs in spent.items()}
        return self._hours[1]

    def speeds(self, book: Book, pools: Mapping[str, Pool], now: datetime) -> Mapping[tuple[str, str], float]:
        """See `bot.booking.snapshot.Snapshot.speeds`."""
        if self._speeds is None or not now - KEPT < self._speeds[0] <= now:
            self._speeds = now, speeds_of_pools(book.measurements(), pools)
        return self._speeds[1]
