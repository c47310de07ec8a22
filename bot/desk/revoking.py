"""Reservations that an admin takes back, and the audit, which admins read."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from bot.booking.calendar import Calendar
from bot.booking.lifecycle import Act, State, after
from bot.booking.members import Member
from bot.booking.model import MINUTE, Reservation, Window, instant_of, minute_of
from bot.booking.notices import NoticeKind
from bot.desk.instead import Instead
from bot.desk.outcome import Changed, Kept, Once, Outcome
from bot.errors import InputError, NotYours, WrongState
from storage.book import Book
from storage.offers import offers_to_json
from storage.records import AuditEntry, AuditLine

MOST_AUDITED = 40
_Row = TypeVar("_Row")


class Revoking(Instead):
    """The use cases of what is taken back, and of who did what."""

    def revoke(
        self,
        who: Member,
        id_: int,
        reason: str,
        now: datetime,
        *,
        version: int | None = None,
        once: Once | None = None,
    ) -> Outcome | Kept:
        """Take it from its holder, who is told why and what can be had instead; what runs ends now.

        Raises NotYours (no admin), InputError (no reason), NotFound, WrongState (it waits for an admin, or holds
        nothing any more) and Busy.
        """
        if not who.admin:
            raise NotYours("Only admins revoke reservations.")
        if not reason.strip():
            raise InputError("A revocation needs a reason.", example=f"revoke R{id_} the nodes go to the review")

        def do(book: Book, calendar: Calendar) -> Outcome:
            before = self._found(book, id_, version)
            if before.state is State.PENDING:
                raise WrongState(f"{before.label} waits for an admin: approve it or deny it.")
            if after(Act.REVOKE, before.state) is None:
                raise self._too_late(book, before)
            offers = self._instead_of_taken(book, calendar, before, now)
            entered = self._change(book, who, "revoked", before, _revoked(before, now), now)
            facts = {"act": "revoked", "by": who.id, "reason": reason, "offers": offers_to_json(offers)}
            self._tell_member(book, NoticeKind.DECISION, entered, now, was=_iso(before.window), **facts)
            return Changed(Act.REVOKE, before, entered)

        return self._once(once, now, do)

    def audited(
        self, who: Member, now: datetime, *, id_: int | None = None, member: str | None = None
    ) -> list[AuditLine]:
        """Who did what last, latest first: with one reservation, by or to one member, or in all.

        Raises NotYours (no admin) and NotFound (no such reservation).
        """
        if not who.admin:
            raise NotYours("Only admins read the audit; `/gpu show R12` tells what happened to one reservation.")
        with self._looking(now) as (book, _):
            if id_ is not None:
                self._found(book, id_, None)
            return book.audited(MOST_AUDITED, reservation=id_, member=member)

    def everything(self, who: Member) -> Iterator[Reservation]:
        """Every reservation there ever was, for admins, as of one instant; others go on booking. Raises NotYours."""
        return self._whole(who, lambda book: book.everything())

    def entries(self, who: Member) -> Iterator[AuditEntry]:
        """The whole audit, oldest first, as `everything`. Raises NotYours."""
        return self._whole(who, lambda book: book.entries())

    def _whole(self, who: Member, read: Callable[[Book], Iterator[_Row]]) -> Iterator[_Row]:
        if not who.admin:
            raise NotYours("Only admins export the ledger.")

        def rows() -> Iterator[_Row]:
            with self.ledger.reading() as book:  # not in the calendar's turn: it may take a minute
                yield from read(book)

        return rows()


def _revoked(before: Reservation, now: datetime) -> Reservation:
    """It holds nothing any more; one that runs ends now."""
    if before.state is not State.ACTIVE:
        return replace(before, state=State.REVOKED)
    end = min(max(instant_of(minute_of(now)), before.window.start + MINUTE), before.window.end)
    return replace(before, state=State.REVOKED, window=Window(before.window.start, end))


def _iso(window: Window) -> str:
    return f"{window.start.isoformat()}/{window.end.isoformat()}"
