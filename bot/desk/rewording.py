"""Another reason for a reservation: what it is for may be said better later."""

from dataclasses import replace
from datetime import datetime

from bot.booking.calendar import Calendar
from bot.booking.lifecycle import Act, after
from bot.booking.members import Member
from bot.desk.base import own
from bot.desk.grouping import Grouping
from bot.desk.outcome import Changed, Kept, Once, Outcome
from storage.book import Book


class Rewording(Grouping):
    """The use case that changes words only."""

    def reword(
        self,
        who: Member,
        id_: int,
        reason: str,
        now: datetime,
        *,
        version: int | None = None,
        once: Once | None = None,
    ) -> Outcome | Kept:
        """Say another `reason` for it, and for the other pieces of its run.

        Raises NotFound, NotYours, WrongState (it is over) and Busy.
        """

        def do(book: Book, _: Calendar) -> Outcome:
            before = self._found(book, id_, version)
            own(who, before)
            if after(Act.REASON, before.state) is None:
                raise self._too_late(book, before)
            run = [before, *(piece for piece in self._others(book, before) if piece.holds)]
            changed = [self._change(book, who, "reworded", one, replace(one, reason=reason), now) for one in run]
            return Changed(Act.REASON, before, changed[0])

        return self._once(once, now, do)
