"""Who is owed which notice by which act, with which facts, and that none is owed twice."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.booking.notices import Notice, NoticeKind
from bot.booking.reasons import OverShare
from bot.desk import Desk
from desks import EVE, NOW, booked, named
from make import ADA, ALICE, BOB, lab, monday, request

HOUR = timedelta(hours=1)
SOON = NOW + timedelta(minutes=5)
CHANNEL, ADMINS = "C0GPUS", "C0ADMIN"


def told(notices: list[Notice]) -> list[tuple[str, str, str]]:
    """(kind, to whom, act) of each."""
    return [(notice.kind.value, notice.to, notice.facts["act"]) for notice in notices]


@pytest.fixture
def news(owed):
    """`news()`: the notices that were owed since it was last asked."""
    seen = 0

    def read() -> list[Notice]:
        nonlocal seen
        everything = owed()
        new, seen = everything[seen:], len(everything)
        return new

    return read


def test_a_booking_is_a_line_in_the_channel_and_nobody_is_written_to(desk, news):
    one = booked(desk)
    (line,) = news()
    assert line == Notice(NoticeKind.CHANGE, CHANNEL, one.id, NOW, NOW, {"act": "booked", "by": ALICE.id})


def test_a_held_request_asks_the_admins_with_all_that_they_need_to_decide(desk, news):
    waiting = booked(desk, BOB, count=4)
    (asked,) = news()
    assert (asked.kind, asked.to, asked.reservation) == (NoticeKind.APPROVAL, ADMINS, waiting.id)
    assert (asked.about, asked.due_at) == (NOW, NOW)
    assert (asked.facts["act"], asked.facts["by"], asked.facts["delays"]) == ("asked", BOB.id, "")
    assert [OverShare(**fields) for _, fields in json.loads(asked.facts["limits"])] == [OverShare(4, 2, 4, "a100")]


def test_whom_it_would_delay_is_among_the_facts(ledger, news):
    desk = Desk(ledger, replace(lab(), rules={}))
    booked(desk, BOB, count=3, start=9, end=17)  # over half, but a GPU is left
    booked(desk, BOB, count=1, start=9, end=17)  # and now none: it waits
    (first, second) = news()
    assert told([first, second]) == [("change", CHANNEL, "booked"), ("approval", ADMINS, "asked")]
    desk.release(BOB, first.reservation, NOW)
    news()
    booked(desk, ALICE, count=3, start=9, end=17)
    (asked,) = news()
    assert asked.facts["delays"] == BOB.id


def test_without_an_admin_channel_each_admin_is_asked(ledger, news):
    desk = Desk(ledger, replace(lab(admins=(ADA.id, EVE.id)), admin_channel=""))
    booked(desk, count=4)
    assert told(news()) == [("approval", ADA.id, "asked"), ("approval", EVE.id, "asked")]


def test_without_a_lab_channel_nothing_is_posted(ledger, news):
    desk = Desk(ledger, replace(lab(), channel=""))
    one = booked(desk)
    desk.extend(ALICE, one.id, HOUR, NOW)
    desk.release(ALICE, one.id, NOW)
    assert news() == []


def test_a_refusal_and_a_question_owe_nothing(desk, news):
    one = booked(desk, wanted=named("atlas:0"))
    news()
    desk.reserve(named("atlas:0", member=BOB.id), BOB, NOW)
    desk.extend(ALICE, one.id, timedelta(days=40), NOW)
    desk.board(NOW)
    desk.show(one.id, NOW)
    assert news() == []


def test_each_change_by_its_holder_is_a_line_in_the_channel(desk, news):
    one = booked(desk, count=2)
    news()
    for minute, (act, do) in enumerate(
        {
            "extended": lambda now: desk.extend(ALICE, one.id, HOUR, now),
            "moved": lambda now: desk.move(ALICE, one.id, monday(20), None, now),
            "undone": lambda now: desk.undo(ALICE, one.id, now),
            "kept": lambda now: desk.release(ALICE, one.id, now, keep=1),
            "cancelled": lambda now: desk.release(ALICE, one.id, now),
        }.items()
    ):
        now = NOW + timedelta(minutes=minute)
        do(now)
        (line,) = news()
        assert (line.kind, line.to, line.about, line.facts["act"]) == (NoticeKind.CHANGE, CHANNEL, now, act)
        assert line.facts["by"] == ALICE.id


def test_a_line_about_a_new_window_says_what_it_was(desk, news):
    one = booked(desk)
    desk.extend(ALICE, one.id, HOUR, SOON)
    desk.release(ALICE, one.id, SOON)
    _, extended, cancelled = news()
    assert extended.facts["was"] == "2026-11-02T09:00:00+00:00/2026-11-02T17:00:00+00:00"
    assert "was" not in cancelled.facts


@pytest.mark.parametrize(
    ("act", "do"),
    [
        ("cancelled", lambda desk, id_: desk.release(ADA, id_, SOON)),
        ("kept", lambda desk, id_: desk.release(ADA, id_, SOON, keep=1)),
        ("extended", lambda desk, id_: desk.extend(ADA, id_, HOUR, SOON)),
        ("moved", lambda desk, id_: desk.move(ADA, id_, monday(20), None, SOON)),
    ],
)
def test_what_an_admin_does_to_it_its_holder_is_told(desk, news, act, do):
    one = booked(desk, count=2)
    news()
    do(desk, one.id)
    line, personal = news()
    assert told([line, personal]) == [("change", CHANNEL, act), ("decision", ALICE.id, act)]
    assert (personal.reservation, personal.facts["by"]) == (one.id, ADA.id)


def test_a_booking_for_somebody_else_is_told_to_them(desk, news):
    one = booked(desk, ADA, replace(request(1, member=BOB.id), asked_by=ADA.id))
    line, personal = news()
    assert told([line, personal]) == [("change", CHANNEL, "booked"), ("booked_for", BOB.id, "booked")]
    assert (personal.reservation, personal.facts["by"]) == (one.id, ADA.id)


@pytest.mark.parametrize("yes", [True, False])
def test_a_decision_is_told_to_its_member_and_in_the_channel(desk, news, yes):
    waiting = booked(desk, count=4)
    news()
    if yes:
        desk.approve(ADA, waiting.id, SOON)
    else:
        desk.deny(ADA, waiting.id, "not now", SOON)
    act = "approved" if yes else "denied"
    assert told(news()) == [("change", CHANNEL, act), ("decision", ALICE.id, act)]


def test_a_request_that_comes_back_by_undo_asks_the_admins_again(desk, news):
    waiting = booked(desk, count=4)
    desk.release(ALICE, waiting.id, NOW)
    news()
    desk.undo(ALICE, waiting.id, SOON)
    assert told(news()) == [("change", CHANNEL, "undone"), ("approval", ADMINS, "asked")]


def test_start_and_end_are_lines_too_and_end_is_told_to_nobody_and_a_part_only_to_its_member(desk, news):
    one = booked(desk, start=9, end=10)
    waiting = booked(desk, BOB, count=4, start=10, end=12)
    news()
    desk.turnover(monday(9))
    assert told(news()) == [("change", CHANNEL, "started"), ("start", ALICE.id, "started")]
    desk.turnover(monday(10))
    assert sorted(told(news())) == [
        ("change", CHANNEL, "ended"),
        ("offer", BOB.id, "part"),
    ]
    assert (one.id, waiting.id) == (1, 2)


def test_every_notice_has_a_key_of_its_own_and_none_is_owed_twice(desk, owed):
    one = booked(desk)
    for minute in range(3):
        desk.extend(ALICE, one.id, HOUR, NOW + timedelta(minutes=minute))
    desk.turnover(monday(9))
    desk.turnover(monday(9))
    so_far = owed()
    with desk.ledger.writing() as book:
        for notice in so_far:
            book.owe(notice)
    keys = [notice.key for notice in owed()]
    assert len(keys) == len(set(keys)) == 6
