"""A run in pieces as people meet it."""

from collections.abc import Iterator

import pytest

from bot.booking.lab import Policy
from bot.booking.lifecycle import State
from handlers.parse import Context, parse
from handlers.said import Release
from make import ALICE, PEOPLE, lab, monday
from worlds import Play, all_of, playing

RUN = "carol: /gpu book 4 a100 for 8h before 2026-11-02T20:00Z in pieces of 2h"


@pytest.fixture
def play(sqlite_url: str) -> Iterator[Play]:
    with playing(sqlite_url, now=monday(8), lab=lab(policy=Policy(max_share=1))) as play:
        play.say("alice: /gpu book 4 a100 2026-11-02T12:00Z/2026-11-02T14:00Z")
        yield play


def states(play: Play) -> list[State]:
    return [one.state for one in play.reservations()[1:]]


def test_one_is_released_and_then_the_other_with_one_click(play: Play) -> None:
    play.say(RUN)
    assert states(play) == [State.ACTIVE, State.BOOKED]
    assert "The rest of the run stays: R3" in play.say("carol: /gpu release R2")
    play.click("carol", "Release the other piece")
    assert states(play) == [State.RELEASED, State.CANCELLED]


def test_undo_takes_the_whole_run_back(play: Play) -> None:
    play.say(RUN)
    play.click("carol", "Undo")
    assert "So is R3" in all_of(play.last("carol"))
    assert states(play) == [State.RELEASED, State.CANCELLED]


def test_all_of_it_is_released_by_one_line(play: Play) -> None:
    play.say(RUN)
    told = play.say("carol: /gpu release R3 all")
    assert "So is R3" in told or "So is R2" in told
    assert states(play) == [State.RELEASED, State.CANCELLED]
    play.click("carol", "Undo")
    assert states(play) == [State.ACTIVE, State.BOOKED]


@pytest.mark.parametrize("line", ["release R12 all", "cancel 12 all pieces"])
def test_the_line_is_read(line: str) -> None:
    assert parse(line, Context(ALICE, lab(), PEOPLE, monday(9))) == Release(12, whole=True)
