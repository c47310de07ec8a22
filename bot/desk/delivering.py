"""One delivery, one effect: what was answered before is answered so again, and a commit nobody saw is looked up."""

import time
from abc import abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

from bot.booking.calendar import Calendar
from bot.booking.decision import Refused
from bot.desk.making_way import MakingWay
from bot.desk.outcome import Booked, Kept, NotAsked, NotChanged, Once, Outcome
from bot.errors import Busy, Unsure, WrongState
from storage.book import Book
from storage.ledger import Overlap

PATIENCE = 2.5  # seconds: of the 3 that Slack leaves
PAUSE = 0.1  # seconds between two looks whether the database is back
BUSY = "The ledger is busy: nothing was changed. Please try again."


class Delivering(MakingWay):
    """The part of the desk that does each delivery once."""

    _calendar: Calendar | None

    @abstractmethod
    def _writing(self, now: datetime, patience: float = PATIENCE) -> AbstractContextManager[tuple[Book, Calendar]]:
        """One write transaction."""

    def _once(self, once: Once | None, now: datetime, do: Callable[[Book, Calendar], Outcome]) -> Outcome | Kept:
        """`do` in one transaction, unless this delivery was answered before; then what follows from it."""
        began = time.monotonic()
        try:
            outcome = self._once_tried(once, now, do)
        except Unsure as unsure:
            if once is None:
                raise
            outcome = self._once_more(once, now, do, began + PATIENCE, unsure)
        except Overlap:
            try:  # once more, with the calendar built anew
                outcome = self._once_tried(once, now, do)
            except Overlap as overlap:
                raise Busy(BUSY) from overlap
        if not isinstance(outcome, Kept):
            self._after(outcome, now)
        return outcome

    def _once_more(
        self, once: Once, now: datetime, do: Callable[[Book, Calendar], Outcome], until: float, unsure: Unsure
    ) -> Outcome | Kept:
        """What a delivery got whose commit nobody saw: its kept answer tells, and where there is none it is done now.

        Raises Unsure where the database is not back in time.
        """
        while time.monotonic() < until:
            try:
                return self._once_tried(once, now, do, until - time.monotonic())
            except Overlap:
                continue  # the calendar is built anew
            except Busy:  # it is still away, or went away again
                time.sleep(PAUSE)
        raise unsure

    def _after(self, outcome: Outcome, now: datetime) -> None:
        """What follows from an outcome, once it is committed; never raises Busy."""

    def _once_tried(
        self, once: Once | None, now: datetime, do: Callable[[Book, Calendar], Outcome], patience: float = PATIENCE
    ) -> Outcome | Kept:
        with self._writing(now, patience) as (book, calendar):
            if once is not None and (kept := self._kept(book, once)) is not None:
                return kept
            outcome = do(book, calendar)
            if once is not None and (once.keep_refusals or not _is_refusal(outcome)):
                book.keep(once.key, once.digest, once.render(outcome), now)
            return outcome

    def _kept(self, book: Book, once: Once) -> Kept | None:
        try:
            answer = book.kept(once.key, once.digest)
        except WrongState as error:
            raise WrongState(once.used) from error
        return None if answer is None else Kept(answer)


def _is_refusal(outcome: Outcome) -> bool:
    return isinstance(outcome, NotChanged | NotAsked) or (
        isinstance(outcome, Booked) and isinstance(outcome.decision, Refused)
    )
