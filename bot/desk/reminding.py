"""Reminders: owed as they come due, and looked at once more before they are told."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.booking.calendar import Calendar
from bot.booking.lifecycle import State
from bot.booking.model import MINUTE, Reservation, Window, minute_of
from bot.booking.notices import Notice, NoticeKind
from bot.booking.reminding import (
    BEFORE_END,
    EARLY,
    Word,
    can_wait,
    is_person,
    is_pointless,
    is_wanted,
    reminders,
)
from bot.booking.settings import MemberSettings
from bot.booking.waking import quiet_until
from bot.desk.base import Base
from bot.desk.telling import still_asked
from storage.book import Book

AHEAD = MINUTE
DAY_AHEAD = timedelta(hours=38)  # 18:00 of the day before is at most so long before a start, where clocks change too


class Reminding(Base):
    """The use case of what time reminds of. On the way of a booking nothing is owed: it comes due by itself."""

    _reminded: tuple[int, int] | None = None  # the ledger's version and the minute

    def owe_reminders(self, now: datetime) -> int:
        """Owe what comes due within a minute, once however many bots do it. Returns how many that were."""
        with self._looking(now) as (book, calendar):
            present = book.version, minute_of(now)
            if self._reminded == present:
                return 0
            new = self._to_owe(book, calendar, now, now + AHEAD)
        if new:
            with self._writing(now) as (book, _):
                for notice in new:
                    book.owe(notice)
        self._reminded = present
        return len(new)

    def reminders_due(self, now: datetime, until: datetime) -> bool:
        """Whether anything new comes due by `until`, as things stand."""
        with self._looking(now) as (book, calendar):
            return bool(self._to_owe(book, calendar, now, until))

    def words(self, notices: Sequence[Notice], now: datetime) -> list[Word]:
        """Notices to one reader as they would be told now, each of its reservation as it is now."""
        if not notices:
            return []
        reader = notices[0].to
        with self._looking(now) as (book, calendar):
            person = is_person(reader)
            settings = book.settings([reader])[reader] if person else MemberSettings(quiet=None)
            zone = self._zone_of(book, reader, now) if person else ""
            return [self._word(book, calendar, notice, settings, zone, now) for notice in notices]

    def undeliverable(self, notice: Notice, error: str, now: datetime) -> list[Notice]:
        """What admins are owed instead of a notice that cannot be delivered: once a day for each reader and error.

        Where it was a report to their channel, each of them is told; where that fails too, nobody is.
        """
        if notice.kind is NoticeKind.REPORT and is_person(notice.to):
            return []
        to = list(self.lab.admins) if notice.to == self.lab.admin_channel else self._admins()
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        about = f"{notice.kind.value} about R{notice.reservation}" if notice.reservation else notice.kind.value
        reason = f"Slack does not take messages to {notice.to} ({error}): a notice ({about}) was given up."
        facts = {"act": f"undeliverable {notice.to} {error}", "reason": reason}
        return [Notice(NoticeKind.REPORT, one, 0, today, now, facts) for one in to if one != notice.to]

    def _word(
        self,
        book: Book,
        calendar: Calendar,
        notice: Notice,
        settings: MemberSettings,
        zone: str,
        now: datetime,
    ) -> Word:
        if not notice.reservation:
            if not is_wanted(notice, settings):
                return Word(notice, None, "its reader has switched it off")
            asleep = quiet_until(now, settings.quiet, zone) if notice.kind is NoticeKind.PULSE else None
            return Word(notice, None, waits_until=asleep)
        one = calendar.live.get(notice.reservation) or book.find(notice.reservation)
        if one is None:
            return Word(notice, None, f"there is no R{notice.reservation}")
        if notice.kind is NoticeKind.NEEDED and notice.facts.get("act") == "still_needed" and not still_asked(one, now):
            return Word(notice, one, "not worth asking any more")
        if is_pointless(notice, one, now):
            return Word(notice, one, "it has become pointless")
        if not is_wanted(notice, settings):
            return Word(notice, one, "its reader has switched it off")
        if notice.kind is NoticeKind.REMINDER and notice.facts.get("act") in {"ending", "next"}:
            # Who is next may have changed since it was owed.
            followers = next_on(calendar, one)
            if not followers and notice.facts.get("act") == "next":
                return Word(notice, one, "nobody is next any more")
            notice = replace(notice, facts={**notice.facts, "next": ",".join(followers)})
        until = quiet_until(now, settings.quiet, zone)
        if until is not None and can_wait(notice, one, now, until):
            return Word(notice, one, waits_until=until)
        return Word(notice, one, waited_until=quiet_until(notice.due_at, settings.quiet, zone))

    def _to_owe(self, book: Book, calendar: Calendar, now: datetime, until: datetime) -> list[Notice]:
        candidates = list(_candidates(calendar, until))
        settings = book.settings({one.member for one in candidates})
        found = [
            notice
            for one in candidates
            for notice in reminders(
                one,
                settings[one.member],
                self._zone_of(book, one.member, now),
                is_next=one.state is State.ACTIVE and bool(next_on(calendar, one)),
                now=now,
                until=until,
            )
        ]
        known = book.known(found)
        # Not in the past: what could not be known sooner is not late.
        return [replace(one, due_at=max(one.due_at, now)) for one in found if one.key not in known]

    def _zone_of(self, book: Book, member: str, now: datetime) -> str:
        """The member's IANA zone, "" where it is not known."""
        return self._zones_of_all(book, now).get(member, "")


def _candidates(calendar: Calendar, until: datetime) -> Iterator[Reservation]:
    """Those that may give rise to a reminder by `until`."""
    first, last = until + EARLY, until + DAY_AHEAD
    for one in calendar.live.values():
        if (one.state is State.ACTIVE and one.window.end <= first) or (
            one.state is State.BOOKED and one.window.start <= last
        ):
            yield one


def next_on(calendar: Calendar, one: Reservation) -> Collection[str]:
    """Whom else's window begins on its GPUs within a quarter of an hour after it, by start: none, and its end is soft.

    Their GPUs are tentative still, but as things stand these are theirs.
    """
    if one.pool not in calendar.pools:
        return ()
    after = Window(one.window.end, one.window.end + BEFORE_END)
    holders = calendar.holders(one.pool, after, one.gpus)
    return tuple(
        dict.fromkeys(
            other.member
            for other in holders
            if other.id != one.id and other.member != one.member and other.window.start >= one.window.end
        )
    )
