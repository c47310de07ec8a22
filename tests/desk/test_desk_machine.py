"""Two bots do anything in any order; every answer and every row is held against a dict of intervals."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot.booking.calendar import Calendar
from bot.booking.decision import Granted, Held, OfferKind, Refused
from bot.booking.lab import Policy
from bot.booking.lifecycle import Act, State
from bot.booking.members import Member
from bot.booking.model import Before, Fixed, Promise, Request, Reservation, Window, Work, minute_of
from bot.booking.reasons import NotByDeadline, Taken, TooManyPending
from bot.desk import Booked, Changed, Desk, NotChanged, Undone
from bot.errors import BotError, InputError, NotYours, WrongState
from desks import EVE
from intervals import Intervals
from make import ADA, ALICE, BOB, lab, monday, node
from storage.engine import open_engine
from storage.ledger import Ledger

LAB = lab(
    node("atlas", "a100", 3),
    node("borea", "a100", 2),
    node("titan", "3090", 2, memory_gb=24),
    policy=Policy(approval_timeout=timedelta(hours=4)),
    admins=(ADA.id, EVE.id),
)
PEOPLE = {member.id: member for member in (ALICE, BOB, ADA)}
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)

BOTS = st.integers(0, 1)
MEMBERS = st.sampled_from([ALICE, BOB, ADA])
PICKS = st.integers(0, 999)
ROLES = st.sampled_from(["holder"] * 6 + ["ada", "eve", "bob"])
DECIDERS = st.sampled_from(["eve", "eve", "ada", "bob"])
POOLS = st.sampled_from(["a100", "a100", "a100", "3090"])
AHEAD = st.sampled_from([0, 5, 30, 60, 90, 120, 180, 240]).map(lambda minutes: minutes * MINUTE)
LENGTHS = st.sampled_from([5, 30, 60, 120, 180, 300]).map(lambda minutes: minutes * MINUTE)


@dataclass(frozen=True)
class Last:
    """The last change of a reservation: what Undo takes back."""

    who: str
    at: datetime
    before: Reservation | None
    undoable: bool


class Plain(Desk):
    """A desk that offers no part of what nobody decided on: that has tests of its own."""

    def _part(self, *_: Any) -> None:
        return None


class DeskMachine(RuleBasedStateMachine):
    """What is done to the desk. `fresh` gives the URL of an empty ledger."""

    fresh: ClassVar[Callable[[], str]]

    def __init__(self) -> None:
        super().__init__()
        self.engine = open_engine(type(self).fresh())
        self.ledger = Ledger(self.engine)
        self.ledger.sync_gpus(LAB)
        self.desks = [Plain(self.ledger, LAB), Plain(Ledger(self.engine), LAB)]
        self.now = monday(8)
        self.world = Intervals(LAB)
        self.last: dict[int, Last] = {}
        self.acted = 0

    def teardown(self) -> None:
        self.engine.dispose()

    # Booking

    @rule(bot=BOTS, who=MEMBERS, pool=POOLS, count=st.integers(1, 4), ahead=AHEAD, length=LENGTHS)
    def book_a_window(self, bot: int, who: Member, pool: str, count: int, ahead: timedelta, length: timedelta) -> None:
        count = min(count, LAB.pools[pool].size)
        window = Window(self.now + ahead, self.now + ahead + length)
        self.book(bot, who, Request(who.id, count, Fixed(window), pool=pool, asked_by=who.id))

    @rule(
        bot=BOTS,
        who=MEMBERS,
        gpus=st.sampled_from([("atlas:0",), ("atlas:1", "atlas:2"), ("borea:1",), ("atlas:2", "borea:0")]),
        ahead=AHEAD,
        length=LENGTHS,
    )
    def book_named_gpus(
        self, bot: int, who: Member, gpus: tuple[str, ...], ahead: timedelta, length: timedelta
    ) -> None:
        window = Window(self.now + ahead, self.now + ahead + length)
        self.book(bot, who, Request(who.id, len(gpus), Fixed(window), gpus=gpus, asked_by=who.id))

    @rule(bot=BOTS, who=MEMBERS, pool=POOLS, count=st.integers(1, 4), length=LENGTHS, slack=LENGTHS)
    def book_before(self, bot: int, who: Member, pool: str, count: int, length: timedelta, slack: timedelta) -> None:
        by = self.now + length + slack
        run = Before(length, Promise(by, by), self.now)
        count = min(count, LAB.pools[pool].size)
        self.book(bot, who, Request(who.id, count, run, pool=pool, asked_by=who.id))

    @rule(bot=BOTS, who=MEMBERS, pool=POOLS, hours=st.integers(1, 12), within=LENGTHS)
    def book_a_sweep(self, bot: int, who: Member, pool: str, hours: int, within: timedelta) -> None:
        by = self.now + HOUR + within
        work = Work(hours, Promise(by, by), self.now)
        self.book(bot, who, Request(who.id, 0, work, pool=pool, asked_by=who.id))

    def book(self, bot: int, who: Member, request: Request) -> None:
        booked = self.answer(bot, Desk.reserve, request, who, self.now)
        assert isinstance(booked, Booked)
        if isinstance(booked.decision, Refused):
            assert booked.reservation is None
            self.is_true(request, booked.decision)
            self.settle()
            # To wait, or to ask a holder, is no booking; those have a machine of their own.
            bookable = [offer for offer in booked.decision.offers if offer.kind not in (OfferKind.WAIT, OfferKind.ASK)]
            if not bookable:
                return
            offer = bookable[0]
            request = offer.request
            booked = self.answer(bot, Desk.reserve, request, who, self.now)
            assert isinstance(booked, Booked)
            assert isinstance(booked.decision, Held if offer.asks else Granted)
            assert booked.reservation is not None
            assert booked.reservation.window == offer.window
        assert booked.reservation is not None
        self.is_what_was_asked(request, booked)
        self.done(who, None, booked.reservation, rebinds=True)

    def is_what_was_asked(self, request: Request, booked: Booked) -> None:
        entered = booked.reservation
        assert entered is not None
        held = isinstance(booked.decision, Held)
        assert entered.state is (State.PENDING if held else self.begun(entered.window))
        assert len(set(entered.gpus)) == entered.count
        assert all(LAB.gpus[gpu].pool == entered.pool for gpu in entered.gpus)
        assert request.pool in (None, entered.pool)
        match request.when:
            case Fixed(window):
                assert entered.window == window
                assert entered.count == request.count
                assert not request.gpus or set(entered.gpus) == set(request.gpus)
            case Before(length, promise, first):
                assert (entered.window.length, entered.count) == (length, request.count)
                asked = (entered.pool, entered.count, first, length, promise.by)
                soonest = self.world.earliest(*asked)
                # One node is preferred, which there may be where somebody takes another GPU of theirs.
                if soonest is not None and len(set(self.world.nodes(entered))) == 1:
                    soonest = self.world.earliest(*asked, several=False) or promise.by - length
                assert soonest is None or first <= entered.window.start <= soonest
            case Work(hours, _, first):
                assert entered.window.start >= first
                assert entered.count in (1, 2, 4, 8)
                assert entered.count * entered.window.hours >= hours

    def is_true(self, request: Request, refused: Refused) -> None:
        for refusal in refused.refusals:
            match refusal:
                case Taken():
                    assert isinstance(request.when, Fixed)
                    self.names_all_holders(refusal, request.gpus)
                    free = self.world.free_in(refusal.pool, request.when.window)
                    assert not set(request.gpus) <= free if request.gpus else len(free) < request.count
                case NotByDeadline(promise, length):
                    assert request.pool is not None
                    for count in [request.count] if request.count else [1, 2, 4]:
                        needed = (
                            timedelta(hours=request.when.gpu_hours) / count
                            if isinstance(request.when, Work)
                            else length
                        )
                        if count <= LAB.pools[request.pool].size:
                            assert self.world.earliest(request.pool, count, self.now, needed, promise.by) is None
                case TooManyPending(limit):
                    mine = [one for one in self.world.known.values() if one.member == request.member]
                    assert sum(one.state is State.PENDING for one in mine) >= limit
                case other:
                    raise AssertionError(f"not a reason here: {other}")

    def names_all_holders(self, taken: Taken, gpus: tuple[str, ...]) -> None:
        """Those at the instant from which on too few are free; of one node, where it takes a node to have enough."""
        at = Window(taken.window.start, taken.window.start + MINUTE)
        wanted = set(gpus) or {gpu.name for gpu in LAB.pools[taken.pool].gpus}
        there = {
            (one.member, one.id)
            for one in self.world.known.values()
            if one.holds and one.window.overlaps(at) and wanted & set(one.gpus)
        }
        named = {(holding.member, holding.reservation) for holding in taken.holders}
        if len(self.world.free(wanted, at)) < taken.needed:
            assert named == there
            assert taken.free == len(self.world.free(wanted, at))
        else:
            assert named
            assert named <= there

    # Changing

    @rule(bot=BOTS, role=ROLES, pick=PICKS, by=LENGTHS)
    @precondition(lambda self: self.last)
    def extend(self, bot: int, role: str, pick: int, by: timedelta) -> None:
        before, who = self.picked(pick, role)
        answer = self.answer(bot, Desk.extend, who, before.id, by, self.now, version=before.version)
        if self.stopped(answer, who, before, {State.BOOKED, State.ACTIVE}):
            return
        if before.window.end <= self.now:  # no tick has ended it yet
            assert isinstance(answer, WrongState)
            self.settle()
            return
        whole, extra = (
            Window(before.window.start, before.window.end + by),
            Window(before.window.end, before.window.end + by),
        )
        if isinstance(answer, NotChanged):
            if any(isinstance(refusal, Taken) for refusal in answer.refused.refusals):
                assert self.world.free(before.gpus, extra, before.id) != set(before.gpus)
            self.settle()
            return
        self.is_amended(answer, before, whole)
        assert isinstance(answer, Changed)
        if before.named or before.window.start <= self.now or before.state is State.ACTIVE:
            assert answer.after.gpus == before.gpus
        assert self.world.nodes(answer.after) == self.world.nodes(before)
        self.done(who, before, answer.after, rebinds=True)

    @rule(bot=BOTS, role=ROLES, pick=PICKS, ahead=AHEAD)
    @precondition(lambda self: self.last)
    def move(self, bot: int, role: str, pick: int, ahead: timedelta) -> None:
        before, who = self.picked(pick, role)
        answer = self.answer(bot, Desk.move, who, before.id, self.now + ahead, None, self.now, version=before.version)
        if self.stopped(answer, who, before, {State.BOOKED}):
            return
        window = Window(self.now + ahead, self.now + ahead + before.window.length)
        if window == before.window:
            assert isinstance(answer, InputError)
            self.settle()
            return
        if isinstance(answer, NotChanged):
            if any(isinstance(refusal, Taken) for refusal in answer.refused.refusals):
                free = self.world.free_in(before.pool, window, before.id)
                assert not set(before.gpus) <= free if before.named else len(free) < before.count
            self.settle()
            return
        self.is_amended(answer, before, window)
        assert isinstance(answer, Changed)
        assert not before.named or answer.after.gpus == before.gpus
        assert answer.after.count == before.count
        self.done(who, before, answer.after, rebinds=True)

    def is_amended(self, answer: Any, before: Reservation, window: Window) -> None:
        assert isinstance(answer, Changed)
        after = answer.after
        expected = replace(before, window=window, gpus=after.gpus, state=self.begun(window), version=before.version + 1)
        bounds = before.promise and before.not_before and Window(before.not_before, before.promise.by)
        unpromised = bool(bounds and not (bounds.start <= window.start and window.end <= bounds.end))
        if unpromised:
            expected = replace(expected, movable=False, promise=None, not_before=None)
        assert answer.unpromised is unpromised
        assert after == expected

    @rule(bot=BOTS, role=ROLES, pick=PICKS)
    @precondition(lambda self: self.last)
    def release(self, bot: int, role: str, pick: int) -> None:
        before, who = self.picked(pick, role)
        answer = self.answer(bot, Desk.release, who, before.id, self.now, version=before.version)
        if not self.stopped(answer, who, before, {State.PENDING, State.BOOKED, State.ACTIVE}):
            assert answer == Changed(Act.RELEASE, before, self.given_back(before))
            self.done(who, before, answer.after)

    @rule(bot=BOTS, role=ROLES, pick=PICKS, keep=st.integers(0, 3))
    @precondition(lambda self: self.last)
    def keep(self, bot: int, role: str, pick: int, keep: int) -> None:
        before, who = self.picked(pick, role)
        answer = self.answer(bot, Desk.release, who, before.id, self.now, keep=keep, version=before.version)
        if not self.stopped(answer, who, before, {State.PENDING, State.BOOKED, State.ACTIVE}):
            if not 0 < keep < before.count:
                assert isinstance(answer, InputError)
                self.settle()
                return
            after = replace(before, gpus=before.gpus[:keep], version=before.version + 1)
            assert answer == Changed(Act.RELEASE, before, after)
            self.done(who, before, after)

    @rule(bot=BOTS, role=ROLES, pick=PICKS)
    @precondition(lambda self: self.last)
    def undo(self, bot: int, role: str, pick: int) -> None:
        present, who = self.picked(pick, role, recent=pick % 2 == 0)
        last = self.last[present.id]
        answer = self.answer(bot, Desk.undo, who, present.id, self.now, version=present.version)
        if not who.admin and who.id != present.member:
            assert isinstance(answer, NotYours)
        elif not last.undoable or last.who != who.id or self.now - last.at > timedelta(minutes=10):
            assert isinstance(answer, WrongState)
        elif last.before is None:
            assert answer == Undone(present, self.given_back(present))
        else:
            self.is_restored(answer, present, last.before)
        if isinstance(answer, Undone):
            self.done(who, present, answer.after, undoable=False)
        self.settle()

    def held_meanwhile(self, wanted: Reservation, gap: Window, other_than: int) -> bool:
        """Whether somebody, gone by now or not, had one of its GPUs in the gap."""
        gone = {State.CANCELLED, State.DENIED, State.EXPIRED}
        with self.ledger.reading() as book:
            others = [one for one in book.everything() if one.id != other_than and one.state not in gone]
        return any(set(one.gpus) & set(wanted.gpus) and one.window.overlaps(gap) for one in others)

    def is_restored(self, answer: Any, present: Reservation, wanted: Reservation) -> None:
        start = max(wanted.window.start, self.now)
        if start >= wanted.window.end:
            assert isinstance(answer, WrongState)
            return
        left = Window(start, wanted.window.end)
        expected = replace(wanted, version=present.version + 1)
        if wanted.state is not State.PENDING:
            expected = replace(expected, state=self.begun(wanted.window))
        if wanted.window.start < start and self.held_meanwhile(wanted, Window(wanted.window.start, start), present.id):
            assert isinstance(answer, WrongState)
            return
        if self.world.free(wanted.gpus, left, present.id) == set(wanted.gpus):
            assert answer == Undone(present, expected)
            return
        if isinstance(answer, WrongState):
            free = [LAB.gpus[gpu].node for gpu in self.world.free_in(wanted.pool, left, present.id)]
            room = sum(free.count(name) for name in set(self.world.nodes(wanted)))
            assert wanted.named or wanted.window.start <= self.now or room < wanted.count
            return
        assert isinstance(answer, Undone)
        assert not wanted.named
        assert wanted.window.start > self.now
        assert answer.after == replace(expected, gpus=answer.after.gpus)
        assert set(self.world.nodes(answer.after)) <= set(self.world.nodes(wanted))
        assert self.world.free(answer.after.gpus, left, present.id) == set(answer.after.gpus)

    # Deciding

    @rule(bot=BOTS, role=DECIDERS, pick=PICKS, yes=st.booleans())
    @precondition(lambda self: self.last)
    def decide(self, bot: int, role: str, pick: int, yes: bool) -> None:
        before, who = self.picked(pick, role)
        if yes:
            answer = self.answer(bot, Desk.approve, who, before.id, self.now, version=before.version)
        else:
            answer = self.answer(bot, Desk.deny, who, before.id, "not now", self.now, version=before.version)
        if not who.admin:
            assert isinstance(answer, NotYours)
        elif before.state is not State.PENDING:
            assert isinstance(answer, WrongState)
        elif before.member == who.id:
            assert isinstance(answer, NotYours)
        elif yes and before.window.end <= self.now:  # no tick has let it lapse yet
            assert isinstance(answer, WrongState)
        else:
            after = replace(before, state=State.DENIED, version=before.version + 1)
            if yes:
                after = replace(after, state=self.begun(before.window), approved_by=who.id)
            assert answer == Changed(Act.APPROVE if yes else Act.DENY, before, after)
            self.done(who, before, after, undoable=False)
        self.settle()

    @rule(bot=BOTS, pick=PICKS)
    @precondition(lambda self: self.last)
    def press_a_button_of_an_old_card(self, bot: int, pick: int) -> None:
        present, _ = self.picked(pick, "")
        id_, old = present.id, present.version - 1
        for late in (
            self.answer(bot, Desk.release, ADA, id_, self.now, version=old),
            self.answer(bot, Desk.extend, ADA, id_, HOUR, self.now, version=old),
            self.answer(bot, Desk.undo, ADA, id_, self.now, version=old),
            self.answer(bot, Desk.approve, EVE, id_, self.now, version=old),
        ):
            assert isinstance(late, WrongState)
        self.settle()

    # Time

    @rule(bot=BOTS, minutes=st.sampled_from([1, 5, 11, 30, 60]), tick=st.sampled_from([True, True, False]))
    def wait(self, bot: int, minutes: int, tick: bool) -> None:
        self.now += minutes * MINUTE
        if tick:
            told = self.answer(bot, Desk.turnover, self.now)
            expected = [after for one in self.world.known.values() if (after := self.after_turnover(one)) is not None]
            assert told == len(expected)
            for after in expected:
                if after.state is not State.ACTIVE:  # that it has started takes no Undo away
                    self.last[after.id] = Last("", self.now, None, undoable=False)
            self.settle(*expected)
            assert self.answer(1 - bot, Desk.turnover, self.now) == len(
                [one for one in expected if one.state is State.ACTIVE and one.window.end <= self.now]
            )
            again = [after for one in expected if (after := self.after_turnover(one)) is not None]
            self.settle(*again)

    def after_turnover(self, one: Reservation) -> Reservation | None:
        lapses = min(one.created_at + timedelta(hours=4), max(one.window.start, one.created_at + HOUR), one.window.end)
        if one.state is State.ACTIVE and one.window.end <= self.now:
            state = State.ENDED
        elif one.state is State.BOOKED and one.window.start <= self.now:
            state = State.ACTIVE
        elif one.state is State.PENDING and lapses <= self.now:
            start = self.postponed(one)
            if start is not None:
                gpus = self.row(one).gpus
                assert len(gpus) == one.count
                return replace(one, window=Window(start, start + one.window.length), gpus=gpus, version=one.version + 1)
            state = State.EXPIRED
        else:
            return None
        return replace(one, state=state, version=one.version + 1)

    def postponed(self, one: Reservation) -> datetime | None:
        """Where it waits on: as early as leaves admins four hours, or else as late as its deadline lets it."""
        decided, first = one.created_at + timedelta(hours=4), max(self.now, one.window.start) + MINUTE
        if one.promise is None or decided < first:
            return None
        world = Intervals(LAB)
        for id_, other in self.world.known.items():
            if id_ != one.id:  # what was postponed before it stands where it is now
                now = self.row(other) if other.state is State.PENDING and id_ < one.id else other
                world.known[id_] = now if now.state is State.PENDING else other
        asked = (one.pool, one.count)
        return world.earliest(*asked, decided, one.window.length, one.promise.by) or world.latest(
            *asked, first, one.window.length, one.promise.by
        )

    def row(self, one: Reservation) -> Reservation:
        """As the ledger has it."""
        with self.ledger.reading() as book:
            return next(row for row in book.everything() if row.id == one.id)

    # What always holds

    @invariant()
    def nobody_is_double_booked(self) -> None:
        assert self.world.double() == []

    @invariant()
    def promises_are_kept(self) -> None:
        for one in self.world.known.values():
            if one.holds and one.movable:
                assert one.promise is not None
                assert one.window.end <= one.promise.by

    @invariant()
    def the_warm_calendar_is_as_a_new_one(self) -> None:
        with self.ledger.reading() as book:
            new = Calendar(LAB, minute_of(self.now))
            new.apply(book.changes(0), book.version)
        with self.desks[self.acted]._looking(self.now) as (_, warm):
            assert (warm.version, warm.live) == (new.version, new.live)
            assert warm.pending() == new.pending()
            for pool in LAB.pools:
                assert _masks(warm, pool, minute_of(self.now)) == _masks(new, pool, minute_of(self.now))

    # How it is told

    def answer(self, bot: int, act: Callable[..., Any], *args: Any, **named: Any) -> Any:
        """What the desk answers, or the error that stops the conversation."""
        self.acted = bot
        try:
            return act(self.desks[bot], *args, **named)
        except BotError as error:
            return error

    def picked(self, pick: int, role: str, *, recent: bool = False) -> tuple[Reservation, Member]:
        """A reservation, mostly one that holds GPUs (or the one that changed last), and who does something to it."""
        known = self.world.known
        holding = [id_ for id_, one in known.items() if one.holds]
        ids = holding if holding and pick % 10 else list(known)
        found = known[next(reversed(self.last)) if recent else ids[pick % len(ids)]]
        return found, {"ada": ADA, "eve": EVE, "bob": BOB}.get(role) or PEOPLE[found.member]

    def stopped(self, answer: Any, who: Member, before: Reservation, states: set[State]) -> bool:
        """Whether it had to be stopped, and was."""
        if not who.admin and who.id != before.member:
            assert isinstance(answer, NotYours)
        elif before.state not in states:
            assert isinstance(answer, WrongState)
        else:
            return False
        self.settle()
        return True

    def done(
        self,
        who: Member,
        before: Reservation | None,
        after: Reservation,
        *,
        undoable: bool = True,
        rebinds: bool = False,
    ) -> None:
        self.last.pop(after.id, None)  # the dict's last is what changed last
        self.last[after.id] = Last(who.id, self.now, before, undoable)
        self.settle(after, rebinds=rebinds)

    def settle(self, *changed: Reservation, rebinds: bool = False) -> None:
        """The ledger holds what was answered and nothing else is different, but for tentative GPUs after a booking."""
        known = self.world.known
        known.update({one.id: one for one in changed})
        with self.ledger.reading() as book:
            rows = list(book.everything())
        assert [row.id for row in rows] == sorted(known)
        for row in rows:
            if row != known[row.id]:
                assert rebinds
                assert self.world.may_rebind(known[row.id], row, self.now)
                known[row.id] = row

    def begun(self, window: Window) -> State:
        return State.ACTIVE if window.start <= self.now else State.BOOKED

    def given_back(self, before: Reservation) -> Reservation:
        if before.state is not State.ACTIVE:
            return replace(before, state=State.CANCELLED, version=before.version + 1)
        end = min(before.window.end, max(self.now, before.window.start + MINUTE))
        window = Window(before.window.start, end)
        return replace(before, state=State.RELEASED, window=window, version=before.version + 1)


def _masks(calendar: Calendar, pool: str, now: int) -> tuple[list[int], list[int]]:
    """Minute by minute for two days, and hour by hour, which takes the coarser levels."""
    minutes = calendar.pools[pool].minutes
    until = now + 2 * 24 * 60
    first = now + -now % 64
    return [minutes.at(at) for at in range(now, until)], [minutes.over(at, at + 1024) for at in range(first, until, 64)]


@pytest.fixture
def fresh(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[], str]:
    """`fresh()`: the URL of a ledger with nothing in it, as often as it is asked for."""
    if backend == "postgresql":
        return request.getfixturevalue("postgresql").upgraded
    template = request.getfixturevalue("upgraded_file")
    return lambda: f"sqlite:///{shutil.copy(template, tmp_path / 'ledger.db')}"


def test_the_desk_does_what_a_dict_of_intervals_says(fresh, backend, rounds, pytestconfig):
    class Machine(DeskMachine):
        pass

    Machine.fresh = staticmethod(fresh)
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=rounds(10, 1700) if backend == "sqlite" else rounds(4, 1700),
            stateful_step_count=rounds(30, 60),
            derandomize=not pytestconfig.getoption("full"),
            deadline=None,
            phases=[Phase.generate, Phase.shrink] if pytestconfig.getoption("full") else [Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
