"""The desk's transactions: the warm calendar caught up, what is decided and what is owed written together."""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from bot.booking.calendar import Calendar
from bot.booking.decision import Placement, Refused
from bot.booking.lab import Deadline, Lab
from bot.booking.lifecycle import State
from bot.booking.members import Member
from bot.booking.model import Reservation, Waiting, Window, minute_of
from bot.booking.observed import Use
from bot.booking.snapshot import Scene, Snapshot
from bot.desk.delivering import BUSY, PATIENCE, Delivering
from bot.desk.past import Past
from bot.errors import Busy, NotFound, NotYours, WrongState
from storage.book import Book
from storage.ledger import Ledger, Overlap

STANDS: Mapping[State, str] = {
    State.PENDING: "waits for an admin",
    State.OFFERED: "is offered to somebody",
    State.BOOKED: "is booked already",
    State.ACTIVE: "is running already",
    State.ENDED: "is over",
    State.RELEASED: "is released already",
    State.CANCELLED: "is cancelled already",
    State.DENIED: "is denied already",
    State.EXPIRED: "has lapsed: nobody answered in time",
    State.NO_SHOW: "was released as a no-show",
    State.REVOKED: "is revoked",
    State.DISPLACED: "was displaced by an outage",
}
CLOCK = Member("", "crunchtime")  # who changes what nobody asked for
SINCE_DRAWN = "has changed since this card was drawn: it "
ZONES_KEPT = timedelta(minutes=5)


