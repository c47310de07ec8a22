"""Asking a holder and handing over, on both databases: what is written, who is told, and who comes too late."""

import threading
from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.booking.decision import Held
from bot.booking.giving import Gives
from bot.booking.lab import Policy
from bot.booking.lifecycle import State
from bot.booking.model import Fixed, Request, Reservation, minute_of
from bot.booking.notices import NoticeKind
from bot.booking.reasons import Alone, OverShare
from bot.desk import Asked, Desk, NotAsked, NotChanged, Settled
from bot.errors import InputError, NotFound, NotYours, WrongState
from desks import NOW, before, booked, stands
from make import ADA, ALICE, BOB, CAROL, DAN, lab, monday, request, window
from racing import at_once
from storage.engine import open_engine
from storage.ledger import Ledger
from storage.tables import AUDIT


@pytest.fixture(autouse=True)
def everybody(desk: Desk) -> None:
    """Whom the workspace knows."""
    with desk.ledger.writing() as book:
        for one in (ADA, ALICE, BOB, CAROL, DAN):
            book.remember("T0LAB", one.id, one.name, one.zone, bot=False, deleted=False, now=NOW)


@pytest.fixture
def full(desk: Desk) -> Reservation:
    """Alice's two A100 from 9 to 17, while carol has the other two."""
    mine = booked(desk, ALICE, count=2)
    booked(desk, CAROL, count=2)
    return mine


def wish(count: int = 1, start: float = 10, end: float = 12, who: str = BOB.id) -> Request:
    return request(count, start, end, member=who, reason="the rebuttal")


def asked(desk: Desk, full: Reservation, wanted: Request | None = None, **of: int) -> Asked:
    outcome = desk.ask(BOB, full.id, wanted or wish(), NOW, **of)
    assert isinstance(outcome, Asked), outcome
    return outcome


def settled(outcome: object) -> Settled:
    assert isinstance(outcome, Settled), outcome
    return outcome


def audited(desk: Desk) -> list[tuple[str, str]]:
    with desk.ledger.engine.connect() as connection:
        return [(row.who, row.act) for row in connection.execute(select(AUDIT).order_by(AUDIT.c.id))]


def everything(desk: Desk) -> list[Reservation]:
    with desk.ledger.reading() as book:
        return list(book.everything())


def test_the_holder_is_told_once_with_what_could_be_given_up(desk, full, owed):
    question = asked(desk, full).question
    (notice,) = [one for one in owed() if one.kind is NoticeKind.QUESTION]
    assert (notice.to, notice.reservation, notice.facts["by"]) == (ALICE.id, full.id, BOB.id)
    assert notice.facts["choices"].split(",") == [
        f"moved:{minute_of(monday(12))}",
        f"later:{minute_of(monday(12))}",
        "fewer:1",
    ]
    assert (notice.facts["question"], notice.facts["version"]) == (str(question.id), "1")
    assert audited(desk)[-1] == (BOB.id, "asked for R1")
    assert [one for one in everything(desk) if one.member == BOB.id] == []


@pytest.mark.parametrize("kind", [Gives.ALL, Gives.FEWER, Gives.LATER, Gives.MOVED])
def test_what_is_given_up_and_what_is_booked_are_one_change(desk, full, owed, kind):
    question = asked(desk, full).question
    key = f"{kind}:{ {Gives.ALL: 0, Gives.FEWER: 1}.get(kind, minute_of(monday(12))) }".replace(" ", "")
    outcome = settled(desk.give_up(ALICE, question.id, key, NOW, version=1))
    assert outcome.got is not None
    assert (outcome.got.member, outcome.got.window, outcome.got.count) == (BOB.id, window(10, 12), 1)
    assert (outcome.got.state, outcome.got.reason) == (State.BOOKED, "the rebuttal")
    expected = {
        Gives.ALL: (State.CANCELLED, 2, window(9, 17)),
        Gives.FEWER: (State.BOOKED, 1, window(9, 17)),
        Gives.LATER: (State.BOOKED, 2, window(12, 17)),
        Gives.MOVED: (State.BOOKED, 2, window(12, 20)),
    }[kind]
    now = stands(desk, full.id)
    assert (now.state, now.count, now.window, now.version) == (*expected, 2)
    assert desk.mine(BOB.id, NOW) == (outcome.got,)
    acts = {Gives.ALL: "cancelled", Gives.FEWER: "kept", Gives.LATER: "shortened", Gives.MOVED: "moved"}
    answer = (ALICE.id, "answered yes about R1")
    assert audited(desk)[-3:] == [(ALICE.id, acts[kind]), (BOB.id, "booked"), answer]
    (told,) = [one for one in owed() if one.kind is NoticeKind.ANSWER]
    assert (told.to, told.reservation, told.facts["by"]) == (BOB.id, outcome.got.id, ALICE.id)
    changes = [one.facts["act"] for one in owed() if one.kind is NoticeKind.CHANGE]
    assert changes[-2:] == [acts[kind], "booked"]


