"""Two bots do all that is about wishes in any order: waiting, offers, questions, hand-overs, claims, deadlines, pieces.

`test_desk_machine` says what each answer must be; here is what must hold whatever is done: no GPU goes twice, no
promise is broken, and nothing of anybody's changes in silence.
"""

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from bot.booking.asking import Question
from bot.booking.behind import ahead_of
from bot.booking.calendar import Calendar
from bot.booking.decision import Granted
from bot.booking.lab import Crunch, Deadline, Policy
from bot.booking.lifecycle import State
from bot.booking.members import Member
from bot.booking.model import Before, Fixed, Promise, Request, Reservation, Waiting, Window, Work, minute_of
from bot.booking.notices import Notice, NoticeKind
from bot.booking.waitlist import plan
from bot.desk import Asked, Booked, Desk
from bot.errors import BotError
from make import ADA, ALICE, BOB, CAROL, lab, monday, node
from storage.engine import open_engine
from storage.ledger import Ledger
from storage.tables import NOTICE
from storage.values import notice_from_row

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
FILED = Deadline("icml", monday(40), source="file", crunch=Crunch(days=1, max_share=0.5, keep=0.5))
LAB = lab(
    node("atlas", "a100", 3),
    node("titan", "3090", 2, memory_gb=24),
    policy=Policy(max_share=1, margin=HOUR, move_notice=HOUR, approval_timeout=4 * HOUR),
    deadlines=(FILED,),
)
PEOPLE = {one.id: one for one in (ADA, ALICE, BOB, CAROL)}
GONE = {State.EXPIRED, State.DENIED, State.DISPLACED, State.REVOKED, State.NO_SHOW, State.CANCELLED, State.RELEASED}

BOTS = st.integers(0, 1)
MEMBERS = st.sampled_from([ALICE, BOB, CAROL])
PICKS = st.integers(0, 999)
COUNTS = st.sampled_from([1, 2, 3, 3])
POOLS = st.sampled_from(["a100", "a100", "a100", "3090"])
AHEAD = st.sampled_from([0, 0, 30, 60, 120, 240]).map(lambda minutes: minutes * MINUTE)
LENGTHS = st.sampled_from([30, 60, 120, 180, 300]).map(lambda minutes: minutes * MINUTE)
KINDS = st.sampled_from(["fixed", "fixed", "before", "sweep", "named", "pieces"])


