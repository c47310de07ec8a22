"""The pieces of one run: what is decided, undone or given back of one is so of the others, where that is meant."""

from dataclasses import replace
from datetime import datetime

from bot.booking.lifecycle import State
from bot.booking.members import Member
from bot.booking.model import Reservation
from bot.desk.base import Base, begun
from storage.book import Book
from storage.records import AuditEntry


class Grouping(Base):
    """The part of the desk that knows which reservations are pieces of one run."""

    def _others(self, book: Book, one: Reservation) -> list[Reservation]:
        """The other pieces of its run, ended ones included, in the order in which they begin."""
        if one.group is None:
            return []
        return [piece for piece in book.pieces(one.group) if piece.id != one.id]

    def _decide_pieces(
        self, book: Book, who: Member, said: str, before: Reservation, after: Reservation, now: datetime
    ) -> tuple[Reservation, ...]:
        """What was decided of one piece (`before` -> `after`) is decided of all that wait with it: asked once."""
        return tuple(
            self._change(book, who, said, piece, _alike(piece, after, now), now)
            for piece in self._others(book, before)
            if piece.state is State.PENDING
        )

    def _done_with(self, book: Book, one: Reservation, last: AuditEntry) -> list[tuple[Reservation, AuditEntry]]:
        """The other pieces to which the same was done by the same click, with what that was; nothing since."""
        found = []
        for piece in self._others(book, one):
            entries = book.history(piece.id)
            started = 1 if len(entries) > 1 and entries[-1].act == "started" else 0
            entry = entries[-1 - started]
            if (_click(entry.act), entry.who, entry.at) == (_click(last.act), last.who, last.at):
                found.append((piece, entry))
        return found

    def _rest_of(self, book: Book, one: Reservation, now: datetime) -> tuple[Reservation, ...]:
        """The other pieces that hold GPUs still or will."""
        return tuple(piece for piece in self._others(book, one) if piece.holds and piece.window.end > now)


def _alike(piece: Reservation, after: Reservation, now: datetime) -> Reservation:
    if after.state in (State.BOOKED, State.ACTIVE):
        return replace(piece, state=begun(piece.window, now), approved_by=after.approved_by)
    return replace(piece, state=after.state)


def _click(act: str) -> str:
    """What was clicked: a release cancels what has not begun."""
    return "released" if act == "cancelled" else act
