"""What can be had in place of what was taken back, denied, or left undecided: no is never the last word."""

from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta

from bot.booking.amend import as_request
from bot.booking.calendar import Calendar
from bot.booking.decision import Offer
from bot.booking.lifecycle import State
from bot.booking.model import Before, Request, Reservation, Window, instant_of, minute_of
from bot.booking.offers import instead
from bot.desk.grouping import Grouping
from storage.book import Book


class Instead(Grouping):
    """The part of the desk that looks for something else. All it finds needs no admin."""

    def _instead_of_taken(
        self, book: Book, calendar: Calendar, before: Reservation, now: datetime
    ) -> tuple[Offer, ...]:
        """For one that is taken back: as long as its GPUs themselves are not to be had."""
        start = max(before.window.start, instant_of(minute_of(now)))
        if before.pool not in calendar.pools or start >= before.window.end:
            return ()
        request = replace(as_request(before, Window(start, before.window.end)), gpus=())
        return self._without_admin(book, calendar, (before,), request, now)

    def _instead_of_asked(
        self, book: Book, calendar: Calendar, pending: Reservation, now: datetime
    ) -> tuple[Offer, ...]:
        """For one that asked an admin in vain, with all pieces of its run: their GPUs are to be had again."""
        run = [pending, *(piece for piece in self._others(book, pending) if piece.state is State.PENDING)]
        request = _asked(run, now)
        if request is None or pending.pool not in calendar.pools:
            return ()
        with ExitStack() as free:
            for piece in run:
                free.enter_context(calendar.without(piece))
            return self._without_admin(book, calendar, run, request, now)

    def _without_admin(
        self,
        book: Book,
        calendar: Calendar,
        gone: list[Reservation] | tuple[Reservation, ...],
        request: Request,
        now: datetime,
    ) -> tuple[Offer, ...]:
        scene = self._scene(book, calendar, request.member, now)
        for one in gone:
            scene = replace(scene, snapshot=scene.snapshot.without(one))
        return tuple(one for one in instead(request, scene) if not one.asks)


def _asked(run: list[Reservation], now: datetime) -> Request | None:
    """What the pieces of `run` are together, from `now` on; None for what is over."""
    first, start = run[0], max(run[0].window.start, instant_of(minute_of(now)))
    if first.movable and first.promise is not None:
        length = sum((piece.window.end - piece.window.start for piece in run), timedelta())
        earliest = max(first.not_before or start, instant_of(minute_of(now)))
        when = Before(length, first.promise, earliest)
        return replace(as_request(first, first.window), when=when) if earliest + length <= first.promise.by else None
    return as_request(first, Window(start, first.window.end)) if start < first.window.end else None
