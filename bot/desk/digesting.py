"""The digest: owed once per date of the lab's calendar, and put together when it goes out."""

from collections.abc import Iterable
from datetime import date, datetime

from bot.booking.board import board_of
from bot.booking.calendar import Calendar
from bot.booking.claims import claims_of
from bot.booking.digest import AHEAD, DAY, AdminDigest, Digest, DigestPart, due, end_of_day, hour_of, mark_of
from bot.booking.lab import PLAIN_KINDS, Deadline
from bot.booking.model import Reservation, Waiting, Window, instant_of, minute_of
from bot.booking.notices import Notice, NoticeKind
from bot.booking.pressure import Pressure, pressure
from bot.booking.timeline import Timeline, timeline_of
from bot.desk.waitlist import Waitlisting
from storage.book import Book

DIGEST = "digest"  # beside the board: which message of the lab's channel is the last digest, and of which date


class Digesting(Waitlisting):
    """The use cases of the digest, and of the picture in it."""

    _owed: date | None = None  # the last date that this bot has looked after

    def owe_digest(self, now: datetime) -> bool:
        """Owe the digest that is due, to the lab's channel and the admins; False where none is or it is seen to.

        The notice's key is the date: however many bots ask how often, there is one.
        """
        day = due(self.lab, now)
        if day is None or day == self._owed:
            return False
        with self._writing(now) as (book, calendar):
            if self.lab.channel:
                self._owe_part(book, "digest", self.lab.channel, day, now)
            if not self._for_admins(book, calendar, now).is_empty:
                for to in self._admins():
                    self._owe_part(book, "admins", to, day, now)
        self._owed = day
        return True

    def digest_told(self, day: date, message: str, now: datetime, *, details: bool = True) -> None:
        """It stands in the lab's channel; its details and its picture, if it has any, are owed to its thread."""
        with self._writing(now) as (book, _):
            book.post(self.lab.channel, DIGEST, message, day.toordinal())
            for part in ("details", "picture") if details else ():
                self._owe_part(book, part, self.lab.channel, day, now)

    def digest_of(self, day: date, now: datetime) -> str | None:
        """The message that the date's digest is, if it has been sent."""
        with self._looking(now) as (book, _):
            posted = book.posted(self.lab.channel, DIGEST)
        return posted.ts if posted is not None and posted.drawn_version == day.toordinal() else None

    def digest(self, now: datetime, *, pressing: bool = True) -> Digest:
        """How the lab stands. `pressing` False leaves the pressure of the deadlines out.

        Each deadline is looked at in a turn of its own: in a large lab one takes a while, and bookings wait for it.
        """
        waiting = self.waiting(now)
        with self._looking(now) as (book, _):
            ahead = _meant(self._tracked(book), now)
        pressures = tuple(self._pressure(one, now) for one in ahead) if pressing else ()
        minute = instant_of(minute_of(now))
        today = Window(minute, max(end_of_day(self.lab, now), instant_of(minute_of(now) + 1)))
        with self._looking(now) as (book, calendar):
            holding = {stay.id: stay for pool in calendar.pools for stay in calendar.holders(pool, today)}
            return Digest(
                now,
                board_of(calendar, now, Window(minute, minute + DAY), uses=self._uses),
                tuple(sorted(holding.values(), key=lambda stay: (stay.window.start, stay.id))),
                pressures,
                waiting,
                self._timeline(book, calendar, now, None, None),
            )

    def admin_digest(self, now: datetime) -> AdminDigest:
        """What admins should look at."""
        with self._looking(now) as (book, calendar):
            return self._for_admins(book, calendar, now)

    def timeline(self, now: datetime, window: Window | None = None, pool: str | None = None) -> Timeline:
        """Who has which GPU when, in a window (None: the next 48 hours), of one pool or of all."""
        with self._looking(now) as (book, calendar):
            return self._timeline(book, calendar, now, window, pool)

    def _pressure(self, deadline: Deadline, now: datetime) -> Pressure:
        with self._looking(now) as (book, calendar):
            return pressure(deadline, self._scene(book, calendar, "", now, every_deadline=True), starts=False)

    def _timeline(
        self, book: Book, calendar: Calendar, now: datetime, window: Window | None, pool: str | None
    ) -> Timeline:
        names = {member: name for name, member in book.people(None).items()}
        deadlines = _meant(self._tracked(book), now)
        return timeline_of(calendar, now, window, pool=pool, deadlines=deadlines, names=names, uses=self._uses)

    def _for_admins(self, book: Book, calendar: Calendar, now: datetime) -> AdminDigest:
        held = (one for pool in calendar.pools for one in calendar.movable(pool) if one.window.end > now)
        asking: Iterable[Reservation | Waiting] = (*held, *self._waiting(book, calendar))
        new = (one for one in asking if not one.withdrawn and one.created_at > now - DAY)
        return AdminDigest(now, calendar.pending(), claims_of(new, self._tracked(book)))

    def _owe_part(self, book: Book, part: DigestPart, to: str, day: date, now: datetime) -> None:
        hour = hour_of(self.lab, day) or now
        book.owe(Notice(NoticeKind.DIGEST, to, 0, mark_of(day), min(hour, now), {"act": part, "date": f"{day}"}))


def _meant(deadlines: Iterable[Deadline], now: datetime) -> list[Deadline]:
    """The lab's in the days ahead, the nearest first: of each name the date that is meant by it alone, or the next."""
    first: dict[str, Deadline] = {}
    for one in sorted(deadlines, key=lambda one: (one.kind not in PLAIN_KINDS, one.at)):
        if not one.member and now < one.at <= now + AHEAD:
            first.setdefault(one.name, one)
    return sorted(first.values(), key=lambda one: one.at)
