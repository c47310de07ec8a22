"""The k-th statement of every act fails, for every k: nothing of it is there, and the next attempt does all of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event

from bot.booking.calendar import Calendar
from bot.booking.lifecycle import State
from bot.booking.model import minute_of
from bot.desk import Desk, Once
from desks import NOW, booked, named
from make import ADA, ALICE, BOB, CAROL, monday, request
from storage.ledger import Overlap

HOUR = timedelta(hours=1)
MOST = 60
"""More statements than any act has."""


class Unplugged(Exception):
    """The database went away."""


@contextmanager
def failing(engine: Engine, place: int) -> Iterator[list[str]]:
    """The statement at this place, counted from 1, fails; yields what was said so far."""
    said: list[str] = []

    def fail(connection, cursor, statement: str, *rest) -> None:
        said.append(statement)
        if len(said) == place:
            raise Unplugged

    event.listen(engine, "before_cursor_execute", fail)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", fail)


def everything(desk: Desk) -> list[object]:
    with desk.ledger.reading() as book:
        reservations = list(book.everything())
        return [book.version, reservations, [book.history(one.id) for one in reservations]]


def is_as_a_new_one(desk: Desk) -> bool:
    with desk.ledger.reading() as book:
        new = Calendar(desk.lab, minute_of(NOW))
        new.apply(book.changes(0), book.version)
    with desk._looking(NOW) as (_, warm):
        hours = range(minute_of(NOW), minute_of(monday(30)), 30)
        free = [[calendar.pools["a100"].minutes.at(at) for at in hours] for calendar in (warm, new)]
        return warm.live == new.live and free[0] == free[1]


ACTS: dict[str, Callable[[Desk], object]] = {
    "book, and give somebody other GPUs": lambda desk: desk.reserve(
        named("atlas:0", start=10, end=11, member=BOB.id), BOB, NOW, Once("T0:1", "a", str)
    ),
    "extend": lambda desk: desk.extend(ALICE, 1, HOUR, NOW),
    "move": lambda desk: desk.move(ALICE, 1, monday(20), None, NOW),
    "keep": lambda desk: desk.release(ADA, 1, NOW, keep=1),
    "release": lambda desk: desk.release(ALICE, 1, NOW),
    "undo": lambda desk: desk.undo(ALICE, 1, NOW),
    "approve": lambda desk: desk.approve(ADA, 2, NOW),
    "deny": lambda desk: desk.deny(ADA, 2, "not now", NOW),
    "wait": lambda desk: desk.wait(request(4, member=CAROL.id), CAROL, NOW),
    "let time pass": lambda desk: desk.turnover(monday(12)),
}


@pytest.mark.parametrize("act", ACTS)
def test_whatever_statement_fails_nothing_of_the_act_is_there(desk, engine, owed, act):
    booked(desk, count=2)
    booked(desk, BOB, request(4, 20, 21, pool="3090", member=BOB.id))
    before = everything(desk), owed()
    for place in range(1, MOST):
        with failing(engine, place) as said:
            try:
                ACTS[act](desk)
            except Unplugged:
                done = False
            else:
                done = True
        if done:
            assert len(said) < place
            break
        assert (everything(desk), owed()) == before, said[-1]
        assert is_as_a_new_one(desk), said[-1]
    assert everything(desk)[0] == before[0][0] + 1
    assert is_as_a_new_one(desk)
    assert place > 5


def test_a_calendar_that_the_database_contradicts_is_built_anew_by_the_next_tick(desk):
    one = booked(desk, ALICE, request(2, 8, 18))
    booked(desk, CAROL, request(2, 8, 18, member=CAROL.id))
    desk.wait(request(2, 8, 12, member=BOB.id), BOB, NOW, auto=True)
    desk._calendar.apply([replace(one, state=State.RELEASED)], desk._calendar.version)  # it forgets who is there
    with pytest.raises(Overlap):
        desk.serve_waitlist(NOW)
    assert desk.serve_waitlist(NOW) == 0
    assert is_as_a_new_one(desk)
