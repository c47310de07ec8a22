"""What a moved or dropped deadline does to the reservations that were promised by it."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.booking.amend import as_request
from bot.booking.calendar import Calendar
from bot.booking.decision import Placement
from bot.booking.lab import Deadline
from bot.booking.lifecycle import State
from bot.booking.members import Member
from bot.booking.model import Promise, Reservation, instant_of, minute_of
from bot.booking.notices import Notice, NoticeKind
from bot.booking.search import earliest, need_of
from bot.desk.base import begun
from bot.desk.outcome import Replanned
from bot.desk.rewaiting import Rewaiting, is_by
from storage.book import Book


@dataclass(frozen=True, slots=True)
class Redated:
    """A deadline that was, and what it is now (None: it is dropped)."""

    was: Deadline
    now: Deadline | None


class Replanning(Rewaiting):
    """The part of the desk that keeps promises true when their deadlines change."""

    def _replan(
        self, book: Book, calendar: Calendar, redated: Iterable[Redated], who: Member, now: datetime
    ) -> tuple[Replanned, ...]:
        """Each reservation promised by one of them gets its promise anew, and another window if it must be over sooner.

        Holders are told. Where there is no room in time, the reservation keeps its window without the promise.
        """
        done: list[Replanned] = []
        standing = [(one.label.lower(), _minute(one.at), one.member) for one in self._tracked(book)]
        with ExitStack() as as_if:
            for change in redated:
                was = change.was
                if (was.label.lower(), _minute(was.at), was.member) in standing:
                    continue  # another source says that it is still then
                for id_ in _promised_by(calendar, was):
                    one = calendar.live[id_]
                    after, found = self._anew(calendar, one, change, now)
                    if one.state is State.OFFERED and (found is not None or after.promise is None):
                        self._offer_fell(book, calendar, as_if, who, one, now)
                        continue
                    entered = self._written(book, calendar, as_if, who, one, after, found, now)
                    if one.state is State.OFFERED:  # who waits is told below
                        continue
                    done.append(Replanned(_act(one, entered), one, entered))
                    self._tell_of_deadline(book, done[-1], change, now)
                self._wait_anew(
                    book, calendar, was, None if change.now is None else self._promise(change.now), who, now
                )
        return tuple(done)

    def _anew(
        self, calendar: Calendar, one: Reservation, change: Redated, now: datetime
    ) -> tuple[Reservation, Placement | None]:
        """The reservation as it is to be, and its new place if it has one."""
        promise = one.promise
        assert promise is not None  # noqa: S101 - it was found by its promise
        if change.now is None:
            return replace(one, promise=replace(promise, name=None)), None
        again = self._promise(change.now)
        promised = replace(one, promise=again)
        if one.window.end <= again.by:
            return promised, None
        found = self._sooner(calendar, one, again.by, now)
        if found is None:
            return replace(one, movable=False, promise=None, not_before=None), None
        state = one.state if one.state is State.PENDING else begun(found.window, now)
        moved = replace(promised, window=found.window, gpus=found.gpus, state=state, moved=one.moved + 1)
        return moved, found

    def _promise(self, deadline: Deadline) -> Promise:
        """What is promised by a deadline: to be over the lab's margin before it."""
        by = _minute(deadline.at - max(self.lab.policy.margin, timedelta()))
        return Promise(_minute(deadline.at), by, deadline.label)

    def _sooner(self, calendar: Calendar, one: Reservation, by: datetime, now: datetime) -> Placement | None:
        """Room that is over by `by`; if it can be, not before the notice that the lab gives of a move."""
        if one.window.start <= now or one.pool not in calendar.pools:
            return None
        length, present = one.window.minutes, minute_of(now)
        first = max(minute_of(one.not_before or now), present)
        noticed = max(first, minute_of(now + self.lab.policy.move_notice))
        last = minute_of(by) - length
        need = need_of(as_request(one, one.window), calendar.pools[one.pool], one.count)
        with calendar.without(one):
            for start in (noticed, first):
                found = earliest(calendar, need, start, last, length, present) if start <= last else None
                if found is not None:
                    return found
        return None

    def _written(
        self,
        book: Book,
        calendar: Calendar,
        as_if: ExitStack,
        who: Member,
        before: Reservation,
        after: Reservation,
        found: Placement | None,
        now: datetime,
    ) -> Reservation:
        """Write it; for those that follow in the transaction, the calendar is as if it were true."""
        if found is None:
            (entered,) = book.change([(before, after)], now)
            book.audit(who.id, _act(before, entered), before, entered, now)
            as_if.enter_context(_as_if(calendar, [(before, entered)]))
            return entered
        rebinds = self._rebound(calendar, found)
        entered = self._change(book, who, _act(before, after), before, after, now, (calendar, found))
        as_if.enter_context(_as_if(calendar, [*rebinds, (before, entered)]))
        if entered.state is State.PENDING:
            self._tell_admins(book, entered, None, now)
        return entered

    def _tell_of_deadline(self, book: Book, done: Replanned, change: Redated, now: datetime) -> None:
        before, after = done.before, done.after
        facts = {"act": done.act, "name": change.was.label, "from": change.was.at.isoformat()}
        if change.now is not None:
            facts["to"] = change.now.at.isoformat()
        if before.window != after.window:
            facts["was"] = f"{before.window.start.isoformat()}/{before.window.end.isoformat()}"
        book.owe(Notice(NoticeKind.DEADLINE, after.member, after.id, now, now, facts))


def _act(before: Reservation, after: Reservation) -> str:
    """The audit's word for what was done."""
    if after.promise is None:
        return "unpromised"
    if after.promise.name is None:
        return "undated"
    return "repromised" if before.window == after.window else "replanned"


def _promised_by(calendar: Calendar, deadline: Deadline) -> list[int]:
    """The movable reservations that hold GPUs and were promised by it, the most urgent first."""
    found = [
        (one.promise.by, one.window.start, one.id)
        for one in calendar.live.values()
        if one.movable and one.promise is not None and is_by(one.promise, deadline, one)
    ]
    return [id_ for _, _, id_ in sorted(found)]


@contextmanager
def _as_if(calendar: Calendar, pairs: Iterable[tuple[Reservation, Reservation]]) -> Iterator[None]:
    """As if each pair's first were its second; at the end it is as before."""
    pairs = list(pairs)
    _swap(calendar, pairs)
    try:
        yield
    finally:
        _swap(calendar, [(after, before) for before, after in pairs])


def _swap(calendar: Calendar, pairs: list[tuple[Reservation, Reservation]]) -> None:
    for before, _ in pairs:
        if before.pool in calendar.pools:
            calendar.pools[before.pool].remove(before)
    for _, after in pairs:
        if after.pool in calendar.pools:
            calendar.pools[after.pool].put(after)
        calendar.live[after.id] = after


def _minute(at: datetime) -> datetime:
    return instant_of(minute_of(at))
