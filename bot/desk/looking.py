"""The questions: the board, my reservations, one of them."""

from datetime import datetime

from bot.booking.board import Board, board_of
from bot.booking.model import Reservation, Window
from bot.desk.offering import Offering
from storage.records import AuditEntry


class Looking(Offering):
    """The use cases that change nothing."""

    def board(self, now: datetime, window: Window | None = None) -> Board:
        """Who has what now and who waits; what is free in `window` (None: the next 48 hours)."""
        with self._looking(now) as (book, calendar):
            return board_of(calendar, now, window, self._shadows(book, calendar, now), self._uses)

    def mine(self, member: str, now: datetime) -> tuple[Reservation, ...]:
        """What the member holds, by start."""
        with self._looking(now) as (_, calendar):
            return calendar.of(member)

    def pending(self, now: datetime) -> tuple[Reservation, ...]:
        """All that wait for an admin, first come first."""
        with self._looking(now) as (_, calendar):
            return calendar.pending()

    def show(self, id_: int, now: datetime, version: int | None = None) -> tuple[Reservation, list[AuditEntry]]:
        """One reservation and what happened to it, oldest first. Raises NotFound, WrongState (another `version`)."""
        with self._looking(now) as (book, _):
            return self._found(book, id_, version), book.history(id_)

    def version(self, now: datetime) -> int:
        """The ledger's version: it grows with every change of a reservation."""
        with self._looking(now) as (book, _):
            return book.version
