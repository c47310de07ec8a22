"""What is owed goes out: each notice once where all goes well, at least once where it does not, never in a burst."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import structlog

from bot.app import SECONDS_TO_START
from bot.booking.notices import Notice, NoticeKind
from bot.desk import Desk
from bot.errors import Busy, DeliveryError
from bot.jobs.deliver import AT_ONCE, LATE, LEASE, LONGEST_WAIT, MOST_FAILURES, deliver
from handlers.identity import WAIT
from listening import Listener
from make import ALICE, BOB, lab, monday, request
from storage.engine import open_engine
from storage.ledger import Ledger
from storage.outbox import Outbox

SECOND = timedelta(seconds=1)


class Post:
    """A desk that owes notices, and the job that sends them."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.outbox = Outbox(desk.ledger)
        self.listener = Listener()

    def deliver(self, now: datetime) -> int:
        return deliver(self.desk, self.outbox, self.listener, now)

    def book(self, start: float = 9, now: datetime | None = None) -> None:
        self.desk.reserve(request(1, start, start + 1), ALICE, now or monday(8))


@pytest.fixture
def post(sqlite_url: str) -> Iterator[Post]:
    desk = Desk(Ledger(open_engine(sqlite_url)), lab())
    desk.ledger.sync_gpus(desk.lab)
    yield Post(desk)
    desk.ledger.close()


def test_a_notice_goes_out_once_below_the_board(post: Post) -> None:
    post.book()
    assert post.deliver(monday(8)) == 1
    assert post.deliver(monday(8) + SECOND) == 0
    assert post.listener.told == [("booked", 1, False)]
    assert post.listener.threads == ["1.1"]
    assert post.outbox.oldest_due(monday(9)) is None


def test_the_board_is_drawn_when_the_ledger_has_changed_and_only_then(post: Post) -> None:
    for second in range(3):
        post.deliver(monday(8) + second * SECOND)
    assert post.listener.drawn == [None]
    post.book()
    post.deliver(monday(8) + 5 * SECOND)
    post.deliver(monday(8) + 6 * SECOND)
    assert post.listener.drawn == [None, "1.1"]


def test_a_board_that_cannot_be_drawn_keeps_nobody_waiting_and_is_drawn_later(post: Post) -> None:
    post.book()
    post.listener.board_error = DeliveryError("channel_not_found", permanent=True)
    assert post.deliver(monday(8)) == 1
    assert post.listener.threads == [None]
    post.listener.board_error = None
    post.deliver(monday(8) + SECOND)
    assert post.listener.drawn == [None]


def test_without_a_channel_there_is_no_board(sqlite_url: str) -> None:
    quiet = lab()
    object.__setattr__(quiet, "channel", "")
    desk = Desk(Ledger(open_engine(sqlite_url)), quiet)
    desk.ledger.sync_gpus(quiet)
    post = Post(desk)
    post.book()
    assert post.deliver(monday(8)) == 0
    assert post.listener.drawn == []
    desk.ledger.close()


def test_a_failure_is_tried_again_after_a_while_that_grows(post: Post) -> None:
    post.book()
    post.listener.errors = [DeliveryError("internal_error", permanent=False)] * 3
    now, tries = monday(8), []
    while not post.listener.told:
        left = len(post.listener.errors)
        post.deliver(now)
        if len(post.listener.errors) < left:
            tries.append(int((now - monday(8)).total_seconds()))
        now += SECOND
    assert tries == [0, 2, 6]
    assert now - SECOND == monday(8) + 14 * SECOND


def test_slacks_retry_after_is_kept(post: Post) -> None:
    post.book()
    post.listener.errors = [DeliveryError("ratelimited", permanent=False, retry_after=300)]
    post.deliver(monday(8))
    assert post.deliver(monday(8) + 299 * SECOND) == 0
    assert post.deliver(monday(8) + 300 * SECOND) == 1


def test_what_can_never_be_told_is_given_up_and_logged(post: Post) -> None:
    post.book()
    post.listener.errors = [DeliveryError("channel_not_found", permanent=True)]
    with structlog.testing.capture_logs() as logged:
        post.deliver(monday(8))
    assert [(entry["event"], entry["error"]) for entry in logged] == [("a notice is given up", "channel_not_found")]
    assert post.listener.told == [("undeliverable C0GPUS channel_not_found", 0, False)]
    assert post.deliver(monday(20)) == 0


def test_admins_are_told_once_a_day_of_a_reader_who_cannot_be_reached(post: Post) -> None:
    for number in range(3):
        post.book(start=9 + number, now=monday(8) + number * SECOND)
    post.listener.refuses = {"C0GPUS": DeliveryError("channel_not_found", permanent=True)}
    with structlog.testing.capture_logs():
        post.deliver(monday(8.1))
    assert post.listener.readers == ["C0ADMIN"]


