"""What the waitlist does by itself: GPUs that fall free are offered, and offers that nobody takes are passed on."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from bot.booking.calendar import Calendar
from bot.booking.decision import Granted, Held, Refused
from bot.booking.judge import judge
from bot.booking.lifecycle import State
from bot.booking.members import Member
from bot.booking.model import Reservation, Waiting, instant_of, minute_of
from bot.booking.notices import NoticeKind
from bot.booking.snapshot import Scene
from bot.booking.waitlist import Shadow, is_over, next_offers, plan
from bot.booking.waking import Quiet, waking_end
from bot.desk.base import CLOCK, begun
from bot.desk.outcome import Changed, Dropped, Left, Outcome, Passed, Settled, Tracked, Undone, Withdrawn
from bot.desk.reserving import Reserving, made
from bot.desk.waiters import Waiters
from bot.errors import Busy
from storage.book import Book
from storage.waitlist import EXPIRED, LAPSED, TAKEN

MOST_OFFERS = 3  # that may pass one by
REST = timedelta(hours=1)  # after one has: others come first meanwhile
MOST_AT_ONCE = 50
_MAY_SERVE = Changed | Undone | Left | Passed | Settled | Tracked | Dropped | Withdrawn


class Offering(Reserving, Waiters):
    """The use case of the waitlist that nobody asks for."""

    def serve_waitlist(self, now: datetime) -> int:
        """Pass on what was not taken in time, and offer what can be had. Returns how many were served.

        Harmless when several bots do it; cheap when nobody waits.
        """
        if not self.waitlist_due(now):
            return 0
        for served in range(MOST_AT_ONCE):
            # One at a time, each with the calendar as the one before has left it.
            with self._writing(now) as (book, calendar):
                if not self._serve_waitlist(book, calendar, now):
                    return served
        return MOST_AT_ONCE

    def waitlist_due(self, now: datetime) -> bool:
        """Whether `serve_waitlist` would do something at `now`."""
        with self._looking(now) as (book, calendar):
            waiting = self._waiting(book, calendar)
            if not waiting:
                return False
            if any(one.offered is not None and not _is_held(one, calendar, now) for one in waiting):
                return True
            scene = self._waiting_scene(book, calendar, waiting, now)
            over = any(one.offered is None and is_over(one, scene) for one in waiting)
            return over or bool(next_offers(waiting, scene))

    def _after(self, outcome: Outcome, now: datetime) -> None:
        """GPUs may have fallen free, or another be next: they are offered at once, or else at the next tick."""
        nobody = self._waitlist is not None and not self._waitlist[1]
        if not nobody and isinstance(outcome, _MAY_SERVE):
            with suppress(Busy):
                self.serve_waitlist(now)

    def _serve_waitlist(self, book: Book, calendar: Calendar, now: datetime) -> bool:
        """Do one thing that is due; whether there was one."""
        waiting = self._waiting(book, calendar)
        if any(self._settled(book, calendar, one, now) for one in waiting if one.offered is not None):
            return True
        scene = self._waiting_scene(book, calendar, waiting, now)
        over = [one for one in waiting if one.offered is None and is_over(one, scene)]
        for one in over:
            book.waits_no_more(one.id, EXPIRED, now)
            book.audit(CLOCK.id, f"{one.label} expired", one, None, now)
            self._tell_waiting(book, calendar, one, "expired", now)
        if over:
            return True
        first = next(iter(next_offers(waiting, scene)), None)
        if first is None:
            return False
        self._offer(book, calendar, first, now)
        return True

    def _settled(self, book: Book, calendar: Calendar, one: Waiting, now: datetime) -> bool:
        """An offer that was not taken in time, or is not there any more, is passed on."""
        if _is_held(one, calendar, now):
            return False
        held = calendar.live.get(one.offered or 0)
        if held is None or held.state is not State.OFFERED:  # released, displaced, or its holder has left
            gone = book.find(one.offered or 0)
            if gone is None or gone.state is not State.CANCELLED:
                self._waits_on(book, one, replace(one, offered=None, until=None), now)
            elif self._passed_by(book, one, gone, now) is None:
                self._tell_waiting(book, calendar, one, "lapsed", now)
            return True
        entered = self._given_up(book, CLOCK.id, "lapsed", held, State.EXPIRED, now)
        still = self._passed_by(book, one, held, now)
        act = "lapsed" if still is None else "passed_on"
        # Who was offered it in place of what they had asked an admin for never heard that they wait.
        in_place = any(entry.act in {"part", "suggested"} for entry in book.history(held.id))
        self._tell_member(book, NoticeKind.OFFER, entered, now, act=act, waiting="" if in_place else one.label)
        return True

    def _offer(self, book: Book, calendar: Calendar, due: Shadow, now: datetime) -> None:
        one, placement = due.waiting, due.placement
        assert placement is not None  # noqa: S101 - what is offered has a place
        request = one.request
        verdict = judge(request, placement, self._scene(book, calendar, one.member, now))
        match verdict:
            case Refused():  # a limit that nobody can let it over: others come first
                self._waits_on(book, one, replace(one, rests_until=now + REST), now)
                return
            case Granted():
                state = begun(placement.window, now)
            case Held():
                state = State.PENDING
            case _:
                assert_never(verdict)
        if one.auto:
            by = Member(request.asked_by or one.member, "")
            entered, *_ = self._enter(book, calendar, request, verdict, state, by, now)
            book.waits_no_more(one.id, TAKEN, now, entered.id)
            book.audit(CLOCK.id, f"{one.label} taken", one, None, now)
            self._tell_member(book, NoticeKind.OFFER, entered, now, act="taken", waiting=one.label)
            return
        book.change([], now, rebinds=self._rebound(calendar, placement))
        by_id = request.asked_by or one.member
        offered = book.add(replace(made(request, placement, State.OFFERED, by_id, now), withdrawn=one.withdrawn))
        until = min(self._held_until(book, one.member, now), placement.window.end)
        until = instant_of(minute_of(until))
        book.audit(CLOCK.id, "offered", None, offered, now)
        self._waits_on(book, one, replace(one, offered=offered.id, until=until, rests_until=None), now)
        asks = "yes" if isinstance(verdict, Held) else ""
        facts = {"waiting": one.label, "until": until.isoformat(), "asks": asks}
        self._tell_member(book, NoticeKind.OFFER, offered, now, act="offered", **facts)

    def _given_up(self, book: Book, who: str, act: str, held: Reservation, state: State, now: datetime) -> Reservation:
        """What was offered is free again. The lab's channel was told nothing of it, nor is it now."""
        (entered,) = book.change([(held, replace(held, state=state))], now)
        book.audit(who, act, held, entered, now)
        return entered

    def _passed_by(self, book: Book, one: Waiting, offered: Reservation, now: datetime) -> Waiting | None:
        """One more offer has passed it by: it goes on waiting (for something better), or, after too many, lapses."""
        declined = one.declined + 1
        if declined >= MOST_OFFERS:
            book.waits_no_more(one.id, LAPSED, now)
            book.audit(CLOCK.id, f"{one.label} lapsed", one, None, now)
            return None
        start = offered.window.start
        better = one.sooner_than if start <= now or (one.sooner_than or start) < start else start
        still = replace(one, offered=None, until=None, declined=declined, rests_until=now + REST, sooner_than=better)
        self._waits_on(book, one, still, now)
        return still

    def _waits_on(self, book: Book, one: Waiting, after: Waiting, now: datetime) -> None:
        book.still_waits(after)
        offered = after.offered is not None and after.offered != one.offered
        act = f"{one.label} was offered R{after.offered}" if offered else f"{one.label} waits on"
        book.audit(CLOCK.id, act, one, after, now)

    def _shadows(self, book: Book, calendar: Calendar, now: datetime) -> tuple[Shadow, ...]:
        """Who waits, with what each can expect; first those who have an offer, without a place: theirs is held."""
        waiting = self._waiting(book, calendar)
        if not waiting:
            return ()
        offered = tuple(Shadow(one, None) for one in waiting if one.offered is not None)
        return (*offered, *plan(waiting, self._waiting_scene(book, calendar, waiting, now)))

    def _waiting_scene(self, book: Book, calendar: Calendar, waiting: Sequence[Waiting], now: datetime) -> Scene:
        """For the waitlist as a whole: nobody's own, but everybody's nights."""
        scene = self._scene(book, calendar, "", now)
        zones = {one.member: self._zone(book, one.member) for one in waiting}
        known = {member: zone for member, zone in zones.items() if zone}
        quiet = self._quiet(book, zones)
        return replace(scene, snapshot=replace(scene.snapshot, zones={**scene.snapshot.zones, **known}, quiet=quiet))

    def _held_until(self, book: Book, member: str, now: datetime) -> datetime:
        """Until when an offer is held for them: in their own waking hours."""
        quiet = self._quiet(book, (member,))
        return waking_end(now, self.lab.policy.offer_hold, self._zone(book, member), quiet[member])

    def _quiet(self, book: Book, members: Iterable[str]) -> dict[str, Quiet | None]:
        return {member: settings.quiet for member, settings in book.settings(members).items()}

    def _zone(self, book: Book, member: str) -> str:
        known = book.member(None, member)
        return "" if known is None else known.zone


def _is_held(one: Waiting, calendar: Calendar, now: datetime) -> bool:
    """Whether what it was offered still waits for its answer."""
    held = calendar.live.get(one.offered or 0)
    return held is not None and held.state is State.OFFERED and one.until is not None and now < one.until
