"""The gallery: what the bot shows in a few acted days, each kind of it at least once, inside Slack's limits."""

import re
from collections import Counter

import pytest

from bot.sandbox.limits import check_message, check_view
from gallery import Piece, pieces
from handlers.ids import CallbackId
from plans import plans, whole_tables
from worlds import words_of


@pytest.fixture(scope="module")
def acted() -> tuple[list[Piece], dict[str, list[str]]]:
    """The gallery, and how SQLite answered what was asked of it meanwhile."""
    with plans() as asked:
        return list(pieces()), asked


@pytest.fixture(scope="module")
def shown(acted: tuple[list[Piece], dict[str, list[str]]]) -> list[Piece]:
    return acted[0]


def test_every_kind_of_place_is_in_it(shown: list[Piece]) -> None:
    kinds = Counter(re.sub(r".*-\d+-\d+-", "", piece.name) for piece in shown)
    assert set(kinds) == {"answer", "dm", "form", "gpu-admins", "gpus", "home", "thread"}
    assert all(count >= 2 for count in kinds.values()), kinds


def test_every_form_is_in_it(shown: list[Piece]) -> None:
    drawn = {piece.shown["callback_id"] for piece in shown if piece.shown.get("type") == "modal"}
    shortcuts = {CallbackId.BOOK_GPUS, CallbackId.BOOK_FOR_THIS}
    assert drawn == {*CallbackId} - shortcuts


def test_all_of_it_is_inside_slacks_limits(shown: list[Piece]) -> None:
    for piece in shown:
        check = check_view if "type" in piece.shown else check_message
        assert check(piece.shown) == [], piece.name


_MISTAKES = re.compile(r"\bNone\b(?!\.)|\bState\.|datetime|  |\*\*|, ,|(?<!\.)\.\.(?!\.)")


def test_nothing_in_it_looks_like_a_mistake(shown: list[Piece]) -> None:
    for piece in shown:
        told = words_of(piece.shown["blocks"])
        assert not _MISTAKES.search(told), (piece.name, told)


def test_nothing_that_is_asked_goes_through_all_there_ever_was(acted: tuple[list[Piece], dict[str, list[str]]]) -> None:
    assert len(acted[1]) > 80
    assert whole_tables(acted[1]) == {}
