"""Outages: GPUs that an admin takes out of service. What holds them is re-placed in the same transaction, or waits."""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack, suppress
from datetime import datetime

from bot.booking.asking import as_if
from bot.booking.calendar import Calendar
from bot.booking.decision import Offer
from bot.booking.members import Member
from bot.booking.model import Request, Reservation, Waiting, Window, instant_of, minute_of
from bot.booking.notices import Notice, NoticeKind
from bot.booking.offers import instead
from bot.booking.outages import Outage
from bot.booking.rescue import Rescue, hit, rescue
from bot.desk.base import CLOCK
from bot.desk.offering import Offering
from bot.desk.outcome import Back, Kept, Once, Outcome, Rescued, TakenOut
from bot.errors import Busy, NotYours, WrongState
from storage.book import Book
from storage.offers import offers_to_json

ADMINS_ONLY = "Only admins take GPUs out of service, and bring them back."


class Outages(Offering):
    """The use cases of GPUs that are out of service."""

    def outages(self, now: datetime) -> tuple[Outage, ...]:
        """What is out of service, or will be, by start."""
        with self._looking(now) as (book, _):
            lasting = [one for one in book.outages() if one.window.end > now]
            return tuple(sorted(lasting, key=lambda one: (one.window.start, one.gpu)))

    def take_out(
        self, who: Member, gpus: Sequence[str], window: Window, reason: str, now: datetime, once: Once | None = None
    ) -> Outcome | Kept:
        """These GPUs of the lab are out of service in `window`; an outage of one of them at that time is replaced.

        Who has them gets others, another window, or a place on the waitlist, and is told. Raises NotYours and Busy.
        """
        if not who.admin:
            raise NotYours(ADMINS_ONLY)

        def do(book: Book, calendar: Calendar) -> Outcome:
            with ExitStack() as as_if_it_were:
                as_if_it_were.callback(calendar.take_out, calendar.outages)
                for old in book.outages():
                    if old.gpu in gpus and old.window.overlaps(window):
                        book.end_outage(old, who.id, now)
                        book.audit(who.id, f"outage of {old.gpu} replaced", old, None, now)
                entered = tuple(book.put_outage(Outage(0, gpu, window, reason, who.id), now) for gpu in gpus)
                calendar.take_out(book.outages())
                for one in entered:
                    book.audit(who.id, f"outage {one.gpu} {_iso(window)}: {reason}", None, one, now)
                hits = [one.id for one in hit(calendar, entered)]
                done = [self._rescued(book, calendar, as_if_it_were, id_, who, reason, now) for id_ in hits]
            self._tell_lab(book, entered, "out", who, now)
            return TakenOut(entered, tuple(done))

        outcome = self._once(once, now, do)
        self._serve(now)
        return outcome

    def bring_back(self, who: Member, gpus: Sequence[str], now: datetime, once: Once | None = None) -> Outcome | Kept:
        """Their outages are over, those ahead called off. Raises NotYours, WrongState (none is out) and Busy."""
        if not who.admin:
            raise NotYours(ADMINS_ONLY)

        def do(book: Book, _: Calendar) -> Outcome:
            over = tuple(one for one in book.outages() if one.gpu in gpus and one.window.end > now)
            if not over:
                raise WrongState(f"{', '.join(gpus[:8])}: in service already.")
            self._over(book, over, who, now)
            return Back(over)

        outcome = self._once(once, now, do)
        self._serve(now)
        return outcome

    def end_outages(self, now: datetime) -> int:
        """Those whose time has come are over; the lab is told. Returns how many."""
        if not self.outage_due(now):
            return 0
        with self._writing(now) as (book, _):
            over = [one for one in book.outages() if one.window.end <= now]
            if over:
                self._over(book, over, CLOCK, now)
        return len(over)

    def outage_due(self, now: datetime) -> bool:
        """Whether `end_outages` would do something at `now`, as far as this desk has read: it asks no database."""
        calendar = self._calendar
        return calendar is not None and any(one.window.end <= now for one in calendar.outages)

    def _over(self, book: Book, over: Sequence[Outage], who: Member, now: datetime) -> None:
        for one in over:
            book.end_outage(one, who.id, now)
            book.audit(who.id, f"outage over: {one.gpu}", one, None, now)
        self._tell_lab(book, over, "back", who, now)

    def _serve(self, now: datetime) -> None:
        with suppress(Busy):
            self.serve_waitlist(now)

    def _rescued(
        self,
        book: Book,
        calendar: Calendar,
        as_if_it_were: ExitStack,
        id_: int,
        who: Member,
        reason: str,
        now: datetime,
    ) -> Rescued:
        """Write what becomes of it; for those that follow in the transaction, the calendar is as if it were true."""
        before = calendar.live[id_]
        found = rescue(before, calendar, self.lab.policy, now)
        rebinds = self._rebound(calendar, found.way) if found.way else []
        way = None if found.way is None else (calendar, found.way)
        entered = self._change(book, who, found.act, before, found.after, now, way)
        for pair in [*rebinds, (before, entered)]:
            as_if_it_were.enter_context(as_if(calendar, *pair))
        waiting = None if found.rest is None else book.wait(Waiting(0, found.rest, before.created_at))
        if waiting is not None:
            book.audit(who.id, f"{waiting.label} of {waiting.member} waits", None, waiting, now)
        offers = self._offers(book, calendar, found.rest, now) if found.rest is not None else ()
        self._tell_hit(book, found, before, entered, waiting, offers, who, reason, now)
        return Rescued(found.act, before, entered, waiting)

    def _offers(self, book: Book, calendar: Calendar, rest: Request, now: datetime) -> tuple[Offer, ...]:
        """What can be had at once in place of what was lost."""
        return tuple(one for one in instead(rest, self._scene(book, calendar, rest.member, now)) if not one.asks)

    def _tell_hit(
        self,
        book: Book,
        found: Rescue,
        before: Reservation,
        after: Reservation,
        waiting: Waiting | None,
        offers: Iterable[Offer],
        who: Member,
        reason: str,
        now: datetime,
    ) -> None:
        facts = {
            "act": found.act,
            "by": who.id,
            "reason": reason,
            "was": _iso(before.window),
            "had": ",".join(before.gpus),
            "waiting": waiting.label if waiting else "",
            "offers": offers_to_json(offers),
        }
        self._tell_member(book, NoticeKind.OUTAGE, after, now, **facts)

    def _tell_lab(self, book: Book, outages: Sequence[Outage], act: str, who: Member, now: datetime) -> None:
        if self.lab.channel:
            first = outages[0]
            facts = {
                "act": act,
                "by": who.id,
                "gpus": ",".join(one.gpu for one in outages),
                "window": _iso(first.window),
                "reason": first.reason,
            }
            about = instant_of(minute_of(now)) if who is CLOCK else now
            book.owe(Notice(NoticeKind.OUTAGE, self.lab.channel, 0, about, now, facts))


def _iso(window: Window) -> str:
    return f"{window.start.isoformat()}/{window.end.isoformat()}"