def test_where_even_the_admins_channel_is_gone_each_admin_is_told_and_there_it_ends(post: Post) -> None:
    post.book()
    gone = DeliveryError("is_archived", permanent=True)
    post.listener.refuses = {"C0GPUS": gone, "C0ADMIN": gone}
    with structlog.testing.capture_logs():
        post.deliver(monday(8))
    assert post.listener.readers == ["U0ADA"]
    post.book(start=12, now=monday(32))
    post.listener.refuses |= {"U0ADA": DeliveryError("user_disabled", permanent=True)}
    with structlog.testing.capture_logs():
        assert post.deliver(monday(32)) == 0
    assert post.outbox.oldest_due(monday(40)) is None


def test_a_notice_is_given_up_in_the_end_but_not_before_slack_was_away_for_an_hour(post: Post) -> None:
    post.book()
    post.listener.errors = [DeliveryError("internal_error", permanent=False)] * (MOST_FAILURES + 5)
    now = monday(8)
    with structlog.testing.capture_logs() as logged:
        for _ in range(MOST_FAILURES):
            assert not logged
            post.deliver(now)
            now += LONGEST_WAIT
    assert [entry["event"] for entry in logged] == ["a notice is given up"]
    assert sum(min(2**attempt, 600) for attempt in range(1, MOST_FAILURES)) > 3600 + 600


def test_a_notice_well_after_its_time_is_marked_late(post: Post) -> None:
    post.book()
    post.deliver(monday(8) + LATE)
    post.book(start=12)
    post.deliver(monday(8) + LATE + 2 * SECOND)
    assert post.listener.told == [("booked", 1, False), ("booked", 2, True)]


def test_a_poisoned_notice_does_not_keep_the_others_from_going_out(post: Post) -> None:
    post.book()
    post.book(start=12)
    post.listener.errors = [ZeroDivisionError("cannot be drawn")]
    with structlog.testing.capture_logs() as logged:
        assert post.deliver(monday(8)) == 1
    assert [entry["event"] for entry in logged] == ["a notice could not be sent"]
    assert post.listener.told == [("booked", 2, False)]
    assert post.deliver(monday(8) + 2 * SECOND) == 1


def test_a_busy_ledger_is_worth_another_try(post: Post) -> None:
    post.book()
    post.listener.errors = [Busy("no turn")]
    assert post.deliver(monday(8)) == 0
    assert post.deliver(monday(8) + 2 * SECOND) == 1


def test_a_notice_about_what_is_not_there_is_given_up(post: Post) -> None:
    with post.desk.ledger.writing() as book:
        book.owe(Notice(NoticeKind.CHANGE, "C0GPUS", 99, monday(8), monday(8), {"act": "booked"}))
    assert post.deliver(monday(8)) == 0
    assert post.deliver(monday(20)) == 0
    assert post.outbox.oldest_due(monday(20)) is None


def test_a_claim_whose_bot_died_is_sent_by_another_when_its_lease_is_over(post: Post) -> None:
    post.book()
    assert len(post.outbox.claim(monday(8), LEASE, 20)) == 1
    assert post.deliver(monday(8) + SECOND) == 0
    assert post.deliver(monday(8) + LEASE) == 1


def test_members_and_admins_are_told_in_the_same_turn_as_the_channel(post: Post) -> None:
    post.desk.reserve(request(4, 9, 10, member=BOB.id), BOB, monday(8))
    post.desk.reserve(request(1, 12, 13), ALICE, monday(8))
    post.deliver(monday(8))
    assert sorted(post.listener.told) == [("asked", 1, False), ("booked", 2, False)]


def test_a_lease_outlasts_a_message_that_is_begun_as_late_as_may_be() -> None:
    assert LEASE / 2 + (SECONDS_TO_START + WAIT) * SECOND < LEASE


def test_nothing_more_goes_to_a_reader_once_half_the_lease_is_over(post: Post) -> None:
    clock = [monday(8)]
    with post.desk.ledger.writing() as book:
        for number in range(3):
            facts = {"act": f"answer {number}"}
            book.owe(Notice(NoticeKind.REPORT, BOB.id, 0, monday(8), monday(8), facts))

    def slow(notice: Notice, *rest: object, **more: object) -> None:
        post.listener.readers.append(notice.to)
        clock[0] += LEASE / 3

    post.listener.send = slow  # type: ignore[method-assign]
    assert deliver(post.desk, post.outbox, post.listener, monday(8), lambda: clock[0]) == 3
    assert post.listener.readers == [BOB.id] * 3
    assert clock[0] == monday(8) + LEASE


def test_more_than_a_turns_worth_goes_out_over_several_turns_oldest_first(post: Post) -> None:
    for number in range(AT_ONCE + 5):
        post.book(start=9 + number, now=monday(8) + number * SECOND)
    now = monday(8) + 60 * SECOND
    assert [post.deliver(now), post.deliver(now + 2 * SECOND)] == [AT_ONCE, 5]
    assert [id_ for _, id_, _ in post.listener.told] == list(range(1, AT_ONCE + 6))