class Base(Delivering):
    """What all use cases share. Threads may call the desk at the same time."""

    def __init__(self, ledger: Ledger, lab: Lab) -> None:
        self.ledger, self.lab = ledger, lab
        self._calendar: Calendar | None = None
        self._zones: tuple[datetime, Mapping[str, str]] | None = None  # members' zones, and when they were read
        self._waitlist: tuple[int, tuple[Waiting, ...]] | None = None  # as of a version of the ledger
        self._past = Past()
        self._uses: Mapping[str, Use] = {}  # what was last seen of the GPUs that are watched
        self._lock = threading.RLock()

    @contextmanager
    def _looking(self, now: datetime) -> Iterator[tuple[Book, Calendar]]:
        """A read-only view, with the calendar as of it."""
        with self._turn(), self.ledger.reading() as book:
            yield book, self._caught_up(book, now)

    @contextmanager
    def _writing(self, now: datetime, patience: float = PATIENCE) -> Iterator[tuple[Book, Calendar]]:
        """One write transaction. Only what is committed enters the calendar, so that an undone one leaves no trace.

        `patience`: for how many seconds it may wait in all. Raises Busy, Unsure and Overlap as the ledger does.
        """
        with self._turn(patience) as left:
            try:
                with self.ledger.writing(left) as book:
                    calendar = self._caught_up(book, now)
                    yield book, calendar
                    outages = book.outages() if book.outages_changed else None
            except Overlap:  # the database refused what the calendar allowed, so that is wrong: it is built anew
                self._calendar = None
                raise
            if book.version == calendar.version + 1:
                warm = None if book.waitlist_changed or not self._is_warm(calendar) else self._waitlist
                self._waitlist = None if warm is None else (book.version, warm[1])
                calendar.apply(book.written, book.version)
                if outages is not None:
                    calendar.take_out(outages)

    @contextmanager
    def _turn(self, patience: float = PATIENCE) -> Iterator[float]:
        """This thread's turn at the calendar; what is left of its patience, in seconds."""
        began = time.monotonic()
        if not self._lock.acquire(timeout=patience):
            raise Busy(BUSY)
        try:
            yield patience - (time.monotonic() - began)
        finally:
            self._lock.release()

    def _caught_up(self, book: Book, now: datetime) -> Calendar:
        calendar = self._calendar
        if calendar is None or calendar.version > book.version or not calendar.reaches(minute_of(now)):
            calendar = self._calendar = Calendar(self.lab, minute_of(now))
        if calendar.version < book.version:
            calendar.apply(book.changes(calendar.version), book.version)
            calendar.take_out(book.outages())
        calendar.forget(minute_of(now))
        return calendar

    def _scene(
        self, book: Book, calendar: Calendar, member: str, now: datetime, *, every_deadline: bool = False
    ) -> Scene:
        """What a decision for `member` rests on. Of deadlines the lab file's, which have rules; or all tracked."""
        days = timedelta(days=self.lab.policy.quota_days)
        quota = self.lab.policy.quota_gpu_hours > 0
        spent = book.spent(member, now - days) if quota else []
        waiting = self._waiting(book, calendar)
        snapshot = Snapshot(
            calendar.of(member),
            tuple(spent),
            calendar.pending(),
            approvals=bool(self.lab.admins),
            zones=self._zones_of_all(book, now),
            deadlines=self._tracked(book) if every_deadline else self.lab.deadlines,
            waiting=waiting,
            past=self._past.hours(book, now) if waiting else {},
            speeds=self._past.speeds(book, self.lab.pools, now),
        )
        return Scene(snapshot, calendar, self.lab.policy, now)

    def _tracked(self, book: Book, member: str | None = None) -> tuple[Deadline, ...]:
        """The lab's deadlines and `member`'s own (None: everybody's), by instant; the lab file's as they are in it."""
        kept = [one for one in book.deadlines(member) if one.source != "file"]
        return tuple(sorted((*self.lab.deadlines, *kept), key=lambda deadline: deadline.at))

    def _waiting(self, book: Book, calendar: Calendar) -> tuple[Waiting, ...]:
        """Who waits, first come first; read only where the ledger has changed by somebody else, or the waitlist."""
        if book.waitlist_changed:
            return book.waitlist()
        if not self._is_warm(calendar):
            self._waitlist = calendar.version, book.waitlist()
        assert self._waitlist is not None  # noqa: S101 - it was read just now, if it was not there
        return self._waitlist[1]

    def _is_warm(self, calendar: Calendar) -> bool:
        return self._waitlist is not None and self._waitlist[0] == calendar.version

    def _zones_of_all(self, book: Book, now: datetime) -> Mapping[str, str]:
        """Members' IANA zones, a few minutes old at most: it may have been another bot that learned of a new one."""
        if self._zones is None or not now - ZONES_KEPT < self._zones[0] <= now:
            self._zones = now, book.zones()
        return self._zones[1]

    def _found(self, book: Book, id_: int, version: int | None) -> Reservation:
        """The reservation, at the version that a button was drawn for (None: typed, so whatever it is now)."""
        found = book.find(id_)
        if found is None:
            raise NotFound(f"There is no R{id_}.")
        if version is not None and version != found.version:
            raise self._too_late(book, found, SINCE_DRAWN)
        return found

    def _too_late(self, book: Book, reservation: Reservation, before: str = "") -> WrongState:
        """That the reservation's state does not allow it (any more), with who brought it there and when."""
        last = book.history(reservation.id)[-1:]
        message = f"{reservation.label} {before}{STANDS[reservation.state]}."
        if not last or reservation.state is State.PENDING:
            return WrongState(message)
        return WrongState(message, who=last[0].who, when=last[0].at)

    def _change(
        self,
        book: Book,
        who: Member,
        act: str,
        before: Reservation,
        after: Reservation,
        now: datetime,
        way: tuple[Calendar, Placement] | None = None,
        told: str = "",
    ) -> Reservation:
        """Write it and what others get by the placement that makes `way` for it, with the audit.

        The line in the lab's channel is owed, with `told` for the act where that says more, and, if it has begun by
        this, the word to its holder.
        """
        moves = self._moves(*way) if way else []
        entered, *moved = book.change([(before, after), *moves], now, rebinds=self._rebound(*way) if way else ())
        if way:
            self._tell_moved(book, *way, moves, moved, entered.member, None, now, before)
        book.audit(who.id, act, before, entered, now)
        self._tell_channel(book, who.id, told or act, entered, now, was=before.window)
        if before.state is State.BOOKED and entered.state is State.ACTIVE and entered.window.end > now:
            self._tell_start(book, entered, now)
        return entered

    def _named(self, book: Book, refused: Refused) -> Refused:
        """With the names of the holders who can be asked."""
        offers = []
        for offer in refused.offers:
            asked = self._calendar.live.get(offer.reservation) if self._calendar and offer.reservation else None
            known = book.member(None, asked.member) if asked else None
            offers.append(replace(offer, holder=known.name) if known else offer)
        return replace(refused, offers=tuple(offers))


def own(who: Member, reservation: Reservation) -> None:
    """Raises NotYours unless `who` holds it, asked for it, or is an admin."""
    if not who.admin and who.id not in (reservation.member, reservation.asked_by):
        held = reservation.state in (State.BOOKED, State.ACTIVE)
        raise NotYours(f"{reservation.label} is not yours.", ask=reservation.label if held else "")


def begun(window: Window, now: datetime) -> State:
    """The state of an agreed reservation: active once its window has begun."""
    return State.ACTIVE if window.start <= now else State.BOOKED
