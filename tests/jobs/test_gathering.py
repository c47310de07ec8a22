"""What goes to one person: the first at once, the rest together, offers by themselves; what can wait, not at night."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from bot.booking.notices import Notice, NoticeKind
from bot.booking.settings import Change
from bot.desk import Desk
from bot.errors import DeliveryError
from bot.jobs.deliver import deliver
from desks import booked
from listening import Listener
from make import ALICE, BOB, lab, monday
from storage.engine import open_engine
from storage.ledger import Ledger
from storage.outbox import Outbox
from storage.people import KnownMember

MINUTE = timedelta(minutes=1)


class Post:
    def __init__(self, desk: Desk) -> None:
        self.desk, self.outbox, self.listener = desk, Outbox(desk.ledger), Listener()
        self.held = {who.id: booked(desk, who, start=9, end=17) for who in (ALICE, BOB)}

    def owe(self, act: str, now: datetime, *, to: str = ALICE.id, kind: NoticeKind = NoticeKind.DECISION) -> None:
        with self.desk.ledger.writing() as book:
            book.owe(Notice(kind, to, self.held[to].id, now, now, {"act": act}))

    def deliver(self, now: datetime) -> list[list[str]]:
        """The acts in each of the messages that go out to people."""
        self.listener.messages.clear()
        deliver(self.desk, self.outbox, self.listener, now)
        return [acts for acts in self.listener.messages if acts != ["booked"]]


@pytest.fixture
def post(sqlite_url: str) -> Iterator[Post]:
    desk = Desk(Ledger(open_engine(sqlite_url)), lab())
    desk.ledger.sync_gpus(desk.lab)
    known = KnownMember("T0LAB", ALICE.id, ALICE.name, "UTC", bot=False, deleted=False, seen_at=monday())
    desk.remember([known], monday())
    yield Post(desk)
    desk.ledger.close()


def test_the_first_goes_at_once_and_what_follows_within_five_minutes_goes_together(post: Post) -> None:
    post.owe("a", monday(9))
    assert post.deliver(monday(9)) == [["a"]]
    post.owe("b", monday(9) + MINUTE)
    assert post.deliver(monday(9) + MINUTE) == []
    post.owe("c", monday(9) + 3 * MINUTE)
    assert post.deliver(monday(9) + 4 * MINUTE) == []
    assert post.deliver(monday(9) + 5 * MINUTE) == [["b", "c"]]
    post.owe("d", monday(9) + 6 * MINUTE)
    assert post.deliver(monday(9) + 9 * MINUTE) == []
    assert post.deliver(monday(9) + 10 * MINUTE) == [["d"]]


def test_what_is_due_at_the_same_time_goes_together_at_once(post: Post) -> None:
    for act in ("a", "b", "c"):
        post.owe(act, monday(9))
    assert post.deliver(monday(9)) == [["a", "b", "c"]]


def test_others_are_not_kept_waiting(post: Post) -> None:
    post.owe("a", monday(9))
    post.deliver(monday(9))
    post.owe("b", monday(9), to=BOB.id)
    assert post.deliver(monday(9) + MINUTE) == [["b"]]


def test_what_is_taken_away_goes_at_once_and_by_itself(post: Post) -> None:
    post.owe("a", monday(9))
    post.deliver(monday(9))
    post.owe("b", monday(9) + MINUTE)
    post.owe("revoked", monday(9) + MINUTE)
    assert post.deliver(monday(9) + MINUTE) == [["revoked"]]
    assert post.deliver(monday(9) + 5 * MINUTE) == [["b"]]


def test_an_answer_does_not_wait_and_makes_nothing_else_wait(post: Post) -> None:
    post.owe("given", monday(9), kind=NoticeKind.ANSWER)
    assert post.deliver(monday(9)) == [["given"]]
    post.owe("a", monday(9) + MINUTE)
    assert post.deliver(monday(9) + MINUTE) == [["a"]]


def test_what_one_message_does_not_hold_goes_with_the_next(post: Post) -> None:
    post.listener.holds = 2
    for act in ("a", "b", "c"):
        post.owe(act, monday(9))
    assert post.deliver(monday(9)) == [["a", "b"]]
    assert post.deliver(monday(9) + 4 * MINUTE) == []
    assert post.deliver(monday(9) + 5 * MINUTE) == [["c"]]


def test_a_message_that_was_not_taken_goes_again_whole(post: Post) -> None:
    for act in ("a", "b"):
        post.owe(act, monday(9))
    post.deliver(monday(8))
    post.listener.errors = [DeliveryError("internal_error", permanent=False)]
    assert post.deliver(monday(9)) == []
    assert post.deliver(monday(9) + MINUTE) == [["a", "b"]]


def test_a_notice_that_cannot_be_drawn_keeps_none_of_the_others_back_for_long(post: Post) -> None:
    for act in ("a", "b"):
        post.owe(act, monday(9))
    post.deliver(monday(8))
    post.listener.errors = [ZeroDivisionError("cannot be drawn together")]
    assert post.deliver(monday(9)) == [["a"]]
    assert post.deliver(monday(9) + 5 * MINUTE) == [["b"]]


def test_at_night_what_can_wait_does_and_comes_in_one_message_in_the_morning(post: Post) -> None:
    night = monday(23)
    late = booked(post.desk, start=32, end=33, now=monday(9))
    with post.desk.ledger.writing() as book:
        for number in range(2):
            book.owe(Notice(NoticeKind.BOOKED_FOR, ALICE.id, late.id, night, night, {"act": f"booked {number}"}))
    post.owe("denied", night)
    assert post.deliver(night) == [["denied"]]
    assert post.deliver(monday(31)) == []
    assert post.deliver(monday(32)) == [["booked 0", "booked 1"]]
    assert not any(late for act, _, late in post.listener.told if act.startswith("booked 0"))


def test_who_has_no_quiet_hours_is_told_at_night(post: Post) -> None:
    post.desk.set(ALICE, Change(quiet="off"), monday(9))
    late = booked(post.desk, start=32, end=33, now=monday(9))
    with post.desk.ledger.writing() as book:
        book.owe(Notice(NoticeKind.BOOKED_FOR, ALICE.id, late.id, monday(23), monday(23), {"act": "booked for"}))
    assert post.deliver(monday(23)) == [["booked for"]]


def test_what_has_become_pointless_is_dropped_in_silence(post: Post) -> None:
    post.desk.turnover(monday(9))
    post.desk.release(ALICE, post.held[ALICE.id].id, monday(9))
    acts = [act for message in post.deliver(monday(9)) for act in message]
    assert "started" in acts  # bob's
    assert [reader for reader in post.listener.readers if reader == ALICE.id] == []
    assert "C0ADMIN" not in post.listener.readers
