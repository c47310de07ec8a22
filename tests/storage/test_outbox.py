"""Notices: owed once, claimed by one sender at a time for each reader, sent, tried again or given up."""

import threading
from datetime import timedelta

import pytest

from bot.booking.notices import Notice, NoticeKind
from bot.errors import Busy
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
    owe(ledger, *(notice(f"U0{hour}", hour) for hour in (9, 8, 10, 7)))
    assert [one.notice.due_at for one in outbox.claim(monday(9), LEASE, 2)] == [monday(7), monday(8)]
    assert [one.notice.due_at for one in outbox.claim(monday(9), LEASE, 2)] == [monday(9)]
    assert outbox.claim(monday(9), LEASE, 2) == []


def test_who_has_a_claim_is_the_only_one_to_write_there_until_it_is_settled(ledger, outbox):
    owe(ledger, notice(hour=7), notice(hour=8), notice(BOB.id))
    (first,) = outbox.claim(monday(9), LEASE, 1)
    assert [one.notice.to for one in outbox.claim(monday(9), LEASE, 10)] == [BOB.id]
    assert outbox.sent(first, monday(9))
    (second,) = outbox.claim(monday(9), LEASE, 10)
    assert (second.notice.to, second.notice.due_at) == (ALICE.id, monday(8))


def test_a_claimer_can_have_what_else_is_due_to_the_same_reader(ledger, outbox):
    owe(ledger, notice(hour=7), notice(hour=8), notice(hour=9), notice(hour=10), notice(BOB.id, 7.5))
    (first,) = outbox.claim(monday(9), LEASE, 1)
    more = outbox.claim_more(first, monday(9), 10)
    assert [(one.notice.to, one.notice.due_at, one.lease) for one in more] == [
        (ALICE.id, monday(8), monday(9) + LEASE),
        (ALICE.id, monday(9), monday(9) + LEASE),
    ]


def test_what_is_put_back_can_be_claimed_at_once_and_what_was_settled_stays_so(ledger, outbox):
    owe(ledger, *(notice(hour=hour) for hour in (6, 7, 8, 9)))
    (first,) = outbox.claim(monday(9), LEASE, 1)
    sent, later, left = outbox.claim_more(first, monday(9), 10)
    outbox.sent(sent, monday(9), frees=False)
    outbox.postpone(later, monday(11))
    assert outbox.claim(monday(9), LEASE, 10) == []
    outbox.free(first, monday(9), [first, sent, left])
    assert [one.id for one in outbox.claim(monday(9), LEASE, 10)] == [first.id, left.id]


def test_a_reader_who_is_to_be_left_alone_is(ledger, outbox):
    owe(ledger, notice(hour=7), notice(hour=8), notice(BOB.id))
    (first,) = outbox.claim(monday(9), LEASE, 1)
    outbox.retry(first, monday(9) + LEASE / 2, "ratelimited", rests_until=monday(9) + LEASE / 2)
    assert [one.notice.to for one in outbox.claim(monday(9) + LEASE / 4, LEASE, 10)] == [BOB.id]
    assert [one.notice.due_at for one in outbox.claim(monday(9) + LEASE / 2, LEASE, 10)] == [monday(8), monday(7)]


def test_one_who_has_lost_the_claim_does_not_open_the_mailbox_for_others(ledger, outbox):
    owe(ledger, notice(hour=7), notice(hour=8))
    (lost,) = outbox.claim(monday(9), LEASE, 1)
    assert len(outbox.claim(monday(9) + LEASE, LEASE, 1)) == 1
    outbox.free(lost, monday(9) + LEASE, [lost])
    outbox.sent(lost, monday(9) + LEASE)
    assert outbox.claim(monday(9) + 1.5 * LEASE, LEASE, 10) == []


