"""Many clients at a barrier want the same GPUs of one desk, of several bots, of several processes.

Each race stands beside its control, where a guard is taken out and it goes wrong.
"""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.booking.calendar import Calendar
from bot.booking.lab import Policy
from bot.booking.lifecycle import State
from bot.booking.model import minute_of
from bot.desk import Changed, Desk
from bot.errors import Busy, WrongState
from desks import EVE, booked, stands
from make import ADA, ALICE, lab, monday, window
from racing import PROCESSES, WANTED, Outcome, at_once, bot_in_a_process, want, window_of
from storage.engine import open_engine
from storage.ledger import Ledger

CLIENTS = 32
PATIENCE = 3.0
"""Seconds after which Slack hangs up."""
NOW = monday()
HALF = timedelta(minutes=30)
WHOLE = lab(policy=Policy(max_share=1), admins=(ADA.id, EVE.id))
"""A lab in which anybody may take a whole pool without asking."""


@pytest.fixture
def bots(database_url, ledger):
    """`bots(n)`: n desks on one database, each with a ledger and connections of its own, as in n processes."""
    engines = []

    def make(count: int) -> list[Desk]:
        engines.extend(open_engine(database_url) for _ in range(count))
        return [Desk(Ledger(engine), WHOLE) for engine in engines]

    yield make
    for engine in engines:
        engine.dispose()


@pytest.fixture
def unguarded(engine, backend) -> Callable[[], None]:
    """`unguarded()`: the database accepts overlaps from now on."""

    def drop() -> None:
        with engine.begin() as connection:
            if backend == "sqlite":
                connection.execute(text("DROP TRIGGER allocation_overlap_insert"))
            else:
                connection.execute(text("ALTER TABLE allocation DROP CONSTRAINT allocation_overlap"))

    return drop


def given(ledger: Ledger, round_number: int) -> Counter[str]:
    """How often each GPU is given away in the round's window."""
    with ledger.reading() as book:
        held = [one for one in book.changes(0) if one.window.overlaps(window_of(round_number))]
    return Counter(gpu for one in held for gpu in one.gpus)


def each_gpu_went_once(ledger: Ledger, round_number: int, count: int, outcomes: list[Outcome]) -> None:
    assert [outcome.error for outcome in outcomes if outcome.error] == []
    assert given(ledger, round_number) == dict.fromkeys(WANTED, 1)
    winners = {f"U0CLIENT{client}" for client, outcome in enumerate(outcomes) if outcome.got is not None}
    assert len(winners) == len(WANTED) // count
    assert {outcome.named for outcome in outcomes if outcome.got is None} == {frozenset(winners)}
    assert max(outcome.seconds for outcome in outcomes) < PATIENCE


@pytest.mark.parametrize("count", [4, 1], ids=["all four", "one each"])
@pytest.mark.parametrize("how_many", [1, 4], ids=["one bot", "four bots"])
def test_of_32_clients_who_want_the_same_four_gpus_each_gpu_goes_to_one(ledger, bots, rounds, how_many, count):
    desks = bots(how_many)
    for number in range(rounds(2, 100)):

        def act(client: int, barrier: threading.Barrier, number: int = number) -> Outcome:
            barrier.wait()
            return want(desks[client % how_many], client, count, number)

        each_gpu_went_once(ledger, number, count, at_once(CLIENTS, act))


def test_of_three_processes_with_eight_clients_each_one_client_gets_them(ledger, database_url, rounds):
    processes, each, numbers = 3, 8, range(rounds(2, 100))
    barrier, results = PROCESSES.Barrier(processes), PROCESSES.SimpleQueue()
    shares = [range(first * each, (first + 1) * each) for first in range(processes)]
    started = [
        PROCESSES.Process(
            target=bot_in_a_process, args=(database_url, WHOLE, clients, 4, len(numbers), barrier, results)
        )
        for clients in shares
    ]
    for process in started:
        process.start()
    outcomes: dict[int, dict[int, Outcome]] = {number: {} for number in numbers}
    for _ in range(processes * each * len(numbers)):
        number, client, outcome = results.get()
        outcomes[number][client] = outcome
    for process in started:
        process.join()
        process.close()
    for number in numbers:
        each_gpu_went_once(ledger, number, 4, [outcomes[number][client] for client in range(processes * each)])