def test_a_running_one_gives_its_gpus_at_once(desk, owed):
    mine = booked(desk, ALICE, count=2, start=8)
    booked(desk, CAROL, count=2, start=8)
    question = asked(desk, mine, wish(1, 8, 12)).question
    outcome = settled(desk.give_up(ALICE, question.id, "fewer:1", monday(8.5)))
    assert outcome.got is not None
    assert (outcome.got.state, outcome.got.window) == (State.ACTIVE, window(8.5, 12))
    assert {one.to for one in owed() if one.kind is NoticeKind.START} >= {BOB.id} or outcome.got.state is State.ACTIVE
    assert stands(desk, mine.id).gpus == mine.gpus[:1]
    assert outcome.got.gpus == mine.gpus[1:]


def test_that_it_has_begun_meanwhile_is_no_change_of_the_holders(desk, full):
    question = asked(desk, full, wish(2, 12, 17)).question
    desk.turnover(monday(9))
    outcome = settled(desk.give_up(ALICE, question.id, f"shorter:{minute_of(monday(12))}", monday(9.5), version=1))
    assert stands(desk, full.id).window == window(9, 12)
    assert outcome.got is not None
    assert outcome.got.window == window(12, 17)


def test_without_a_request_all_of_it_is_meant_from_the_moment_on_at_which_it_can_be_used(desk, full):
    assert desk.ask(BOB, full.id, None, NOW, reason="please").question.request.when == Fixed(window(9, 17))
    later = desk.ask(DAN, full.id, None, monday(10.5)).question.request
    assert (later.when, later.count, later.pool) == (Fixed(window(10.5, 17)), 2, "a100")


def test_a_swap_is_for_what_the_asker_has_offered(desk, full):
    offered = booked(desk, BOB, start=20, end=30, count=2)
    question = asked(desk, full, wish(2, 9, 17), exchange=offered.id).question
    outcome = settled(desk.give_up(ALICE, question.id, f"swap:{offered.id}", NOW))
    assert outcome.got is not None
    assert (stands(desk, full.id).window, stands(desk, full.id).gpus) == (window(20, 28), offered.gpus)
    assert stands(desk, offered.id).state is State.CANCELLED
    assert (outcome.got.window, outcome.got.count) == (window(9, 17), 2)


def test_a_swap_that_nobody_offered_cannot_be_taken(desk, full):
    offered = booked(desk, BOB, start=20, end=30, count=2)
    question = asked(desk, full, wish(2, 9, 17)).question
    with pytest.raises(WrongState):
        desk.give_up(ALICE, question.id, f"swap:{offered.id}", NOW)
    with pytest.raises(NotYours):
        desk.ask(DAN, full.id, wish(who=DAN.id), NOW, exchange=offered.id)