class WishesMachine(RuleBasedStateMachine):
    """What is done to the desk. `fresh` gives the URL of an empty ledger."""

    fresh: ClassVar[Callable[[], str]]

    def __init__(self) -> None:
        super().__init__()
        self.engine = open_engine(type(self).fresh())
        self.ledger = Ledger(self.engine)
        self.ledger.sync_gpus(LAB)
        self.desks = [Desk(self.ledger, LAB), Desk(Ledger(self.engine), LAB)]
        self.now = monday(8)
        for one in PEOPLE.values():
            with self.ledger.writing() as book:
                book.remember("T", one.id, one.name, "UTC", bot=False, deleted=False, now=self.now)
        self.desks[0].take_file(self.now)
        self.questions: list[Question] = []
        self.acted = 0
        self.told: set[str] = set()

    def teardown(self) -> None:
        self.engine.dispose()

    # What is asked for

    def wanted(
        self, who: Member, kind: str, pool: str, count: int, ahead: timedelta, length: timedelta, dates: list[Deadline]
    ) -> Request:
        count = min(count, LAB.pools[pool].size)
        by = self.now + ahead + length + HOUR
        promise, pieces = Promise(by, by), None
        if kind == "named" and dates:
            at = dates[-1].at
            promise = Promise(at, at - HOUR, dates[-1].label)
        if kind == "pieces":
            pieces = HOUR
        when: Fixed | Before | Work = Before(length, promise, self.now, pieces)
        if kind == "fixed":
            when = Fixed(Window(self.now + ahead, self.now + ahead + length))
        elif kind == "sweep":
            when, count = Work(count * length / HOUR, promise, self.now), 0
        return Request(who.id, count, when, pool=pool, asked_by=who.id)

    @rule(bot=BOTS, who=MEMBERS, kind=KINDS, pool=POOLS, count=COUNTS, ahead=AHEAD, length=LENGTHS)
    def book(
        self, bot: int, who: Member, kind: str, pool: str, count: int, ahead: timedelta, length: timedelta
    ) -> None:
        request = self.wanted(who, kind, pool, count, ahead, length, self.dates(who))
        before = self.expected(request)
        outcome = self.does(bot, who, Desk.reserve, request, who, self.now)
        if (
            isinstance(outcome, Booked)
            and isinstance(outcome.decision, Granted)
            and not outcome.decision.placement.moves
        ):
            after = self.expected(request)
            late = {id_: (end, after.get(id_)) for id_, end in before.items() if (after.get(id_) or end) > end}
            assert late == {}, "a booking has delayed who waits"

    @rule(bot=BOTS, who=MEMBERS, kind=KINDS, pool=POOLS, count=COUNTS, ahead=AHEAD, length=LENGTHS, auto=st.booleans())
    def wait(
        self, bot: int, who: Member, kind: str, pool: str, count: int, ahead: timedelta, length: timedelta, auto: bool
    ) -> None:
        request = self.wanted(who, kind, pool, count, ahead, length, self.dates(who))
        self.does(bot, who, Desk.wait, request, who, self.now, auto=auto)

    @rule(bot=BOTS, pick=PICKS, yes=st.booleans())
    def answer_an_offer(self, bot: int, pick: int, yes: bool) -> None:
        held = [one for one in self.rows().values() if one.state is State.OFFERED]
        if held:
            one = held[pick % len(held)]
            who = PEOPLE[one.member]
            self.does(bot, who, Desk.accept if yes else Desk.let_go, who, one.id, self.now, version=one.version)

    @rule(bot=BOTS, pick=PICKS)
    def leave(self, bot: int, pick: int) -> None:
        waiting = self.waitlist()
        if waiting:
            one = waiting[pick % len(waiting)]
            who = PEOPLE[one.member]
            self.does(bot, who, Desk.leave, who, one.id, self.now)

    # What is done to reservations

    @rule(bot=BOTS, pick=PICKS, how=st.sampled_from(["release", "whole", "keep", "extend", "move", "undo"]))
    def change(self, bot: int, pick: int, how: str) -> None:
        one = self.picked(pick)
        if one is None:
            return
        who = PEOPLE[one.member]
        match how:
            case "extend":
                self.does(bot, who, Desk.extend, who, one.id, HOUR, self.now)
            case "move":
                self.does(bot, who, Desk.move, who, one.id, self.now + 2 * HOUR, None, self.now)
            case "undo":
                self.does(bot, who, Desk.undo, who, one.id, self.now)
            case _:
                keep = 1 if how == "keep" else None
                self.does(bot, who, Desk.release, who, one.id, self.now, keep=keep, whole=how == "whole")

    @rule(bot=BOTS, pick=PICKS, yes=st.booleans())
    def decide(self, bot: int, pick: int, yes: bool) -> None:
        held = [one for one in self.rows().values() if one.state is State.PENDING]
        if held:
            id_ = held[pick % len(held)].id
            if yes:
                self.does(bot, ADA, Desk.approve, ADA, id_, self.now)
            else:
                self.does(bot, ADA, Desk.deny, ADA, id_, "not now", self.now)

    # Questions

    @rule(bot=BOTS, who=MEMBERS, pick=PICKS, length=LENGTHS, give=st.booleans())
    def ask_or_give(self, bot: int, who: Member, pick: int, length: timedelta, give: bool) -> None:
        one = self.picked(pick)
        if one is None:
            return
        if give:
            holder = PEOPLE[one.member]
            outcome = self.does(bot, holder, Desk.give, holder, one.id, who.id, self.now)
        else:
            start = max(one.window.start, self.now)
            request = Request(who.id, 1, Fixed(Window(start, start + length)), pool=one.pool, asked_by=who.id)
            outcome = self.does(bot, who, Desk.ask, who, one.id, request, self.now)
        if isinstance(outcome, Asked):
            self.questions.append(outcome.question)
            self.choices = [choice.key for choice in outcome.concessions]

    choices: list[str] = []  # noqa: RUF012 - of the last question

    @rule(bot=BOTS, pick=PICKS, yes=st.booleans())
    def answer_a_question(self, bot: int, pick: int, yes: bool) -> None:
        if not self.questions:
            return
        question = self.questions[-1 - pick % min(2, len(self.questions))]
        who = PEOPLE[question.holder]
        if not yes:
            self.does(bot, who, Desk.decline, who, question.id, self.now)
        elif question.give:
            self.does(bot, who, Desk.take, who, question.id, self.now)
        else:
            key = self.choices[pick % len(self.choices)] if self.choices else "all:0"
            self.does(bot, who, Desk.give_up, who, question.id, key, self.now)

    # Deadlines and claims

    @rule(bot=BOTS, ahead=st.sampled_from([3, 6, 12, 30]), mine=st.booleans(), who=MEMBERS)
    def put_a_deadline(self, bot: int, ahead: int, mine: bool, who: Member) -> None:
        by, name = (who, f"thesis of {who.name}") if mine else (ADA, "neurips")
        self.does(bot, by, Desk.add_deadline, by, name, self.now + ahead * HOUR, "UTC", self.now)

    @rule(bot=BOTS)
    def drop_a_deadline(self, bot: int) -> None:
        self.does(bot, ADA, Desk.drop_deadline, ADA, "neurips", self.now)

    @rule(bot=BOTS, pick=PICKS)
    def withdraw_a_claim(self, bot: int, pick: int) -> None:
        claims = self.desks[bot].claims(ADA, self.now)
        if claims:
            self.does(bot, ADA, Desk.withdraw, ADA, claims[pick % len(claims)].of.label, self.now)

    # Time

    @rule(bot=BOTS, minutes=st.sampled_from([1, 11, 30, 60, 180, 720]))
    def tick(self, bot: int, minutes: int) -> None:
        self.now += minutes * MINUTE
        for job in (Desk.turnover, Desk.turnover, Desk.serve_waitlist, Desk.tell_passed, Desk.lapse_questions):
            self.does(bot, None, job, self.now)
        self.does(1 - bot, None, Desk.offer_sooner, self.now)
        assert not self.desks[1 - bot].waitlist_due(self.now), "nothing is left to be done for who waits"

    # What always holds

    @invariant()
    def nobody_is_double_booked(self) -> None:
        held = [one for one in self.rows().values() if one.holds]
        for place, one in enumerate(held):
            for other in held[place + 1 :]:
                assert not (one.window.overlaps(other.window) and {*one.gpus} & {*other.gpus}), (one, other)

    @invariant()
    def what_is_promised_is_kept(self) -> None:
        for one in self.rows().values():
            if one.holds and one.promise is not None:
                assert one.window.end <= one.promise.by, one

    @invariant()
    def offers_and_those_who_wait_belong_together(self) -> None:
        offered = sorted(one.id for one in self.rows().values() if one.state is State.OFFERED)
        assert offered == sorted(one.offered for one in self.waitlist() if one.offered is not None)

    @invariant()
    def the_warm_calendar_is_as_a_new_one(self) -> None:
        with self.ledger.reading() as book:
            new = Calendar(LAB, minute_of(self.now))
            new.apply(book.changes(0), book.version)
        with self.desks[self.acted]._looking(self.now) as (_, warm):
            assert (warm.version, warm.live) == (new.version, new.live)

    # How it is told

    def does(self, bot: int, who: Member | None, act: Callable[..., Any], *args: Any, **named: Any) -> Any:
        """What the desk answers, or the error that stops the conversation; whoever was hit must have been told."""
        self.acted = bot
        before, waited = self.rows(), self.waitlist()
        self.told |= {notice.key for notice in self.notices()}
        try:
            answer = act(self.desks[bot], *args, **named)
        except BotError as error:
            answer = error
        fresh = [notice for notice in self.notices() if notice.key not in self.told]
        after = self.rows()
        for id_, was in before.items():
            if was.member != (who.id if who else "") and self.is_hit(was, after[id_]):
                assert any(notice.to == was.member and _is_about(notice, was) for notice in fresh), (
                    act,
                    was,
                    after[id_],
                )
        for one in waited:
            self.has_heard(one, who, fresh)
        return answer

    def is_hit(self, was: Reservation, now: Reservation) -> bool:
        """Whether something happened to it that its holder did not know would."""
        ended = was.holds and now.state in GONE
        return ended or (was.window != now.window or was.promise != now.promise or was.count != now.count)

    def has_heard(self, one: Waiting, who: Member | None, fresh: list[Notice]) -> None:
        """A wait that has ended, or is for something else now, but by its own member."""
        with self.ledger.reading() as book:
            found = book.waited(one.id)
        assert found is not None
        after, end = found
        if end in {"expired", "lapsed"} or after.request != one.request or after.withdrawn != one.withdrawn:
            by_hand = who is not None and who.id == one.member
            kinds = {NoticeKind.WAITING, NoticeKind.OFFER}
            assert by_hand or any(notice.to == one.member and notice.kind in kinds for notice in fresh), (one, end)

    def expected(self, request: Request) -> dict[int, datetime]:
        """When each of those who wait and come before the request can expect to be done."""
        with self.desks[self.acted]._looking(self.now) as (book, calendar):
            waiting = self.desks[self.acted]._waiting(book, calendar)
            scene = self.desks[self.acted]._waiting_scene(book, calendar, waiting, self.now)
            found = plan(ahead_of(request, scene), scene)
        return {one.waiting.id: one.placement.window.end for one in found if one.placement is not None}

    def dates(self, who: Member) -> list[Deadline]:
        found = self.desks[self.acted].deadlines(who.id, self.now)
        return [one for one in found if one.at > self.now + 2 * HOUR]

    def picked(self, pick: int) -> Reservation | None:
        held = [one for one in self.rows().values() if one.holds] if pick % 8 else list(self.rows().values())
        return held[pick % len(held)] if held else None

    def rows(self) -> dict[int, Reservation]:
        with self.ledger.reading() as book:
            return {one.id: one for one in book.everything()}

    def waitlist(self) -> tuple[Waiting, ...]:
        with self.ledger.reading() as book:
            return book.waitlist()

    def notices(self) -> list[Notice]:
        with self.engine.connect() as connection:
            return [notice_from_row(row) for row in connection.execute(select(NOTICE).order_by(NOTICE.c.id))]


def _is_about(notice: Notice, one: Reservation) -> bool:
    return notice.reservation == one.id or notice.kind is NoticeKind.WAITING or one.group is not None


@pytest.fixture
def fresh(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[], str]:
    """`fresh()`: the URL of a ledger with nothing in it, as often as it is asked for."""
    if backend == "postgresql":
        return request.getfixturevalue("postgresql").upgraded
    template = request.getfixturevalue("upgraded_file")
    return lambda: f"sqlite:///{shutil.copy(template, tmp_path / 'ledger.db')}"


def test_whatever_is_wished_for_no_gpu_goes_twice_and_nothing_changes_in_silence(fresh, backend, rounds, pytestconfig):
    class Machine(WishesMachine):
        pass

    Machine.fresh = staticmethod(fresh)
    full = pytestconfig.getoption("full")
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=rounds(6, 300) if backend == "sqlite" else rounds(2, 60),
            stateful_step_count=rounds(30, 60),
            derandomize=not full,
            deadline=None,
            phases=[Phase.generate, Phase.shrink] if full else [Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
