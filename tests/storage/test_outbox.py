"""Notices: owed once, claimed by one sender at a time, sent, tried again or given up."""

import threading
from datetime import timedelta

import pytest

from bot.booking.notices import Notice, NoticeKind
from make import ALICE, BOB, monday
from storage.outbox import Claimed, Outbox

LEASE = timedelta(minutes=1)


def notice(to: str = ALICE.id, hour: float = 9, **facts: str) -> Notice:
    return Notice(NoticeKind.DECISION, to, 12, monday(hour), monday(hour), facts or {"act": "approved"})


@pytest.fixture
def outbox(ledger):
    return Outbox(ledger)


def owe(ledger, *notices: Notice) -> None:
    with ledger.writing() as book:
        for owed in notices:
            book.owe(owed)


def test_a_notice_is_owed_once(ledger, outbox):
    owe(ledger, notice(), notice(), notice(BOB.id))
    owe(ledger, notice())
    assert [one.notice for one in outbox.claim(monday(9), LEASE, 10)] == [notice(), notice(BOB.id)]


def test_a_notice_is_owed_only_if_its_transaction_commits(outbox, fail_after):
    with pytest.raises(RuntimeError):
        fail_after(lambda book: book.owe(notice()))
    assert outbox.claim(monday(9), LEASE, 10) == []


def test_due_notices_are_claimed_longest_due_first_and_not_before(ledger, outbox):
    owe(ledger, notice(hour=9), notice(hour=8), notice(hour=10), notice(hour=7))
    assert [one.notice.due_at for one in outbox.claim(monday(9), LEASE, 2)] == [monday(7), monday(8)]
    assert [one.notice.due_at for one in outbox.claim(monday(9), LEASE, 2)] == [monday(9)]
    assert outbox.claim(monday(9), LEASE, 2) == []


def test_a_sent_notice_is_never_claimed_again(ledger, outbox):
    owe(ledger, notice())
    (claimed,) = outbox.claim(monday(9), LEASE, 10)
    assert claimed.attempt == 1
    assert outbox.sent(claimed, monday(9))
    assert outbox.claim(monday(20), LEASE, 10) == []
    owe(ledger, notice())
    assert outbox.claim(monday(20), LEASE, 10) == []


def test_a_sender_that_died_loses_its_claim_to_the_next(ledger, outbox):
    owe(ledger, notice())
    (lost,) = outbox.claim(monday(9), LEASE, 10)
    assert outbox.claim(monday(9) + LEASE / 2, LEASE, 10) == []
    (claimed,) = outbox.claim(monday(9) + LEASE, LEASE, 10)
    assert (claimed.id, claimed.attempt) == (lost.id, 2)
    assert not outbox.sent(lost, monday(9.1))
    assert not outbox.retry(lost, monday(10), "timeout")
    assert not outbox.dead(lost, "channel_not_found", monday(9.1))
    assert outbox.sent(claimed, monday(9.1))
    assert not outbox.sent(claimed, monday(9.1))


def test_a_late_settlement_counts_as_long_as_nobody_else_claimed(ledger, outbox):
    owe(ledger, notice())
    (claimed,) = outbox.claim(monday(9), LEASE, 10)
    assert outbox.sent(claimed, monday(9) + 2 * LEASE)


def test_a_failed_notice_is_claimed_again_at_its_time(ledger, outbox):
    owe(ledger, notice())
    (claimed,) = outbox.claim(monday(9), LEASE, 10)
    assert outbox.retry(claimed, monday(9.5), "ratelimited")
    assert outbox.claim(monday(9.4), LEASE, 10) == []
    (again,) = outbox.claim(monday(9.5), LEASE, 10)
    assert again == Claimed(claimed.id, notice(), 2)


def test_a_dead_notice_is_left_alone(ledger, outbox):
    owe(ledger, notice())
    (claimed,) = outbox.claim(monday(9), LEASE, 10)
    assert outbox.dead(claimed, "channel_not_found", monday(9))
    assert outbox.claim(monday(20), LEASE, 10) == []
    assert outbox.oldest_due(monday(20)) is None


def test_the_oldest_due_counts_from_when_it_was_due_through_every_retry(ledger, outbox):
    assert outbox.oldest_due(monday(12)) is None
    owe(ledger, notice(hour=9), notice(hour=11))
    assert outbox.oldest_due(monday(8)) is None
    assert outbox.oldest_due(monday(12)) == monday(9)
    (claimed,) = outbox.claim(monday(10), LEASE, 10)
    outbox.retry(claimed, monday(13), "timeout")
    assert outbox.oldest_due(monday(12)) == monday(9)
    (claimed,) = outbox.claim(monday(13), LEASE, 1)
    outbox.sent(claimed, monday(13))
    assert outbox.oldest_due(monday(13)) == monday(9 if claimed.notice.due_at == monday(11) else 11)


def test_senders_that_claim_at_once_share_the_notices_without_a_duplicate(ledger, outbox):
    owe(ledger, *(notice(hour=hour / 10) for hour in range(40)))
    barrier, claims = threading.Barrier(8), []

    def send() -> None:
        barrier.wait()
        for _ in range(5):
            claims.extend(one.id for one in outbox.claim(monday(9), LEASE, 3))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claims) == len(set(claims)) == 40
