"""Requests to lines and back."""

import unicodedata
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.booking.model import Before, Fixed, Promise, Request, Window
from handlers.lines import line_of
from handlers.parse import Context, parse
from handlers.said import Book
from make import ADA, ALICE, BOB, PEOPLE, lab, monday, node, request, window

LAB = lab(
    node("atlas", "a100", 4),
    node("titan", "3090", 4),
    node("gpu-7.example.org", "gpu", 2),
    node("zeus", "h100 nvl", 2),
)
CONTEXT = Context(ALICE, LAB, PEOPLE, monday(9))

minutes = st.integers(-10_000, 500_000).map(lambda minutes: timedelta(minutes=minutes))
windows = st.builds(
    lambda start, length: Window(monday() + start, monday() + start + length), minutes, minutes.filter(bool).map(abs)
)
reasons = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=200).map(
    lambda text: " ".join(unicodedata.normalize("NFC", text).split())
)


@st.composite
def requests(draw: st.DrawFn) -> Request:
    gpus = draw(st.just(()) | st.lists(st.sampled_from(sorted(LAB.gpus)), unique=True).map(tuple))
    return Request(
        member=draw(st.sampled_from([ALICE.id, BOB.id])),
        count=len(gpus) or draw(st.integers(1, 10**9)),
        when=Fixed(draw(windows)),
        pool=draw(st.none() | st.sampled_from(sorted(LAB.pools))),
        gpus=gpus,
        memory_gb=draw(st.integers(0, 200)),
        reason=draw(reasons),
        asked_by=ALICE.id,
    )


def test_the_line_of_a_request_is_short_and_exact() -> None:
    assert line_of(request(2)) == "book 2 a100 2026-11-02T09:00Z/2026-11-02T17:00Z"
    full = Request(
        BOB.id,
        3,
        Fixed(window(9, 17)),
        gpus=("atlas:1", "atlas:0", "titan:2"),
        memory_gb=40,
        reason="ICLR because of it",
        asked_by=ADA.id,
    )
    assert line_of(full) == (
        "book atlas:1,0 titan:2 with 40gb 2026-11-02T09:00Z/2026-11-02T17:00Z for <@U0BOB> because ICLR because of it"
    )


@given(requests())
def test_the_line_of_a_request_is_read_back_as_that_request_and_nothing_is_assumed(asked: Request) -> None:
    line = line_of(asked)
    assert parse(line, CONTEXT) == Book(asked, ())


def test_only_a_fixed_window_has_a_line() -> None:
    movable = Request(ALICE.id, 1, Before(timedelta(hours=1), Promise(monday(9), monday(9)), monday()))
    with pytest.raises(ValueError, match="fixed"):
        line_of(movable)