# Without catching up a desk does not know of the others. What a race does once in a while, it then does always.


@pytest.fixture
def stale(monkeypatch) -> Callable[[], None]:
    """`stale()`: from now on every desk takes the lab for empty, as if it had read before all others wrote."""
    return lambda: monkeypatch.setattr(Desk, "_caught_up", lambda desk, book, now: Calendar(desk.lab, minute_of(now)))


def test_what_a_stale_calendar_allows_the_database_refuses(ledger, bots, stale):
    desks = bots(2)
    stale()
    outcomes = [want(desks[client], client, 4, 0) for client in range(2)]
    assert [outcome.got for outcome in outcomes] == [1, None]
    assert outcomes[1].error is not None
    assert outcomes[1].error.startswith(Busy.__name__)
    assert given(ledger, 0) == dict.fromkeys(WANTED, 1)


def test_the_control_with_a_stale_calendar_and_without_the_guard_books_every_gpu_twice(ledger, bots, stale, unguarded):
    desks = bots(2)
    stale()
    unguarded()
    assert None not in [want(desks[client], client, 4, 0).got for client in range(2)]
    assert given(ledger, 0) == dict.fromkeys(WANTED, 2)


def test_without_the_guard_the_calendar_still_gives_each_gpu_once(ledger, bots, unguarded):
    desks = bots(4)
    unguarded()

    def act(client: int, barrier: threading.Barrier) -> Outcome:
        barrier.wait()
        return want(desks[client % 4], client, 4, 0)

    each_gpu_went_once(ledger, 0, 4, at_once(CLIENTS, act))


# Double clicks and decisions


def extend_at_once(desks: list[Desk], id_: int, version: int | None) -> list[object]:
    def act(click: int, barrier: threading.Barrier) -> object:
        barrier.wait()
        try:
            return desks[click % len(desks)].extend(ALICE, id_, HALF, NOW, version=version)
        except WrongState as late:
            return late

    return at_once(8, act)


def test_a_button_that_is_clicked_eight_times_at_once_extends_once(bots, rounds):
    desks = bots(2)
    for number in range(rounds(2, 100)):
        one = booked(desks[0], ALICE, count=1, start=number, end=number + 0.5, now=NOW)
        answers = extend_at_once(desks, one.id, one.version)
        assert sum(isinstance(answer, Changed) for answer in answers) == 1
        late = [answer for answer in answers if isinstance(answer, WrongState)]
        assert [(answer.who, answer.when) for answer in late] == [(ALICE.id, NOW)] * 7
        assert stands(desks[1], one.id).window == window(number, number + 1)


def test_the_control_without_the_version_extends_each_time(bots):
    desks = bots(2)
    one = booked(desks[0], ALICE, count=1, start=1, end=2, now=NOW)
    answers = extend_at_once(desks, one.id, None)
    assert all(isinstance(answer, Changed) for answer in answers)
    assert stands(desks[1], one.id).window == window(1, 6)


def test_of_eight_admins_who_decide_at_once_one_does_and_the_others_are_told_who(bots, rounds):
    desks = bots(2)
    for desk in desks:
        desk.lab = lab(admins=(ADA.id, EVE.id))
    for number in range(rounds(2, 100)):
        asked = booked(desks[0], ALICE, count=4, start=number + 1, end=number + 2, now=NOW)
        assert asked.state is State.PENDING

        def act(admin: int, barrier: threading.Barrier, id_: int = asked.id) -> str | None:
            who, desk = (ADA, EVE)[admin // 2 % 2], desks[admin % 2]
            barrier.wait()
            try:
                if admin < 4:
                    desk.approve(who, id_, NOW, version=1)
                else:
                    desk.deny(who, id_, "not now", NOW, version=1)
            except WrongState as late:
                return late.who
            return who.id

        told = at_once(8, act)
        _, decision = desks[0].show(asked.id, NOW)[1]
        assert told == [decision.who] * 8