def test_declining_changes_nothing_and_tells_the_asker(desk, full, owed):
    question = asked(desk, full).question
    was = everything(desk)
    outcome = settled(desk.decline(ALICE, question.id, NOW))
    assert (outcome.question.answer, outcome.got) == ("declined", None)
    assert everything(desk) == was
    (told,) = [one for one in owed() if one.kind is NoticeKind.ANSWER]
    assert (told.to, told.facts["answer"]) == (BOB.id, "declined")
    assert audited(desk)[-1] == (ALICE.id, "declined R1")
    with pytest.raises(WrongState) as late:
        desk.give_up(ALICE, question.id, "all:0", NOW)
    assert (late.value.who, late.value.when) == (ALICE.id, NOW)


def test_one_question_a_day_of_each_to_each(desk, full):
    question = asked(desk, full).question
    with pytest.raises(WrongState, match="one question a day") as again:
        desk.ask(BOB, full.id, wish(), NOW)
    assert again.value.when == NOW
    desk.decline(ALICE, question.id, NOW)
    with pytest.raises(WrongState):
        desk.ask(BOB, full.id, wish(1, 11, 12), monday(9))
    assert isinstance(desk.ask(DAN, full.id, wish(who=DAN.id), NOW), Asked)
    far = booked(desk, ALICE, start=40, end=50, count=2)
    booked(desk, CAROL, start=40, end=50, count=2)
    with pytest.raises(WrongState):
        desk.ask(BOB, far.id, wish(2, 40, 50), NOW)
    # Bob's midnight is in Los Angeles: 08:00 UTC.
    assert isinstance(desk.ask(BOB, far.id, wish(2, 40, 50), monday(32)), Asked)


def test_ones_own_what_is_free_and_what_is_over_need_not_be_asked_for(desk, full):
    with pytest.raises(WrongState, match="yours"):
        desk.ask(ALICE, full.id, None, NOW)
    with pytest.raises(WrongState, match="free"):
        desk.ask(BOB, full.id, wish(1, 18, 20), NOW)
    with pytest.raises(NotFound):
        desk.ask(BOB, 99, wish(), NOW)
    with pytest.raises(NotYours):
        desk.ask(BOB, full.id, wish(who=DAN.id), NOW)
    desk.release(ALICE, full.id, NOW)
    with pytest.raises(WrongState):
        desk.ask(BOB, full.id, wish(), NOW)


def test_what_would_not_help_is_not_asked(desk, full, owed):
    outcome = desk.ask(BOB, full.id, wish(3), NOW)
    assert isinstance(outcome, NotAsked)
    assert not [one for one in owed() if one.kind is NoticeKind.QUESTION]
    alone = booked(desk, ALICE, start=30, end=40, count=2)
    limited = desk.ask(BOB, alone.id, wish(4, 30, 40), NOW)
    assert isinstance(limited, NotAsked)
    assert isinstance(limited.why, Held)
    assert isinstance(desk.ask(BOB, full.id, wish(), NOW), Asked), "what was not asked does not count"


@pytest.mark.parametrize(("count", "key"), [(2, "fewer:1"), (1, "all:0")])
def test_what_does_not_fit_any_more_is_refused_with_who_and_when_and_changes_nothing(desk, owed, count, key):
    mine = booked(desk, ALICE, count=count)
    booked(desk, DAN, start=10, end=12, count=3 - count)
    question = asked(desk, mine, wish(2)).question  # the one that is free, and one of alice's
    booked(desk, CAROL, start=10, end=12, count=1, now=monday(8.25))
    was, notices = everything(desk), len(owed())
    with pytest.raises(WrongState, match="does not fit any more") as late:
        desk.give_up(ALICE, question.id, key, monday(8.5), version=1)
    assert (late.value.who, late.value.when) == (CAROL.id, monday(8.25))
    assert (everything(desk), len(owed())) == (was, notices)


def test_a_swap_for_what_is_elsewhere_by_now_is_not_made(desk, full):
    offered = booked(desk, BOB, start=20, end=30, count=2)
    question = asked(desk, full, wish(2, 9, 17), exchange=offered.id).question
    desk.move(BOB, offered.id, monday(50), None, monday(8.25))
    was = everything(desk)
    with pytest.raises(WrongState, match=f"{offered.label} has changed") as late:
        desk.give_up(ALICE, question.id, f"swap:{offered.id}", monday(8.5))
    assert (late.value.who, late.value.when) == (BOB.id, monday(8.25))
    assert everything(desk) == was


