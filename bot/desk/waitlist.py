"""The waitlist's use cases: to wait, to leave, to take an offer or to pass it on."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.booking.amend import as_request
from bot.booking.calendar import Calendar
from bot.booking.decision import Granted, Held, Placement, Refused
from bot.booking.judge import judge
from bot.booking.lifecycle import Act, State
from bot.booking.members import Member
from bot.booking.model import Fixed, Request, Reservation, Waiting, Window, instant_of, minute_of
from bot.booking.policy import candidates
from bot.booking.reasons import WouldDelay
from bot.booking.search import Need, place
from bot.booking.waitlist import Shadow, can_wait, could_start, plan
from bot.desk.base import begun, own
from bot.desk.offering import Offering
from bot.desk.outcome import Booked, Changed, Kept, Left, NotChanged, Once, Outcome, Passed, Waitlisted
from bot.errors import NotFound, NotYours, WrongState
from storage.book import Book
from storage.waitlist import LEFT, TAKEN

MOST_WAITING = 5
INSTEAD = frozenset({"suggested", "part"})  # how an offer comes about that nobody waited for
LONG_AGO = timedelta(days=1)  # a start before that is a mistake
_ENDS = {"taken": "got its GPUs", "left": "was left", "lapsed": "has lapsed", "expired": "has lapsed: it was too late"}


class Waitlisting(Offering):
    """What members do about the waitlist; what it does by itself is in `offering`."""

    def wait(
        self,
        request: Request,
        who: Member,
        now: datetime,
        once: Once | None = None,
        *,
        auto: bool = False,
        for_job: bool = False,
    ) -> Outcome | Kept:
        """Have a request wait until GPUs fall free for it; what can be booked now is booked.

        `auto`: it takes what it is offered by itself, as it does where its member has set that. `for_job`: so it does
        for a job that waits on a node, beside any other, and begins as soon as it can. What waiting does not help is
        refused. Raises NotYours (see `_may_speak_for`), WrongState (MOST_WAITING wait already) and Busy.
        """
        self._may_speak_for(who, request.member, now, "wait")

        request = _not_past(request, now)

        def do(book: Book, calendar: Calendar) -> Outcome:
            mine = [one for one in self._waiting(book, calendar) if one.member == request.member]
            same = next((one for one in mine if one.request == request), None)
            if same is not None and not for_job:
                return self._standing(book, calendar, same, now, new=False)
            booked = self._reserved(book, calendar, request, who, now)
            if not isinstance(booked.decision, Refused) or not can_wait(booked.decision):
                return booked
            if len(mine) >= MOST_WAITING:
                waits = ", ".join(one.label for one in mine)
                raise WrongState(f"{MOST_WAITING} requests wait already ({waits}): leave one of them first.")
            scene = self._scene(book, calendar, request.member, now)
            sooner = could_start(request, scene) if not for_job and _is_taken(booked.decision, request) else None
            by_itself = auto or for_job or book.settings([request.member])[request.member].auto
            entered = book.wait(Waiting(0, request, now, auto=by_itself, sooner_than=sooner, at_once=for_job))
            book.audit(who.id, f"waits as {entered.label}", None, entered, now)
            self._tell_claim(book, request, entered, now)
            return self._standing(book, calendar, entered, now)

        return self._once(once, now, do)

    def leave(self, who: Member, id_: int, now: datetime, once: Once | None = None) -> Outcome | Kept:
        """Wait no more; an offer goes on to the next. Raises NotFound, NotYours, WrongState and Busy."""

        def do(book: Book, _: Calendar) -> Outcome:
            one = self._waits(book, id_)
            if not who.admin and who.id not in (one.member, one.request.asked_by):
                raise NotYours(f"{one.label} is not yours.")
            held = None if one.offered is None else book.find(one.offered)
            if held is not None and held.state is State.OFFERED:
                self._given_up(book, who.id, "passed", held, State.CANCELLED, now)
            book.waits_no_more(one.id, LEFT, now)
            book.audit(who.id, f"left {one.label}", one, None, now)
            return Left(one)

        return self._once(once, now, do)

    def accept(
        self, who: Member, id_: int, now: datetime, *, version: int | None = None, once: Once | None = None
    ) -> Outcome | Kept:
        """Take what is offered, from now on where it was to begin before. Raises NotFound, NotYours, WrongState, Busy.

        Over a limit that binds an admin is asked, as for any request.
        """

        def do(book: Book, calendar: Calendar) -> Outcome:
            before = self._offered(book, who, id_, version)
            placement = Placement(before.pool, before.gpus, _from_now(before, calendar, now))
            request = replace(as_request(before, placement.window), gpus=before.gpus if before.named else ())
            scene = self._scene(book, calendar, before.member, now)
            with calendar.without(before):
                alone = replace(scene, snapshot=scene.snapshot.without(before))
                # What an admin has offered needs no other's word.
                verdict = Granted(placement) if before.approved_by else judge(request, placement, alone)
            if isinstance(verdict, Refused):
                return NotChanged(before, request, verdict)
            state = State.PENDING if isinstance(verdict, Held) else begun(placement.window, now)
            changed = replace(before, state=state, window=placement.window)
            entered = self._change(book, who, "taken", before, changed, now, told=_told(book, before))
            waiting = self._holder_of(book, before)
            if waiting is not None:
                book.waits_no_more(waiting.id, TAKEN, now)
                book.audit(who.id, f"{waiting.label} taken", waiting, None, now)
            self._tell_holder(book, who, "taken", entered, now)
            if isinstance(verdict, Granted):
                return Changed(Act.ACCEPT, before, entered, verdict.over)
            self._tell_admins(book, entered, verdict, now)
            return Booked(request, verdict, entered)

        return self._once(once, now, do)

    def let_go(
        self, who: Member, id_: int, now: datetime, *, version: int | None = None, once: Once | None = None
    ) -> Outcome | Kept:
        """Pass an offer on and go on waiting. Raises as `accept` does."""

        def do(book: Book, _: Calendar) -> Outcome:
            before = self._offered(book, who, id_, version)
            waiting = self._holder_of(book, before)
            self._given_up(book, who.id, "passed", before, State.CANCELLED, now)
            return Passed(before, None if waiting is None else self._passed_by(book, waiting, before, now))

        return self._once(once, now, do)

    def waiting(self, now: datetime, member: str | None = None) -> tuple[Shadow, ...]:
        """Who waits, in their order, with the place that each can expect; of one member, or all.

        Those who have an offer come first, without a place: theirs is held.
        """
        with self._looking(now) as (book, calendar):
            waiting = self._waiting(book, calendar)
            if not waiting or (member is not None and all(one.member != member for one in waiting)):
                return ()
            return tuple(one for one in self._shadows(book, calendar, now) if member in (None, one.waiting.member))

    def awaited(self, who: Member, id_: int, now: datetime) -> Waitlisted | int:
        """How one's own waiting request stands, or the reservation that it got. Raises NotFound, WrongState, Busy."""
        with self._looking(now) as (book, calendar):
            found = book.waited(id_)
            if found is None or found[0].member != who.id:
                raise NotFound(f"You have no W{id_}.")
            if found[1] == TAKEN and found[0].offered is not None:
                return found[0].offered
            return self._standing(book, calendar, self._waits(book, id_), now, new=False)

    def _standing(self, book: Book, calendar: Calendar, one: Waiting, now: datetime, *, new: bool = True) -> Waitlisted:
        waiting = self._waiting(book, calendar)
        shadows = plan(waiting, self._waiting_scene(book, calendar, waiting, now))
        pools = {pool.name for pool in candidates(one.request, self.lab)}
        place_, expected = 1, None
        for shadow in shadows:
            if shadow.waiting.id == one.id:
                expected = None if shadow.placement is None else shadow.placement.window.start
                break
            place_ += bool(pools & {pool.name for pool in candidates(shadow.waiting.request, self.lab)})
        return Waitlisted(one, place_, expected, new)

    def _waits(self, book: Book, id_: int) -> Waiting:
        found = book.waited(id_)
        if found is None:
            raise NotFound(f"There is no W{id_}.")
        one, end = found
        if end is not None:
            raise WrongState(f"{one.label} does not wait any more: it {_ENDS[end]}.")
        return one

    def _offered(self, book: Book, who: Member, id_: int, version: int | None) -> Reservation:
        found = self._found(book, id_, None)
        own(who, found)
        if found.state is not State.OFFERED or version not in (None, found.version):
            raise self._too_late(book, found)
        return found

    def _holder_of(self, book: Book, offered: Reservation) -> Waiting | None:
        return next((one for one in book.waitlist() if one.offered == offered.id), None)


