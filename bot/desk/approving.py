"""Admins' decisions on what waits for them."""

from dataclasses import replace
from datetime import datetime

from bot.booking.calendar import Calendar
from bot.booking.lifecycle import Act, State
from bot.booking.members import Member
from bot.booking.model import Reservation
from bot.booking.notices import NoticeKind
from bot.desk.base import SINCE_DRAWN, begun
from bot.desk.grouping import Grouping
from bot.desk.outcome import Changed, Kept, Once, Outcome
from bot.errors import InputError, NotYours, WrongState
from storage.book import Book


class Approving(Grouping):
    """Approve and deny; the first admin wins."""

    def approve(
        self, who: Member, id_: int, now: datetime, *, version: int | None = None, once: Once | None = None
    ) -> Outcome | Kept:
        """Let a pending request stand. Raises NotFound, NotYours (no admin, or one's own), WrongState, Busy."""

        def do(book: Book, _: Calendar) -> Outcome:
            before = self._pending(book, who, id_, version)
            if before.window.end <= now:
                raise WrongState(f"Too late: {before.label} would be over by now.")
            approved = replace(before, state=begun(before.window, now), approved_by=who.id)
            return self._decided(book, who, Act.APPROVE, before, approved, "", now)

        return self._once(once, now, do)

    def deny(
        self,
        who: Member,
        id_: int,
        reason: str,
        now: datetime,
        *,
        version: int | None = None,
        once: Once | None = None,
    ) -> Outcome | Kept:
        """Refuse a pending request, saying why. Raises as `approve` does, and InputError without a reason."""
        if not reason.strip():
            raise InputError("A denial needs a reason.", example=f"deny R{id_} the ICLR runs come first")

        def do(book: Book, _: Calendar) -> Outcome:
            before = self._pending(book, who, id_, version)
            return self._decided(book, who, Act.DENY, before, replace(before, state=State.DENIED), reason, now)

        return self._once(once, now, do)

    def _pending(self, book: Book, who: Member, id_: int, version: int | None) -> Reservation:
        if not who.admin:
            raise NotYours("Only admins decide on requests.")
        found = self._found(book, id_, None)
        if found.state is not State.PENDING:
            raise self._too_late(book, found)
        if version is not None and version != found.version:
            raise self._too_late(book, found, SINCE_DRAWN)
        others = [admin for admin in self.lab.admins if admin != who.id]
        if who.id in (found.member, found.asked_by) and others:
            raise NotYours("Nobody decides on their own request while there is another admin.")
        return found

    def _decided(
        self, book: Book, who: Member, act: Act, before: Reservation, after: Reservation, reason: str, now: datetime
    ) -> Outcome:
        said = "approved" if act is Act.APPROVE else "denied"
        entered = self._change(book, who, said, before, after, now)
        pieces = self._decide_pieces(book, who, said, before, entered, now)
        facts = {"act": said, "by": who.id, "reason": reason, **({"pieces": str(len(pieces))} if pieces else {})}
        self._tell_member(book, NoticeKind.DECISION, entered, now, **facts)
        return Changed(act, before, entered, pieces=pieces)