def test_a_card_of_another_version_is_stale(desk, full):
    question = asked(desk, full).question
    desk.extend(ALICE, full.id, monday(18), monday(8.25))
    with pytest.raises(WrongState, match="has changed") as stale:
        desk.give_up(ALICE, question.id, "all:0", monday(8.5), version=1)
    assert (stale.value.who, stale.value.when) == (ALICE.id, monday(8.25))
    assert desk.mine(BOB.id, NOW) == ()


def test_only_the_holder_answers(desk, full):
    question = asked(desk, full).question
    for act in (
        lambda: desk.give_up(CAROL, question.id, "all:0", NOW),
        lambda: desk.give_up(ADA, question.id, "all:0", NOW),
        lambda: desk.decline(BOB, question.id, NOW),
    ):
        with pytest.raises(NotYours):
            act()
    with pytest.raises(NotFound):
        desk.decline(ALICE, 99, NOW)
    for forged in ("some:1", "fewer:x", "", "fewer"):
        with pytest.raises(InputError):
            desk.give_up(ALICE, question.id, forged, NOW)
    assert stands(desk, full.id) == full


def test_questions_lapse_and_the_asker_is_told(desk, full, owed):
    asked(desk, full)
    assert desk.lapse_questions(monday(11)) == 0
    assert desk.lapse_questions(monday(12)) == 1
    assert desk.lapse_questions(monday(12)) == 0
    (told,) = [one for one in owed() if one.kind is NoticeKind.ANSWER]
    assert (told.to, told.facts["answer"]) == (BOB.id, "lapsed")


def test_what_has_lapsed_cannot_be_given(desk, full):
    question = asked(desk, full).question
    with pytest.raises(WrongState, match="passed"):
        desk.give_up(ALICE, question.id, "all:0", monday(12))
    desk.lapse_questions(monday(12))
    with pytest.raises(WrongState, match="lapsed"):
        desk.decline(ALICE, question.id, monday(12))


@pytest.fixture
def two(database_url, desk):
    """Two bots on one database, each with connections of its own."""
    engine = open_engine(database_url)
    yield [desk, Desk(Ledger(engine), lab())]
    engine.dispose()


def test_of_eight_accepting_clicks_at_once_one_counts_and_the_others_are_told_who(two, full, owed):
    question = asked(two[0], full).question
    keys = ("fewer:1", f"later:{minute_of(monday(12))}", "all:0", f"moved:{minute_of(monday(12))}")

    def act(click: int, barrier: threading.Barrier) -> object:
        barrier.wait()
        try:
            if click == 7:
                return two[1].decline(ALICE, question.id, NOW)
            return two[click % 2].give_up(ALICE, question.id, keys[click % 4], NOW, version=1)
        except WrongState as late:
            return late.who

    answers = at_once(8, act)
    (one,) = [answer for answer in answers if isinstance(answer, Settled)]
    assert answers.count(ALICE.id) == 7
    bobs = [one for one in everything(two[0]) if one.member == BOB.id]
    assert bobs == ([one.got] if one.got else [])
    assert stands(two[0], full.id).version == (2 if one.got else 1)
    assert sum(notice.kind is NoticeKind.ANSWER for notice in owed()) == 1


def test_of_a_release_and_a_gift_at_once_one_comes_first(two, full):
    question = asked(two[0], full).question

    def act(click: int, barrier: threading.Barrier) -> bool:
        barrier.wait()
        try:
            if click:
                two[1].release(ALICE, full.id, NOW, version=1)
            else:
                two[0].give_up(ALICE, question.id, "fewer:1", NOW, version=1)
        except WrongState:
            return False
        return True

    assert sorted(at_once(2, act)) == [False, True]
    gave = stands(two[0], full.id).state is State.BOOKED
    assert len([one for one in everything(two[0]) if one.member == BOB.id]) == int(gave)


# Handing over


