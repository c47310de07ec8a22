"""What deadlines are called in a line, and which date is then meant."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.booking.lab import Deadline
from bot.booking.model import Before, Fixed, Request
from bot.errors import InputError
from handlers.context import Context
from handlers.parse import parse
from handlers.said import Book
from make import BOB, PEOPLE, lab, monday


def feed(name: str, kind: str, day: int, zone: str = "UTC") -> Deadline:
    return Deadline(name, monday(12, day=day), zone, kind=kind, source="feed")


TRACKED = (
    feed("neurips", "abstract", 8),
    feed("neurips", "paper", 10, "AoE"),
    feed("neurips", "rebuttal", 14),
    feed("neurips", "rebuttal-end", 16),
    feed("iclr", "abstract", 5),
    feed("iclr", "rebuttal-end", 12),
    feed("iclr", "camera-ready", 20),
    Deadline("thesis", monday(12, day=9), "Europe/Berlin", member=BOB.id, source="member"),
)
CONTEXT = Context(BOB, lab(), PEOPLE, monday(9), lambda: TRACKED)


def book(when: str, context: Context = CONTEXT) -> tuple[Request, tuple[str, ...]]:
    command = parse(f"book 1 a100 {when}", context)
    assert isinstance(command, Book)
    return command.request, command.notes


@pytest.mark.parametrize(
    ("said", "name", "day"),
    [
        ("neurips", "neurips", 10),
        ("NeurIPS", "neurips", 10),
        ("the neurips deadline", "neurips", 10),
        ("neurips paper", "neurips", 10),
        ("neurips paper deadline", "neurips", 10),
        ("neurips abstract", "neurips abstract", 8),
        ("iclr abstract", "iclr abstract", 5),
        ("neurips rebuttal", "neurips rebuttal", 14),
        ("the neurips rebuttal ends", "neurips rebuttal end", 16),
        ("neurips rebuttal-end", "neurips rebuttal end", 16),
        ("iclr rebuttal", "iclr rebuttal end", 12),
        ("the rebuttal ends", "iclr rebuttal end", 12),
        ("the rebuttal", "iclr rebuttal end", 12),
        ("iclr camera-ready", "iclr camera ready", 20),
        ("iclr camera ready", "iclr camera ready", 20),
        ("thesis", "thesis", 9),
    ],
)
def test_a_run_is_promised_by_the_date_that_is_meant(said: str, name: str, day: int) -> None:
    request, notes = book(f"for 10h before {said}")
    assert isinstance(request.when, Before)
    assert (request.when.promise.name, request.when.promise.at) == (name, monday(12, day=day))
    assert any(note.startswith(f'"{name}"') for note in notes)


def test_the_answer_says_which_date_of_a_name_is_meant_in_its_own_zone() -> None:
    assert book("for 10h before neurips")[1] == ('"neurips", the paper deadline, is Thu 12 Nov 2026 00:00 AoE.',)


def test_windows_end_at_deadlines_and_are_counted_from_them() -> None:
    request, notes = book("until the rebuttal ends")
    assert isinstance(request.when, Fixed)
    assert request.when.window.end == monday(12, day=12)
    assert any(note.startswith('"iclr rebuttal end" is') for note in notes)
    request, _ = book("36h before iclr abstract for 2h")
    assert isinstance(request.when, Fixed)
    assert request.when.window.start == monday(0, day=4)


def test_once_the_rebuttal_has_begun_its_end_is_meant() -> None:
    later = replace(CONTEXT, now=monday(9, day=15))
    request, _ = book("for 10h before neurips rebuttal", later)
    assert isinstance(request.when, Before)
    assert request.when.promise.name == "neurips rebuttal end"


def test_an_unknown_deadline_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(InputError, match='no deadline "icml"') as refused:
        book("for 10h before icml")
    assert "Known deadlines: iclr abstract, iclr camera ready" in refused.value.hint
    assert "thesis" in refused.value.hint


def test_a_run_for_a_deadline_is_shown_how_to_say_that_it_ends_before_it() -> None:
    with pytest.raises(InputError, match='did not understand "thesis"') as refused:
        book("for thesis")
    assert refused.value.example.endswith("for 10h before thesis")


def test_a_conference_without_a_paper_deadline_ahead_needs_the_kind_said() -> None:
    with pytest.raises(InputError):
        book("for 10h before iclr")


def test_a_deadline_that_is_past_says_when_it_was() -> None:
    with pytest.raises(InputError, match='The deadline "thesis" was'):
        book("for 10h before thesis", replace(CONTEXT, now=monday(9, day=11)))


def test_the_lab_file_s_are_known_where_nothing_else_is_said() -> None:
    plain = Context(BOB, lab(deadlines=(Deadline("icml", datetime(2026, 11, 20, tzinfo=UTC)),)), PEOPLE, monday(9))
    assert book("for 10h before icml", plain)[0].when.promise.name == "icml"  # type: ignore[union-attr]


@pytest.mark.parametrize("typed", ["tomorrow 9am for 8h", "now for 90m", "2026-11-03T09:00Z/PT8H", "at 17:30 for 2h"])
def test_a_line_that_can_name_no_deadline_looks_for_none(typed: str) -> None:
    def unwanted() -> tuple[Deadline, ...]:
        raise AssertionError("nobody asked for the deadlines")

    assert book(typed, replace(CONTEXT, tracked=unwanted))[0].when is not None


@pytest.mark.parametrize("name", ["3dv", "SAT", "may", "now-or-never", "h2h"])
def test_what_is_called_like_a_time_is_still_the_deadline(name: str) -> None:
    tracked = (Deadline(name, datetime(2026, 12, 20, tzinfo=UTC)),)
    when = book(f"for 10h before {name}", replace(CONTEXT, tracked=lambda: tracked))[0].when
    assert when.promise.name == name  # type: ignore[union-attr]
