"""Estimates against Slack's limits, with the worst that people and lab files can hold."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.booking.decision import Offer, OfferKind, Refused
from bot.booking.lab import Gpu, Pool
from bot.booking.model import Before, Promise, Request, Window
from bot.booking.reasons import UnknownPool
from bot.estimates.band import Basis, End, Estimate, NoPeak, NotMeasured
from bot.estimates.hardware import Place
from bot.estimates.kept import Record
from bot.estimates.memory import memory_of
from bot.estimates.outlook import Fit, Outlook
from bot.estimates.recipes import RECIPES
from bot.estimates.trying import Wanted
from bot.estimates.work import Training
from bot.sandbox.limits import check_message, check_view
from handlers.lines import line_of
from handlers.views import modals
from handlers.views.estimates import shown, took
from handlers.views.kit import Reply
from make import ALICE, monday
from worlds import words_of

ZONE = ZoneInfo("America/Los_Angeles")
NOW = monday(8)
KINDS = (OfferKind.POOL, OfferKind.PIECES, OfferKind.SHORTER)
HOSTILE = {
    "long": "x" * 600,
    "wide": "🦥👩‍👩‍👧" * 100,
    "entities": "&<>" * 200,
    "pings": "<!channel> <@U0BOB> <https://example.org|x> " * 14,
    "right to left": "שלום عليكم \u202eabc " * 30,
    "marks": "*_~`>" * 100,
}


def replies(text: str) -> Iterator[Reply]:
    pool = Pool(text, tuple(Gpu(text, index, text) for index in range(4)))
    promise = Promise(monday(300), monday(276), text)
    wanted = Wanted(ALICE.id, Training(RECIPES["pythia-1b"], 1e9), Place(pool, 4), promise)
    asked = Request(ALICE.id, 4, Before(timedelta(hours=300), promise, NOW), text, reason=text, asked_by=ALICE.id)
    window = Window(NOW, monday(300))
    ends = [End(hours, f"{text} {text}") for hours in (1e-9, 3e5, 1e13)]
    band = Estimate(ends[0], ends[1], ends[2], Basis.FIGURES, (text, text, text))
    offers = tuple(
        Offer(kind, asked, window, linear=True, asks=True)
        for kind in (OfferKind.POOL, OfferKind.PIECES, OfferKind.SHORTER)
    )
    seen = Outlook(
        wanted,
        band,
        memory_of(1e13, 4, 24),
        Fit.NOT,
        window,
        timedelta(hours=168),
        NOW,
        Refused((UnknownPool(text, (text,)),)),
        offers,
        (band, None, band),
        Record(50, 3, 1e9),
    )
    for one in (
        seen,
        replace(seen, record=Record(1, 0, 1e9)),
        replace(seen, soonest=None, part=None),
        *(replace(seen, fit=fit, memory=memory_of(1e9, 4, 0)) for fit in Fit),
        replace(seen, estimate=NoPeak(text)),
        replace(seen, estimate=NotMeasured(text, (text,) * 3)),
    ):
        yield shown(one, text, key="k" * 24, line_of=line_of, now=NOW, zone=ZONE, notes=(text,) * 6)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_every_estimate_stays_inside_slacks_limits_as_a_message_and_in_a_form(text: str) -> None:
    for reply in replies(text):
        assert check_message(reply.payload()) == []
        assert check_view(modals.answered(reply, "Estimate", above=True)) == []


def test_no_text_of_a_member_becomes_a_mention_or_a_link() -> None:
    for reply in replies(HOSTILE["pings"]):
        told = reply.text + words_of(reply.blocks)
        assert not any(mark in told for mark in ("<!channel>", "<@U0BOB>", "<https"))


@pytest.mark.parametrize(
    ("hours", "told"),
    [
        (1e-9, "1 min"),
        (0.5, "30 min"),
        (7.5, "7.5 h"),
        (31, "31 h"),
        (24 * 2.25, "2.2 days"),
        (24 * 49, "49 days"),
        (24 * 365.25 * 3, "3 years"),
        (24 * 365.25 * 900, "900 years"),
        (1e13, "over 1,000 years"),
    ],
)
def test_a_length_is_told_as_exactly_as_it_is_known(hours: float, told: str) -> None:
    assert took(hours) == told
