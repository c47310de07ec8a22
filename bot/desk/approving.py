"""Admins' decisions on what waits for them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.booking.calendar import Calendar
from bot.booking.decision import Offer, OfferKind
from bot.booking.lifecycle import Act, State
from bot.booking.members import Member
from bot.booking.model import Fixed, Request, Reservation, Window, instant_of, minute_of
from bot.booking.notices import NoticeKind
from bot.booking.weighing import place_again
from bot.desk.base import SINCE_DRAWN, begun
from bot.desk.instead import Instead
from bot.desk.outcome import Changed, Kept, Once, Outcome
from bot.desk.weighing import Weighing
from bot.errors import InputError, NoRoom, NotYours, WrongState
from storage.book import Book
from storage.offers import offers_to_json


class Approving(Weighing, Instead):
    """Approve, deny, or offer something else; the first admin wins."""

    def approve(
        self, who: Member, id_: int, now: datetime, *, version: int | None = None, once: Once | None = None
    ) -> Outcome | Kept:
        """Let a pending request stand. Raises NotFound, NotYours (no admin, or one's own), WrongState, Busy."""

        def do(book: Book, _: Calendar) -> Outcome:
            before = self._pending(book, who, id_, version)
            if before.window.end <= now:
                raise WrongState(f"Too late: {before.label} would be over by now.")
            approved = replace(before, state=begun(before.window, now), approved_by=who.id)
            return self._decided(book, who, Act.APPROVE, before, approved, now)

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

        def do(book: Book, calendar: Calendar) -> Outcome:
            before = self._pending(book, who, id_, version)
            offers = self._instead_of_asked(book, calendar, before, now)
            denied = replace(before, state=State.DENIED)
            return self._decided(book, who, Act.DENY, before, denied, now, reason, offers)

        return self._once(once, now, do)

    def suggest(
        self,
        who: Member,
        id_: int,
        request: Request,
        now: datetime,
        *,
        version: int | None = None,
        once: Once | None = None,
    ) -> Outcome | Kept:
        """Offer the member a fixed window (of `request`, its count and its pool) instead; theirs with one click.

        What they asked for is held no more, the offer is. Raises as `approve` does, and NoRoom where there is none for
        it (any more).
        """

        def do(book: Book, calendar: Calendar) -> Outcome:
            before = self._pending(book, who, id_, version)
            part = self._suggested(book, calendar, before, request, now)
            if part is None:
                raise NoRoom(f"That cannot be had in place of {before.label}.")
            entered = self._offer_instead(book, who.id, before, replace(part, approved_by=who.id), now, act="suggested")
            return Changed(Act.OFFER, before, entered)

        return self._once(once, now, do)

    def _suggested(
        self, book: Book, calendar: Calendar, before: Reservation, request: Request, now: datetime
    ) -> Reservation | None:
        """The reservation that it would be; None without room for it."""
        if not isinstance(request.when, Fixed) or request.when.window.end <= now or before.group is not None:
            return None
        asked = request.when.window
        window = Window(max(asked.start, instant_of(minute_of(now))), asked.end)  # what has passed is left out
        offer = Offer(OfferKind.FEWER, request, window)
        found = place_again(offer, before, self._scene(book, calendar, before.member, now))
        if found is None:
            return None
        named = before.named and {*found.gpus} <= {*before.gpus}
        part = replace(before, pool=found.pool, gpus=found.gpus, window=window, named=named)
        promise, first = before.promise, before.not_before
        if promise is not None and (window.end > promise.by or (first is not None and window.start < first)):
            part = replace(part, movable=False, promise=None, not_before=None)
        return part

    def _pending(self, book: Book, who: Member, id_: int, version: int | None) -> Reservation:
        if not who.admin:
            raise NotYours("Only admins decide on requests.")
        found = self._found(book, id_, None)
        if found.state is not State.PENDING:
            raise self._too_late(book, found)
        if version is not None and version != found.version:
            raise self._too_late(book, found, SINCE_DRAWN)
        others = [admin for admin in self.admins if admin != who.id]
        if who.id in (found.member, found.asked_by) and others:
            raise NotYours("Nobody decides on their own request while there is another admin.")
        return found

    def _decided(
        self,
        book: Book,
        who: Member,
        act: Act,
        before: Reservation,
        after: Reservation,
        now: datetime,
        reason: str = "",
        offers: Sequence[Offer] = (),
    ) -> Outcome:
        said = "approved" if act is Act.APPROVE else "denied"
        entered = self._change(book, who, said, before, after, now)
        pieces = self._decide_pieces(book, who, said, before, entered, now)
        facts = {"act": said, "by": who.id, "reason": reason, **({"pieces": str(len(pieces))} if pieces else {})}
        if offers:
            facts["offers"] = offers_to_json(offers)
        self._tell_member(book, NoticeKind.DECISION, entered, now, **facts)
        return Changed(act, before, entered, pieces=pieces)
