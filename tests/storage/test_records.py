"""Answers by key, the audit, notices owed; members and messages."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.booking.lifecycle import State
from bot.booking.model import Promise
from bot.errors import WrongState
from make import ALICE, BOB, monday, reservation, window
from storage.people import KnownMember, Posted


def test_the_same_delivery_gets_the_same_answer(ledger):
    with ledger.writing() as book:
        assert book.kept("T1:trigger", "abc") is None
        book.keep("T1:trigger", "abc", '{"text": "2 × A100"}', monday(9))
    with ledger.writing() as book:
        assert book.kept("T1:trigger", "abc") == '{"text": "2 × A100"}'
        assert book.kept("T1:another", "abc") is None


def test_a_key_that_comes_back_with_other_content_is_refused(ledger):
    with ledger.writing() as book:
        book.keep("T1:trigger", "abc", "granted", monday(9))
    with pytest.raises(WrongState, match="Nothing was done"), ledger.writing() as book:
        book.kept("T1:trigger", "xyz")


def test_an_answer_goes_with_its_transaction(ledger, fail_after):
    with pytest.raises(RuntimeError):
        fail_after(lambda book: book.keep("T1:trigger", "abc", "granted", monday(9)))
    with ledger.writing() as book:
        assert book.kept("T1:trigger", "abc") is None


def test_the_history_tells_who_did_what_with_the_values_before_and_after(ledger):
    with ledger.writing() as book:
        first = book.add(
            replace(
                reservation(0, gpus=("atlas:0", "atlas:2"), state=State.PENDING, reason="ablations"),
                promise=Promise(monday(30) + timedelta(seconds=59), monday(25), "neurips"),
                not_before=monday(1),
                group=3,
            )
        )
        book.audit(ALICE.id, "book", None, first, monday(8))
        other = book.add(reservation(0, 20, 21))
        book.audit(ALICE.id, "book", None, other, monday(8))
    with ledger.writing() as book:
        (second,) = book.change([(first, replace(first, state=State.BOOKED, window=window(9, 18)))], monday(9))
        book.audit(BOB.id, "approve", first, second, monday(9))
    with ledger.reading() as book:
        told = [(entry.at, entry.who, entry.act, entry.before, entry.after) for entry in book.history(first.id)]
        assert book.history(999) == []
    assert told == [(monday(8), ALICE.id, "book", None, first), (monday(9), BOB.id, "approve", first, second)]


def test_members_are_known_by_their_last_sight(ledger):
    with ledger.writing() as book:
        assert book.member("T1", ALICE.id) is None
        book.remember("T1", ALICE.id, "alice", "Europe/Berlin", bot=False, deleted=False, now=monday(8))
        book.remember("T1", ALICE.id, "Alice", "Asia/Tokyo", bot=False, deleted=True, now=monday(9))
        book.remember("T2", ALICE.id, "someone", "UTC", bot=True, deleted=False, now=monday(9))
    with ledger.reading() as book:
        assert book.member("T1", ALICE.id) == KnownMember(
            "T1", ALICE.id, "Alice", "Asia/Tokyo", bot=False, deleted=True, seen_at=monday(9)
        )
        assert book.member("T2", BOB.id) is None


def test_people_are_found_by_lower_case_name_without_bots_and_those_who_left(ledger):
    with ledger.writing() as book:
        for member, name, bot, deleted, hour in (
            ("U1", "Alice", False, False, 8),
            ("U2", "bob", False, True, 8),
            ("U3", "robot", True, False, 8),
            ("U4", "carol", False, False, 9),
            ("U5", "Carol", False, False, 8),
        ):
            book.remember("T1", member, name, "UTC", bot=bot, deleted=deleted, now=monday(hour))
        book.remember("T2", "U9", "dave", "UTC", bot=False, deleted=False, now=monday(8))
    with ledger.reading() as book:
        assert book.people("T1") == {"alice": "U1", "carol": "U4"}


def test_a_message_that_is_edited_in_place_is_remembered_with_what_it_shows(ledger):
    with ledger.writing() as book:
        assert book.posted("C0GPUS", "board") is None
        book.post("C0GPUS", "board", "1.0", 4)
        book.post("C0GPUS", "board", "1.0", 5)
        book.post("C0ADMIN", "board", "2.0", 1)
    with ledger.reading() as book:
        assert book.posted("C0GPUS", "board") == Posted("1.0", 5)
        assert book.posted("C0GPUS", "digest") is None
