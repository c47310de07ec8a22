"""Exports: the documented shape, and cells that no spreadsheet takes for a formula."""

import csv
import io
import json
from dataclasses import replace

import pytest

from bot.booking.decision import Offer, OfferKind
from bot.booking.lifecycle import State
from bot.booking.model import Promise
from bot.export import COLUMNS, of_audit, of_reservations, offer_values, reservation_values, spooled
from make import monday, request, reservation, window
from storage.records import AuditEntry

MOVABLE = replace(
    reservation(12, gpus=("atlas:0", "atlas:1"), movable=True, reason="ablations", version=3, state=State.ACTIVE),
    not_before=monday(8),
    promise=Promise(monday(20), monday(18), "neurips"),
    approved_by="U0ADA",
    moved=1,
)


def rows(*reservations):
    return list(csv.DictReader(io.StringIO("".join(of_reservations("csv", reservations)), newline="")))


def test_json_has_the_documented_shape():
    assert json.loads("".join(of_reservations("json", [MOVABLE]))) == {
        "reservations": [
            {
                "id": "R12",
                "member": "U0ALICE",
                "state": "active",
                "pool": "a100",
                "gpus": ["atlas:0", "atlas:1"],
                "start": "2026-11-02T09:00:00Z",
                "end": "2026-11-02T17:00:00Z",
                "movable": True,
                "not_before": "2026-11-02T08:00:00Z",
                "deadline": {"name": "neurips", "at": "2026-11-02T20:00:00Z"},
                "group": None,
                "version": 3,
                "reason": "ablations",
                "approved_by": "U0ADA",
                "created_at": "2026-11-02T00:00:00Z",
                "moved": 1,
            }
        ]
    }
    assert json.loads("".join(of_reservations("json", []))) == {"reservations": []}


def test_csv_says_the_same_in_columns():
    (row,) = rows(MOVABLE)
    assert tuple(row) == COLUMNS
    assert row["gpus"] == "atlas:0 atlas:1"
    assert row["deadline"] == "neurips 2026-11-02T20:00:00Z"
    assert (row["movable"], row["group"], row["moved"]) == ("true", "", "1")
    (plain,) = rows(reservation())
    assert (plain["deadline"], plain["not_before"], plain["approved_by"]) == ("", "", "")
    (nameless,) = rows(replace(MOVABLE, promise=Promise(monday(20), monday(20))))
    assert nameless["deadline"] == "2026-11-02T20:00:00Z"


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_that_begins_like_a_formula_gets_a_quote(begin):
    text = f"{begin}cmd|' /C calc'!A0"
    (row,) = rows(reservation(reason=text))
    assert row["reason"] == f"'{text}"


def test_other_text_comes_back_from_csv_as_it_was():
    text = 'a "quoted" word, a comma;\nand a line – 日本語 =1'
    (row,) = rows(reservation(reason=text))
    assert row["reason"] == text


def test_instants_of_a_movable_end_up_in_utc_and_whole_minutes():
    seconds = monday(8).replace(second=59, microsecond=7)
    (row,) = rows(replace(MOVABLE, created_at=seconds))
    assert row["created_at"] == "2026-11-02T08:00:00Z"


def test_an_offer_says_what_taking_it_would_book():
    offer = Offer(OfferKind.FEWER, request(2, 9, 25), window(9, 25), linear=True, asks=False)
    assert offer_values(offer, "book 2 a100 ...") == {
        "kind": "fewer",
        "count": 2,
        "pool": "a100",
        "gpus": [],
        "start": "2026-11-02T09:00:00Z",
        "end": "2026-11-03T01:00:00Z",
        "linear": True,
        "asks": False,
        "line": "book 2 a100 ...",
    }


def test_a_file_is_made_piece_by_piece_and_reads_as_if_it_were_made_at_once():
    many = [MOVABLE, reservation(13, reason="a\nb"), reservation(14)]
    values = {"reservations": [reservation_values(one) for one in many]}
    pieces = list(of_reservations("json", iter(many)))
    assert len(pieces) == 5
    assert "".join(pieces) == json.dumps(values, ensure_ascii=False, indent=1) + "\n"
    assert len(list(of_reservations("csv", iter(many)))) == 4
    with spooled(pieces) as file:
        assert json.load(file) == values


def test_the_audit_is_told_in_full_or_as_a_table():
    entry = AuditEntry(monday(8), "U0ADA", "booked", None, MOVABLE)
    nobodys = AuditEntry(monday(9), "", "synced", None, None)
    told = json.loads("".join(of_audit("json", [entry, nobodys])))["audit"]
    assert [(one["at"], one["who"], one["act"], one["reservation"]) for one in told] == [
        ("2026-11-02T08:00:00Z", "U0ADA", "booked", "R12"),
        ("2026-11-02T09:00:00Z", "", "synced", None),
    ]
    assert (told[0]["before"], told[0]["after"]) == (None, reservation_values(MOVABLE))
    table = csv.DictReader(io.StringIO("".join(of_audit("csv", [entry, nobodys])), newline=""))
    assert [(row["act"], row["gpus"], row["state"]) for row in table] == [
        ("booked", "atlas:0 atlas:1", "active"),
        ("synced", "", ""),
    ]
