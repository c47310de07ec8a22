"""Booking, extending, moving: the use cases that need room."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from bot.booking import amend
from bot.booking.calendar import Calendar
from bot.booking.decide import decide
from bot.booking.decision import Granted, Held, Placement, Refused
from bot.booking.lifecycle import Act, State, after
from bot.booking.members import Member
from bot.booking.model import Fixed, Request, Reservation, Window
from bot.booking.notices import NoticeKind
from bot.booking.waitlist import can_wait
from bot.desk.base import STANDS, begun, own
from bot.desk.claiming import Claiming
from bot.desk.outcome import Booked, Changed, Kept, NotChanged, Once, Outcome
from bot.errors import InputError, NotYours, WrongState
from storage.book import Book

MOVE_EXAMPLE = "move R12 to sat 9am"


class Reserving(Claiming):
    """The use cases that look for GPUs."""

    def reserve(self, request: Request, who: Member, now: datetime, once: Once | None = None) -> Outcome | Kept:
        """Decide on a request and write what follows. Raises NotYours (see `_may_speak_for`) and Busy."""
        self._may_speak_for(who, request.member, now, "book")

        def do(book: Book, calendar: Calendar) -> Outcome:
            booked = self._reserved(book, calendar, request, who, now)
            if isinstance(booked.decision, Refused) and can_wait(booked.decision):
                book.refuse(request, now)  # for want of GPUs: the lab's report tells of it
            return booked

        return self._once(once, now, do)

    def _may_speak_for(self, who: Member, member: str, now: datetime, act: str) -> None:
        """Raises NotYours unless `who` is the member, an admin, or whom the member has named for it."""
        if member == who.id or who.admin:
            return
        with self._looking(now) as (book, _):
            if book.settings([member])[member].delegate == who.id:
                return
        raise NotYours(f"Only admins, and whom they name in their settings, can {act} for somebody else.")

    def _reserved(self, book: Book, calendar: Calendar, request: Request, who: Member, now: datetime) -> Booked:
        scene = self._scene(book, calendar, request.member, now)
        decision = decide(request, scene.snapshot, calendar, self.lab.policy, now)
        match decision:
            case Refused():
                return Booked(request, self._named(book, decision), None)
            case Granted(placement):
                state = begun(placement.window, now)
            case Held():
                state = State.PENDING
            case _:
                assert_never(decision)
        reservation, *pieces = self._enter(book, calendar, request, decision, state, who, now)
        return Booked(request, decision, reservation, tuple(pieces))

    def extend(
        self,
        who: Member,
        id_: int,
        end: datetime | timedelta,
        now: datetime,
        *,
        version: int | None = None,
        once: Once | None = None,
    ) -> Outcome | Kept:
        """To another end, an instant or that much later. Raises NotFound, NotYours, WrongState, InputError, Busy."""

        def do(book: Book, calendar: Calendar) -> Outcome:
            before = self._changeable(book, who, id_, version, Act.EXTEND)
            if before.window.end <= now:
                # Not written down yet. What has followed it may be over, too, which the calendar forgets.
                raise WrongState(f"{before.label} {STANDS[State.ENDED]}.")
            new_end = before.window.end + end if isinstance(end, timedelta) else end
            if new_end <= before.window.end:
                raise InputError(
                    f"{before.label} already ends then or later.",
                    hint="Say how much longer, or a later end.",
                    example=f"extend {before.label} 2h",
                )
            verdict = amend.extend(before, new_end, self._scene(book, calendar, before.member, now))
            return self._amended(
                book, calendar, who, Act.EXTEND, before, Window(before.window.end, new_end), verdict, now
            )

        return self._once(once, now, do)

    def move(
        self,
        who: Member,
        id_: int,
        start: datetime | timedelta,
        end: datetime | None,
        now: datetime,
        *,
        version: int | None = None,
        once: Once | None = None,
    ) -> Outcome | Kept:
        """To another window, of the same length where `end` is None. Raises as `extend` does.

        `start`: when it then begins, or by how much later (below 0: earlier) than it does.
        """

        def do(book: Book, calendar: Calendar) -> Outcome:
            before = self._changeable(book, who, id_, version, Act.MOVE)
            begin = before.window.start + start if isinstance(start, timedelta) else start
            if end is not None and end <= begin:
                raise InputError("It would end before it begins.", hint="Say a later end.", example=MOVE_EXAMPLE)
            window = Window(begin, end or begin + before.window.length)
            if window == before.window:
                raise InputError(f"{before.label} is there already.", hint="Say another time.", example=MOVE_EXAMPLE)
            verdict = amend.move(before, window, self._scene(book, calendar, before.member, now))
            return self._amended(book, calendar, who, Act.MOVE, before, window, verdict, now)

        return self._once(once, now, do)

    def _changeable(self, book: Book, who: Member, id_: int, version: int | None, act: Act) -> Reservation:
        found = self._found(book, id_, version)
        own(who, found)
        if act is Act.MOVE and found.state is State.ACTIVE:
            raise WrongState(f"{found.label} is running already: it can be extended or released, but not moved.")
        if found.state is State.PENDING and after(act, found.state) is None:
            raise WrongState(f"{found.label} waits for an admin: until then it can be released, but not changed.")
        if after(act, found.state) is None:
            raise self._too_late(book, found)
        return found

    def _amended(
        self,
        book: Book,
        calendar: Calendar,
        who: Member,
        act: Act,
        before: Reservation,
        wanted: Window,
        verdict: Granted | Refused,
        now: datetime,
    ) -> Outcome:
        if isinstance(verdict, Refused):
            return NotChanged(before, amend.as_request(before, wanted), self._named(book, verdict))
        placement = verdict.placement
        state = begun(placement.window, now)
        changed = replace(before, window=placement.window, gpus=placement.gpus, state=state)
        unpromised = not _keeps_promise(before, placement.window)
        if unpromised:
            self._ask_later(book, before, now)
            changed = replace(changed, movable=False, promise=None, not_before=None)
        said = "extended" if act is Act.EXTEND else "moved"
        entered = self._change(book, who, said, before, changed, now, (calendar, placement))
        self._tell_holder(book, who, said, entered, now)
        return Changed(act, before, entered, verdict.over, unpromised)

    def _enter(
        self,
        book: Book,
        calendar: Calendar,
        request: Request,
        decision: Granted | Held,
        state: State,
        who: Member,
        now: datetime,
    ) -> list[Reservation]:
        """The new reservation, or its pieces, with all that is owed. Others make way first."""
        placement = decision.placement
        promise = None if isinstance(request.when, Fixed) else request.when.promise
        moves = self._moves(calendar, placement)
        moved = book.change(moves, now, rebinds=self._rebound(calendar, placement))
        self._tell_moved(book, calendar, placement, moves, moved, request.member, promise, now)
        first = self._enter_one(book, request, decision, placement, state, who, now)
        self._tell_claim(book, request, first, now)
        return [
            first,
            *(
                self._enter_one(book, request, decision, piece, _piece_state(state), who, now, first.id)
                for piece in placement.pieces
            ),
        ]

    def _enter_one(
        self,
        book: Book,
        request: Request,
        decision: Granted | Held,
        placement: Placement,
        state: State,
        who: Member,
        now: datetime,
        group: int | None = None,
    ) -> Reservation:
        """`group`: the id of the first piece; that of the first itself is known once it is written."""
        entered = book.add(replace(made(request, placement, state, who.id, now), group=group))
        if placement.pieces:
            (entered,) = book.change([(entered, replace(entered, group=entered.id))], now)
        book.audit(who.id, "asked" if state is State.PENDING else "booked", None, entered, now)
        if state is not State.PENDING:
            self._tell_channel(book, who.id, "booked", entered, now)
        elif group is None:  # of a run in pieces they are asked once
            self._tell_admins(book, entered, decision, now)
        if who.id != request.member:
            self._tell_member(book, NoticeKind.BOOKED_FOR, entered, now, act="booked", by=who.id)
        return entered


def _piece_state(first: State) -> State:
    """Of a piece after the first, which begins later."""
    return State.BOOKED if first is State.ACTIVE else first


def made(request: Request, placement: Placement, state: State, asked_by: str, now: datetime) -> Reservation:
    """The reservation that a request becomes, before it has an id."""
    bounds = None if isinstance(request.when, Fixed) else request.when
    return Reservation(
        id=0,
        member=request.member,
        state=state,
        pool=placement.pool,
        gpus=placement.gpus,
        window=placement.window,
        created_at=now,
        movable=bounds is not None,
        named=bool(request.gpus),
        memory_gb=request.memory_gb,
        not_before=bounds.not_before if bounds else None,
        promise=bounds.promise if bounds else None,
        reason=request.reason,
        asked_by=asked_by,
    )


def _keeps_promise(reservation: Reservation, window: Window) -> bool:
    """Whether the window is inside the bounds of a movable reservation; true for a fixed one, which has none."""
    if reservation.promise is None:
        return True
    begins = reservation.not_before is None or window.start >= reservation.not_before
    return begins and window.end <= reservation.promise.by
