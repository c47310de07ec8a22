"""Offers as buttons that say what they book, in the reader's zone."""

import json
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.booking.decision import Offer, OfferKind
from bot.booking.model import Before, Promise, Request, Work
from handlers.ids import OFFERS
from handlers.views.offers import offer_buttons, offer_text
from make import monday, request, window

BERLIN = ZoneInfo("Europe/Berlin")
ASKED = request(4, 86, 94)  # Thursday 15:00 to 23:00 in Berlin
NOW = monday(8)


def offer(kind: OfferKind, count: int, start: float, end: float, pool: str = "a100", **more: bool) -> Offer:
    return Offer(kind, request(count, start, end, pool=pool), window(start, end), **more)


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (offer(OfferKind.LATER, 4, 89, 97), "4 from Thu 18:00"),
        (offer(OfferKind.EARLIER, 4, 10, 18), "4 from 11:00"),
        (offer(OfferKind.FEWER, 2, 8, 24, linear=True), "2 now, twice as long*"),
        (offer(OfferKind.FEWER, 1, 8, 40, linear=True), "1 now for 1 d 8 h*"),
        (offer(OfferKind.MORE, 8, 86, 90, linear=True), "8 from Thu 15:00 for 4 h*"),
        (offer(OfferKind.SHORTER, 4, 86, 89), "4 from Thu 15:00, only 3 h"),
        (offer(OfferKind.POOL, 4, 86, 110, "3090", linear=True), "4 × 3090 from Thu 15:00 for 1 d*"),
        (offer(OfferKind.ANY, 2, 86, 94), "Any 2 × A100 from Thu 15:00"),
        (offer(OfferKind.LATER, 4, 89, 97, asks=True), "4 from Thu 18:00, asks an admin"),
    ],
)
def test_every_kind_of_offer_says_how_it_differs(made: Offer, told: str) -> None:
    assert offer_text(made, ASKED, NOW, BERLIN) == told


def test_an_offer_for_work_says_its_length() -> None:
    work = replace(ASKED, when=Work(40, Promise(monday(90), monday(90)), NOW))
    assert offer_text(offer(OfferKind.LATER, 4, 89, 99), work, NOW, BERLIN) == "4 from Thu 18:00 for 10 h"


def test_an_offer_for_a_run_before_a_deadline_leaves_its_length_unsaid() -> None:
    before = replace(ASKED, when=Before(timedelta(hours=8), Promise(monday(90), monday(90)), NOW))
    assert offer_text(offer(OfferKind.LATER, 4, 89, 97), before, NOW, BERLIN) == "4 from Thu 18:00"


def test_offers_without_a_pool_asked_for_name_theirs() -> None:
    assert offer_text(offer(OfferKind.LATER, 4, 89, 97), replace(ASKED, pool=None), NOW, BERLIN).startswith("4 × A100 ")


def line_of(asked: Request) -> str:
    return f"book {asked.count} {asked.pool} because {asked.reason}"


def test_a_button_carries_the_line_it_stands_for_and_the_refusals_key() -> None:
    made = [offer(OfferKind.LATER, 4, 89, 97), offer(OfferKind.FEWER, 2, 8, 24, linear=True)]
    row, small = offer_buttons(made, ASKED, key="R-1", line_of=line_of, now=NOW, zone=BERLIN)
    assert [json.loads(button["value"]) for button in row["elements"]] == [
        {"line": "book 4 a100 because ", "key": "R-1"},
        {"line": "book 2 a100 because ", "key": "R-1"},
    ]
    assert all(OFFERS.fullmatch(button["action_id"]) for button in row["elements"])
    assert small["elements"][0]["text"] == "_* if your job scales linearly_"


def test_a_reason_too_long_for_a_button_is_shortened_rather_than_the_line_cut() -> None:
    wordy = Offer(OfferKind.LATER, replace(request(4, 89, 97), reason='"' * 3000), window(89, 97))
    (row,) = offer_buttons([wordy], ASKED, key="k", line_of=line_of, now=NOW, zone=BERLIN)
    value = row["elements"][0]["value"]
    assert len(value) <= 2000
    assert json.loads(value)["line"].endswith("…")


def test_an_offer_whose_line_fits_no_button_has_none() -> None:
    made = [offer(OfferKind.LATER, 4, 89, 97, linear=True)]
    assert offer_buttons(made, ASKED, key="k", line_of=lambda _: "x" * 2000, now=NOW, zone=BERLIN) == []


def test_a_length_on_another_pool_says_whether_it_was_measured() -> None:
    def star(*, measured: bool) -> str:
        made = offer(OfferKind.POOL, 4, 86, 110, "3090", linear=True, measured=measured)
        (_, small) = offer_buttons([made], ASKED, key="k", line_of=line_of, now=NOW, zone=BERLIN)
        return str(small["elements"][0]["text"])

    assert star(measured=False) == "_* if your job scales linearly_"
    assert star(measured=True) == "_* if your job scales linearly, between pools as jobs were measured here_"
