"""The pieces of one run, which share a group."""

from sqlalchemy import and_

from bot.booking.model import Reservation
from bot.booking.pieces import MOST_PIECES
from storage.reservations import Reservations
from storage.tables import RESERVATION


class Pieces(Reservations):
    """The part of a Book that finds what belongs together."""

    def pieces(self, group: int) -> list[Reservation]:
        """All reservations of a group, whose id is that of its first; the others were entered right after it."""
        near = RESERVATION.c.id.between(group, group + MOST_PIECES - 1)
        return self._load(and_(near, RESERVATION.c.group_id == group))
