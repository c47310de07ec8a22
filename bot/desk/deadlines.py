"""Deadlines: what is tracked, added, dropped, and taken from the lab file and the feed."""

from collections.abc import Iterable
from datetime import datetime

from bot.booking.calendar import Calendar
from bot.booking.lab import Deadline
from bot.booking.members import Member
from bot.booking.notices import Notice, NoticeKind
from bot.desk.base import CLOCK
from bot.desk.outcome import Dropped, Kept, Once, Outcome, Replanned, Tracked
from bot.desk.replanning import Redated, Replanning
from bot.errors import InputError, NotYours
from storage.book import Book

MOST_OWN = 50  # deadlines of a member, and of admins for the lab
_FEED = ("feed", "state")  # where it is kept whether the feed works: beside the messages
_FAILED, _WORKS = "failed", "works"


class Deadlines(Replanning):
    """The use cases of dates that members plan for."""

    def deadlines(self, member: str, now: datetime) -> tuple[Deadline, ...]:
        """The lab's and the member's own, by instant; those of the lab file as it is now, with their crunch rules."""
        with self._looking(now) as (book, _):
            return self._tracked(book, member)

    def add_deadline(
        self, who: Member, name: str, at: datetime, zone: str, now: datetime, *, once: Once | None = None
    ) -> Outcome | Kept:
        """Track it: an admin's for the lab, a member's for themselves. One of that name moves, and is re-planned for.

        `zone` is how it was written. Raises InputError for one that is past, and for too many; NotYours for a name
        that another list has; Busy.
        """

        def do(book: Book, calendar: Calendar) -> Outcome:
            deadline = Deadline(
                name,
                at,
                zone,
                member="" if who.admin else who.id,
                source="admin" if who.admin else "member",
            )
            if at <= now:
                raise InputError("That is past.", hint="A deadline is ahead.", example='deadlines add "thesis" feb 1')
            mine = [one for one in book.deadlines(who.id) if _same_list(one, deadline)]
            for other in self._tracked(book, who.id):
                if other.label.lower() == name.lower() and not _same_list(other, deadline):
                    raise NotYours(_TAKEN[other.source])
            was = next((one for one in mine if one.label.lower() == name.lower()), None)
            if was is not None:
                deadline = Deadline(was.name, at, zone, kind=was.kind, member=was.member, source=was.source)
            elif len(mine) >= MOST_OWN:
                raise InputError(f"{MOST_OWN} deadlines are tracked already.", hint="Drop one first.")
            redated = self._put(book, [(was, deadline)], who, now)
            return Tracked(deadline, was, self._replan(book, calendar, redated, who, now))

        return self._once(once, now, do)

    def drop_deadline(self, who: Member, name: str, now: datetime, *, once: Once | None = None) -> Outcome | Kept:
        """Track one's own (an admin: one of the lab's) no more.

        Raises InputError (there is none), NotYours (it comes from the lab file or the feed, or is an admin's to drop)
        and Busy.
        """

        def do(book: Book, calendar: Calendar) -> Outcome:
            named = [one for one in self._tracked(book, who.id) if one.label.lower() == name.lower()]
            if not named:
                raise InputError(
                    f'There is no deadline "{name[:60]}".',
                    hint="Say its name as the list shows it.",
                    example="deadlines",
                )
            mine = [one for one in named if one.source == ("admin" if who.admin else "member")]
            if not mine:
                raise NotYours(_NOT_DROPPED[named[0].source])
            redated = self._drop(book, mine, who, now)
            return Dropped(mine[0], self._replan(book, calendar, redated, who, now))

        return self._once(once, now, do)

    def take_file(self, now: datetime) -> tuple[Replanned, ...]:
        """Take in what the lab file says now, when the bot starts; who was promised by another date is re-planned."""
        return self._take("file", self.lab.deadlines, now)

    def take_feed(self, found: Iterable[Deadline], now: datetime) -> tuple[Replanned, ...]:
        """Take in what the feed says now: it works. What is past stays as it was."""
        return self._take("feed", found, now)

    def feed_failed(self, why: str, now: datetime) -> bool:
        """Nothing changes; the admins are told, unless they were since it last worked. Whether they were told now."""
        with self._writing(now) as (book, _):
            state = book.posted(*_FEED)
            if state is not None and state.ts == _FAILED:
                return False
            book.post(*_FEED, _FAILED, 0)
            for to in self._admins():
                book.owe(Notice(NoticeKind.REPORT, to, 0, now, now, {"act": "feed", "reason": why[:500]}))
            return True

    def _take(self, source: str, found: Iterable[Deadline], now: datetime) -> tuple[Replanned, ...]:
        with self._writing(now) as (book, calendar):
            kept = {(one.name, one.kind): one for one in book.deadlines("") if one.source == source}
            fresh = {(one.name, one.kind): one for one in found}
            gone = [one for key, one in kept.items() if key not in fresh and (one.at > now or source == "file")]
            redated = [
                *self._put(book, [(kept.get(key), one) for key, one in fresh.items()], CLOCK, now),
                *self._drop(book, gone, CLOCK, now),
            ]
            if source == "feed":
                state = book.posted(*_FEED)
                if state is None or state.ts != _WORKS:
                    book.post(*_FEED, _WORKS, 0)
            return self._replan(book, calendar, redated, CLOCK, now)

    def _put(
        self, book: Book, pairs: Iterable[tuple[Deadline | None, Deadline]], who: Member, now: datetime
    ) -> list[Redated]:
        """Write those that are new or changed; those that were ahead and have moved."""
        moved = []
        for was, deadline in pairs:
            if was is not None and (was.at, was.zone) == (deadline.at, deadline.zone):
                continue
            book.put_deadline(deadline, who.id, now)
            book.audit(who.id, f"deadline {deadline.label}: {_iso(was)} -> {_iso(deadline)}", was, deadline, now)
            # One that is past and dated anew is next year's: who was promised by the old one has had it.
            if was is not None and was.at != deadline.at and was.at > now:
                moved.append(Redated(was, deadline))
        return moved

    def _drop(self, book: Book, gone: Iterable[Deadline], who: Member, now: datetime) -> list[Redated]:
        dropped = []
        for deadline in gone:
            book.drop_deadline(deadline, now)
            book.audit(who.id, f"deadline {deadline.label}: {_iso(deadline)} -> dropped", deadline, None, now)
            if deadline.at > now:
                dropped.append(Redated(deadline, None))
        return dropped


_NOT_DROPPED = {
    "file": "That deadline comes from the lab file: it is dropped by taking it out there.",
    "feed": "That deadline comes from the feed: it is dropped by taking its conference out of [feed] in the lab file.",
    "admin": "That deadline is the lab's: only an admin can drop it.",
    "member": "That deadline is not the lab's.",
}

_TAKEN = {
    "file": "The lab file has a deadline of that name: change it there, or take another name.",
    "feed": "The feed has a deadline of that name. Take another name.",
    "admin": "The lab has a deadline of that name. Take another name.",
    "member": "You have a deadline of your own of that name. Take another name.",
}


def _same_list(one: Deadline, other: Deadline) -> bool:
    return (one.source, one.member) == (other.source, other.member)


def _iso(deadline: Deadline | None) -> str:
    return "new" if deadline is None else f"{deadline.at:%Y-%m-%dT%H:%M:%SZ}"
