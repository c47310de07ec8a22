"""Requests to lines and back."""

import unicodedata
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.booking.model import Before, Fixed, Promise, Request, Window, Work
from handlers.lines import line_of
from handlers.parse import Context, parse
from handlers.said import Book, Wait
from make import ADA, ALICE, BOB, PEOPLE, lab, monday, node, request, window

LAB = lab(
    node("atlas", "a100", 4),
    node("titan", "3090", 4),
    node("gpu-7.example.org", "gpu", 2),
    node("zeus", "h100 nvl", 2),
)
HOUR = timedelta(hours=1)
FRIDAY = Promise(monday(18, day=4), monday(18, day=4))
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


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        (
            Request(ALICE.id, 4, Before(HOUR * 10, FRIDAY, monday(9)), pool="a100", asked_by=ALICE.id),
            "book 4 a100 for 10h after 2026-11-02T09:00Z before 2026-11-06T18:00Z",
        ),
        (
            Request(ALICE.id, 1, Before(HOUR * 1.5, FRIDAY, monday(1)), memory_gb=40, asked_by=ALICE.id),
            "book 1 gpu with 40gb for 90m after 2026-11-02T01:00Z before 2026-11-06T18:00Z",
        ),
        (
            Request(ALICE.id, 1, Work(40.5, FRIDAY, monday(9)), pool="h100 nvl", reason="a", asked_by=ALICE.id),
            "book 40.5 gpu-hours h100 nvl after 2026-11-02T09:00Z before 2026-11-06T18:00Z because a",
        ),
        (
            Request(BOB.id, 1, Work(40, FRIDAY, monday(9)), asked_by=ALICE.id),
            "book 40 gpu-hours after 2026-11-02T09:00Z before 2026-11-06T18:00Z for <@U0BOB>",
        ),
    ],
)
def test_the_line_of_a_movable_request_is_read_back_too(asked: Request, line: str) -> None:
    assert line_of(asked) == line
    assert parse(line, CONTEXT) == Book(asked, ())
    assert parse(line.replace("book", "wait auto"), CONTEXT) == Wait(asked, auto=True)