def offered(desk: Desk, one: Reservation, to: str = BOB.id) -> Asked:
    outcome = desk.give(ALICE, one.id, to, NOW)
    assert isinstance(outcome, Asked)
    return outcome


def test_a_reservation_that_is_taken_is_theirs_as_it_is(desk, owed):
    mine = booked(desk, wanted=before(4, 20))
    question = offered(desk, mine).question
    assert stands(desk, mine.id) == mine
    outcome = settled(desk.take(BOB, question.id, NOW, version=1))
    assert outcome.after == replace(mine, member=BOB.id, asked_by=BOB.id, version=mine.version + 1)
    assert stands(desk, mine.id) == outcome.after
    assert (desk.mine(ALICE.id, NOW), desk.mine(BOB.id, NOW)) == ((), (outcome.after,))
    (told,) = [one for one in owed() if one.kind is NoticeKind.ANSWER]
    assert (told.to, told.facts["answer"], told.facts["by"]) == (ALICE.id, "taken", BOB.id)
    answered = (BOB.id, "answered yes about R1")
    assert audited(desk)[-3:] == [(ALICE.id, "offered R1 to U0BOB"), (BOB.id, "taken over"), answered]
    with pytest.raises(NotYours):
        desk.release(ALICE, mine.id, NOW)


def test_one_that_is_not_taken_stays(desk, owed):
    mine = booked(desk)
    question = offered(desk, mine).question
    desk.decline(BOB, question.id, NOW)
    assert stands(desk, mine.id) == mine
    with pytest.raises(WrongState):
        desk.take(BOB, question.id, NOW)
    with pytest.raises(WrongState, match="today already"):
        desk.give(ALICE, mine.id, BOB.id, NOW)
    assert isinstance(desk.give(ALICE, mine.id, DAN.id, NOW), Asked)
    assert sum(one.kind is NoticeKind.QUESTION for one in owed()) == 2


def test_limits_are_those_of_who_takes_it(ledger):
    desk = Desk(ledger, lab(policy=Policy(approval="always")))
    mine = booked(desk, count=2)
    booked(desk, BOB, count=1)
    outcome = desk.take(BOB, offered(desk, mine).question.id, NOW)
    assert isinstance(outcome, NotChanged)
    (reason,) = outcome.refused.refusals
    assert isinstance(reason, Alone)
    assert isinstance(reason.limit, OverShare)
    assert stands(desk, mine.id) == mine


def test_of_a_hand_over_to_two_the_first_who_takes_it_has_it(desk):
    mine = booked(desk)
    to_bob, to_dan = offered(desk, mine).question, offered(desk, mine, DAN.id).question
    desk.take(DAN, to_dan.id, NOW)
    with pytest.raises(WrongState) as late:
        desk.take(BOB, to_bob.id, NOW, version=1)
    assert late.value.who == DAN.id
    assert stands(desk, mine.id).member == DAN.id


def test_what_cannot_be_handed_over(desk):
    mine = booked(desk)
    with pytest.raises(NotYours):
        desk.give(BOB, mine.id, DAN.id, NOW)
    with pytest.raises(InputError):
        desk.give(ALICE, mine.id, ALICE.id, NOW)
    with pytest.raises(NotFound):
        desk.give(ALICE, mine.id, "U0NOBODY", NOW)
    desk.release(ALICE, mine.id, NOW)
    with pytest.raises(WrongState):
        desk.give(ALICE, mine.id, BOB.id, NOW)


def test_an_admin_may_hand_over_anybodys_and_its_holder_is_told_too(desk, owed):
    mine = booked(desk)
    question = desk.give(ADA, mine.id, BOB.id, NOW).question
    desk.take(BOB, question.id, NOW)
    assert {one.to for one in owed() if one.kind is NoticeKind.ANSWER} == {ADA.id, ALICE.id}


def test_a_hand_over_leaves_the_days_question_free(desk, full):
    mine = booked(desk, BOB, start=30, end=31)
    desk.give(BOB, mine.id, ALICE.id, NOW)
    assert isinstance(desk.ask(BOB, full.id, wish(), NOW), Asked)