def _not_past(request: Request, now: datetime) -> Request:
    """Asked for a little while ago, as a refusal's button has it, it is asked for from now on."""
    if not isinstance(request.when, Fixed):
        return request
    window, minute = request.when.window, instant_of(minute_of(now))
    if not minute - LONG_AGO < window.start < minute:
        return request
    return replace(request, when=Fixed(Window(minute, minute + window.length)))


def _is_taken(refused: Refused, request: Request) -> bool:
    """Whether a later start of the same window could be had at once; not where others wait for that."""
    heeds = any(isinstance(one, WouldDelay) for one in refused.refusals)
    return isinstance(request.when, Fixed) and not heeds


def _told(book: Book, offered: Reservation) -> str:
    """What the lab is told of an offer that is taken: who waited, or asked an admin for something else."""
    last = next(iter(book.history(offered.id)[-1:]), None)
    return f"taken {last.act}" if last is not None and last.act in INSTEAD else "taken"


def _from_now(offered: Reservation, calendar: Calendar, now: datetime) -> Window:
    """Its window; if that has begun, as long from now on, or what is left of it where others come then."""
    start = max(offered.window.start, instant_of(minute_of(now)))
    if start >= offered.window.end:
        raise WrongState(f"Too late: {offered.label} would be over by now.")
    end = start + offered.window.length
    if offered.promise is not None:
        end = max(min(end, offered.promise.by), offered.window.end)
    has = calendar.pools[offered.pool].layout.mask(offered.gpus)
    need = Need(offered.pool, offered.count, has, has, offered.member)
    with calendar.without(offered):
        found = place(calendar, need, Window(start, end), minute_of(now))
    free = isinstance(found, Placement) and not found.rebinds
    return Window(start, end if free else offered.window.end)
