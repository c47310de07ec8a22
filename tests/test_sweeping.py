"""The sweep that follows the crashes finds each thing that can be wrong: a ledger is doctored, and it says so."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from make import monday
from serving import Taken
from sweeping import Found, Journal, Owed, wrong, wrongly_told

NOW = monday(12)


def held(number: int, mark: str, gpu: str, hours: tuple[int, int] = (9, 10), **more: Any) -> dict[str, Any]:
    """A reservation as the export has it."""
    start, end = (monday(hour).isoformat() for hour in hours)
    one = {"id": f"R{number}", "member": "U0ALICE", "state": "booked", "gpus": [gpu], "start": start, "end": end}
    return {**one, "reason": mark, "group": None, "version": 1, **more}


def entry(act: str, before: dict[str, Any] | None, after: dict[str, Any]) -> dict[str, Any]:
    """Of the audit."""
    return {"who": "U0ALICE", "act": act, "reservation": after["id"], "before": before, "after": after}


def legal() -> tuple[Journal, Found]:
    """Alice has booked one, extended it twice, and booked a run in two pieces; all is there."""
    first = [held(1, "a", "x:0", (9, 10 + more), version=1 + more) for more in range(3)]
    pieces = [held(number, "p", "x:1", (number * 3, number * 3 + 2), group=2) for number in (2, 3)]
    audit = [entry("booked", None, first[0]), entry("extended", first[0], first[1])]
    audit += [entry("booked", None, piece) for piece in pieces] + [entry("extended", first[1], first[2])]
    told = Journal(booked={"a": ("R1",), "p": ("R2",)}, hours={"p": 4.0})
    told.changed["U0ALICE", "R1"] = 2
    return told, Found([first[2], *pieces], audit, [])


def without(there: Found, label: str) -> Found:
    rest = [one for one in there.reservations if one["id"] != label]
    return replace(there, reservations=rest, audit=[one for one in there.audit if one["reservation"] != label])


def with_one_more(there: Found, one: dict[str, Any], *entries: dict[str, Any]) -> Found:
    return replace(there, reservations=[*there.reservations, one], audit=[*there.audit, *entries])


def stranger() -> dict[str, Any]:
    return held(9, "z", "x:5")


DOCTORED: dict[str, Callable[[Found], Found]] = {
    "lost: a was told of R1": lambda there: without(there, "R1"),
    "lost: 2 changes of R1": lambda there: replace(there, audit=there.audit[:-1]),
    "ghost: R9 (z) is there, and": lambda there: with_one_more(there, stranger(), entry("booked", None, stranger())),
    "ghost: nothing says who made R9": lambda there: with_one_more(there, stranger()),
    "overlap: R9 and R1 on x:0": lambda there: with_one_more(there, held(9, "z", "x:0", (8, 11))),
    "torn: p has 2 of 4 GPU-hours": lambda there: without(there, "R3"),
    "torn: p is in 2 groups": lambda there: replace(
        there, audit=[*there.audit, entry("booked", None, held(4, "p", "x:1", (20, 22), group=4))]
    ),
    "twice: a is R1 and R9": lambda there: with_one_more(
        there, held(9, "a", "x:5"), entry("booked", None, held(9, "a", "x:5"))
    ),
    "twice: U0ALICE changed R1 3 times": lambda there: replace(
        there,
        audit=[*there.audit, entry("extended", held(1, "a", "x:0", version=3), held(1, "a", "x:0", version=4))],
    ),
    "chain: R1 was changed twice from version 1": lambda there: replace(there, audit=[*there.audit, there.audit[1]]),
    "chain: R1 is at version 2": lambda there: replace(
        there, reservations=[{**there.reservations[0], "version": 2}, *there.reservations[1:]]
    ),
}


def test_a_ledger_that_is_as_everybody_was_told_is_in_order() -> None:
    assert wrong(*legal()) == []


@pytest.mark.parametrize("finding", DOCTORED)
def test_whatever_is_wrong_with_a_ledger_is_found(finding: str) -> None:
    told, there = legal()
    assert any(one.startswith(finding) for one in wrong(told, DOCTORED[finding](there)))


def test_what_nobody_could_tell_a_member_may_be_there_or_not_but_once() -> None:
    told, there = legal()
    told.unsure.add("z")
    once = with_one_more(there, stranger(), entry("booked", None, stranger()))
    assert wrong(told, there) == wrong(told, once) == []
    again = held(10, "z", "x:6")
    assert wrong(told, with_one_more(once, again, entry("booked", None, again))) == ["twice: z is R9 and R10"]


def owing(*keys: str, sent: bool = True) -> Found:
    return Found([], [], [Owed(key, monday(9), sent, None) for key in keys])


def test_a_notice_that_came_once_or_again_for_its_sender_died_is_in_order() -> None:
    assert wrongly_told([Taken("0.1", ("a", "b"))], owing("a", "b"), [], NOW) == ([], 0)
    taken = [Taken("0.1", ("a",)), Taken("0.2", ("a",))]
    assert wrongly_told(taken, owing("a"), ["0.1"], NOW) == ([], 1)


@pytest.mark.parametrize(
    ("taken", "there", "ended", "finding"),
    [
        ([("0.1", "a"), ("0.1", "a")], owing("a"), [], "told twice: a"),
        ([("0.1", "a"), ("1.1", "a")], owing("a"), [], "told twice: a"),
        ([("0.1", "a"), ("0.1", "b"), ("0.2", "a")], owing("a", "b"), ["0.1"], "told twice: a"),
        ([], owing("a"), [], "not told: a"),
        ([("0.1", "a")], owing(), [], "told, and not owed: a"),
        ([], owing("a", sent=False), [], f"still waits: a, since {monday(9)}"),
    ],
)
def test_a_notice_that_came_twice_for_nothing_or_not_at_all_is_found(
    taken: list[tuple[str, str]], there: Found, ended: list[str], finding: str
) -> None:
    messages = [Taken(process, (key,)) for process, key in taken]
    assert wrongly_told(messages, there, ended, NOW + timedelta(hours=1))[0] == [finding]