def test_when_a_reader_was_reminded_is_known_with_the_next_claim(ledger, outbox):
    owe(ledger, notice(hour=7), notice(hour=8), notice(hour=9))
    (first,) = outbox.claim(monday(9), LEASE, 1)
    outbox.sent(first, monday(9.1))
    (second,) = outbox.claim(monday(9.2), LEASE, 1)
    assert second.told_at is None
    outbox.sent(second, monday(9.3), reminds=True)
    (third,) = outbox.claim(monday(9.4), LEASE, 1)
    assert third.told_at == monday(9.3)


def test_what_is_put_off_is_neither_failed_nor_waiting(ledger, outbox):
    owe(ledger, notice())
    (claimed,) = outbox.claim(monday(9), LEASE, 1)
    outbox.postpone(claimed, monday(11))
    outbox.free(claimed, monday(9))
    assert outbox.oldest_due(monday(10)) is None
    assert outbox.oldest_due(monday(11)) == monday(9)
    (again,) = outbox.claim(monday(11), LEASE, 1)
    assert (again.attempt, again.failed) == (2, 0)


def test_what_is_owed_instead_of_a_dead_notice_is_owed_with_its_death_or_not_at_all(ledger, outbox):
    owe(ledger, notice())
    (claimed,) = outbox.claim(monday(9), LEASE, 1)
    assert len(outbox.claim(monday(9) + LEASE, LEASE, 1)) == 1
    assert not outbox.dead(claimed, "channel_not_found", monday(9), tell=[notice(BOB.id)])
    assert outbox.claim(monday(9) + LEASE, LEASE, 10) == []
    (mine,) = outbox.claim(monday(9) + 2 * LEASE, LEASE, 1)
    assert outbox.dead(mine, "channel_not_found", monday(9) + 2 * LEASE, tell=[notice(BOB.id)])
    assert [one.notice.to for one in outbox.claim(monday(9) + 2 * LEASE, LEASE, 10)] == [BOB.id]


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
    assert again == Claimed(claimed.id, notice(), 2, monday(9.5) + LEASE, failed=1)


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
    owe(ledger, *(notice(f"U0{number % 20}", hour=number / 10) for number in range(40)))
    barrier, claims = threading.Barrier(8), []

    def send() -> None:
        barrier.wait()
        for _ in range(10):
            for one in outbox.claim(monday(9), LEASE, 3):
                claims.append(one.id)
                outbox.sent(one, monday(9))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claims) == len(set(claims)) == 40


def test_what_was_sent_while_the_database_was_away_is_written_down_before_anything_else(ledger, outbox, monkeypatch):
    owe(ledger, notice(hour=7), notice(hour=8))
    (first,) = outbox.claim(monday(9), LEASE, 1)
    kept = ledger.exclusively
    monkeypatch.setattr(ledger, "exclusively", away)
    with pytest.raises(Busy):
        outbox.sent(first, monday(9))
    with pytest.raises(Busy):
        outbox.claim(monday(9), LEASE, 1)
    monkeypatch.setattr(ledger, "exclusively", kept)
    assert [one.notice for one in outbox.claim(monday(9), LEASE, 10)] == [notice(hour=8)]
    assert outbox.claim(monday(12), LEASE, 10)[0].notice == notice(hour=8), "the first is never sent again"


def test_what_another_bot_sent_again_meanwhile_stays_as_that_bot_wrote_it(ledger, outbox, monkeypatch):
    owe(ledger, notice(hour=7))
    (first,) = outbox.claim(monday(9), LEASE, 1)
    kept = ledger.exclusively
    monkeypatch.setattr(ledger, "exclusively", away)
    with pytest.raises(Busy):
        outbox.sent(first, monday(9))
    monkeypatch.setattr(ledger, "exclusively", kept)
    other = Outbox(ledger)
    (again,) = other.claim(monday(10), LEASE, 1)
    assert outbox.claim(monday(10), LEASE, 1) == []
    assert other.sent(again, monday(10))


def away(*_: object) -> None:
    raise Busy("the database is away")
