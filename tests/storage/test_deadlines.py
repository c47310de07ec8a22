"""Deadlines in the ledger: put, seen, dropped."""

from bot.booking.lab import Deadline
from make import ALICE, BOB, monday

NEURIPS = Deadline("neurips", monday(day=20), "AoE", kind="paper", source="feed")
THESIS = Deadline("thesis", monday(day=10), "Europe/Berlin", member=ALICE.id, source="member")


def test_what_was_put_is_seen_by_instant_and_a_member_s_own_by_them_alone(ledger):
    with ledger.writing() as book:
        book.put_deadline(NEURIPS, "", monday(8))
        book.put_deadline(THESIS, ALICE.id, monday(8))
    with ledger.reading() as book:
        assert book.deadlines() == [THESIS, NEURIPS]
        assert book.deadlines(ALICE.id) == [THESIS, NEURIPS]
        assert book.deadlines(BOB.id) == [NEURIPS]


def test_one_of_the_same_name_kind_member_and_source_takes_its_place(ledger):
    moved = Deadline("neurips", monday(day=21), "UTC", kind="paper", source="feed")
    abstract = Deadline("neurips", monday(day=15), "AoE", kind="abstract", source="feed")
    with ledger.writing() as book:
        for one in (NEURIPS, abstract, moved):
            book.put_deadline(one, "", monday(8))
    with ledger.reading() as book:
        assert book.deadlines() == [abstract, moved]


def test_a_dropped_one_is_not_seen_until_it_is_put_again(ledger):
    with ledger.writing() as book:
        book.put_deadline(NEURIPS, "", monday(8))
        assert book.drop_deadline(NEURIPS, monday(9))
        assert not book.drop_deadline(NEURIPS, monday(9))
        assert not book.drop_deadline(THESIS, monday(9))
    with ledger.reading() as book:
        assert book.deadlines() == []
    with ledger.writing() as book:
        book.put_deadline(NEURIPS, "", monday(10))
    with ledger.reading() as book:
        assert book.deadlines() == [NEURIPS]
