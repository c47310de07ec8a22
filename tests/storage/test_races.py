"""Many clients at a barrier want the same thing; each race beside its control, where the guards are taken out."""

import threading
from collections import Counter
from dataclasses import replace

import pytest
from sqlalchemy import Engine, NullPool, create_engine, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from bot.booking.lifecycle import State
from bot.errors import WrongState
from make import ADA, monday, reservation
from racing import PROCESSES, WANTED, Outcome, at_once, race_in_a_process, take, window_of
from storage.ledger import Ledger
from storage.tables import ALLOCATION, GPU, RESERVATION
from storage.values import to_row

CLIENTS = 32
PATIENCE = 3.0
"""Seconds after which Slack hangs up."""


def holders(ledger: Ledger, round_number: int) -> Counter[str]:
    """How often each GPU is given away in the round's window."""
    with ledger.reading() as book:
        held = [one for one in book.changes(0) if one.window.overlaps(window_of(round_number))]
    return Counter(gpu for one in held for gpu in one.gpus)


def each_gpu_went_once(ledger: Ledger, round_number: int, outcomes: list[Outcome]) -> None:
    assert [outcome.error for outcome in outcomes if outcome.error] == []
    assert sum(outcome.got is not None for outcome in outcomes) == 1
    assert holders(ledger, round_number) == dict.fromkeys(WANTED, 1)
    assert max(outcome.seconds for outcome in outcomes) < PATIENCE


@pytest.fixture
def plain(ledger, database_url, backend):
    """Connections as SQLAlchemy makes them, without the ledger's locks: read, then write."""
    options = {"timeout": 30} if backend == "sqlite" else {"options": "-c deadlock_timeout=50ms"}
    engine = create_engine(database_url, poolclass=NullPool, connect_args=options)
    yield engine
    engine.dispose()


def take_without_lock(engine: Engine, gpus: tuple[str, ...], client: int, barrier: threading.Barrier) -> bool:
    """Look whether `gpus` are free from 9 to 17, wait for the others to have looked, and take them if so."""
    with engine.connect() as connection:
        free = not connection.execute(select(ALLOCATION.c.id).where(ALLOCATION.c.holds)).all()
        gpu_ids = connection.execute(select(GPU.c.id).where(GPU.c.name.in_(gpus)).order_by(GPU.c.id)).scalars().all()
        barrier.wait()
        if not free:
            return False
        row = to_row(reservation(member=f"U0CLIENT{client}")) | {"ledger_version": 1}
        try:
            own = connection.execute(insert(RESERVATION).values(row).returning(RESERVATION.c.id)).scalar_one()
            for place, gpu_id in enumerate(gpu_ids):
                held = {"reservation_id": own, "gpu_id": gpu_id, "place": place, "holds": True, "counted": True}
                connection.execute(insert(ALLOCATION).values(held | {"starts": row["starts"], "ends": row["ends"]}))
            connection.commit()
        except DBAPIError:
            return False
        return True


def test_of_32_threads_that_want_the_same_gpus_one_gets_them(ledger, rounds):
    for number in range(rounds(5, 100)):

        def act(client: int, barrier: threading.Barrier, number: int = number) -> Outcome:
            barrier.wait()
            return take(ledger, client, number)

        each_gpu_went_once(ledger, number, at_once(CLIENTS, act))


def test_it_is_the_same_where_only_the_database_orders_them(ledger, engine, rounds):
    alone = [Ledger(engine) for _ in range(CLIENTS)]  # none knows of another's turn, as in so many processes
    for number in range(rounds(3, 100)):

        def act(client: int, barrier: threading.Barrier, number: int = number) -> Outcome:
            barrier.wait()
            return take(alone[client], client, number)

        each_gpu_went_once(ledger, number, at_once(CLIENTS, act))


def test_of_three_processes_one_gets_them(ledger, database_url, rounds):
    processes, numbers = 3, range(rounds(5, 100))
    barrier, results = PROCESSES.Barrier(processes), PROCESSES.SimpleQueue()
    started = [
        PROCESSES.Process(target=race_in_a_process, args=(database_url, client, len(numbers), barrier, results))
        for client in range(processes)
    ]
    for process in started:
        process.start()
    outcomes: dict[int, list[Outcome]] = {number: [] for number in numbers}
    for _ in range(processes * len(numbers)):
        number, outcome = results.get()
        outcomes[number].append(outcome)
    for process in started:
        process.join()
        process.close()
    for number in numbers:
        each_gpu_went_once(ledger, number, outcomes[number])


def test_the_control_without_lock_and_guard_books_every_gpu_many_times(ledger, engine, plain, backend):
    with engine.begin() as connection:
        if backend == "sqlite":
            connection.execute(text("DROP TRIGGER allocation_overlap_insert"))
        else:
            connection.execute(text("ALTER TABLE allocation DROP CONSTRAINT allocation_overlap"))
    winners = at_once(CLIENTS, lambda client, barrier: take_without_lock(plain, WANTED, client, barrier))
    assert winners == [True] * CLIENTS
    assert holders(ledger, 9) == dict.fromkeys(WANTED, CLIENTS)
    assert ledger.overlaps() == len(WANTED) * (CLIENTS - 1)


def test_the_guard_alone_gives_a_gpu_to_one_of_those_who_did_not_lock(ledger, plain):
    winners = at_once(6, lambda client, barrier: take_without_lock(plain, WANTED[:1], client, barrier))
    assert winners.count(True) == 1
    assert holders(ledger, 9) == {WANTED[0]: 1}
    assert ledger.overlaps() == 0


def test_of_16_admins_who_decide_at_once_one_does_and_the_others_are_told_who(ledger, rounds):
    for number in range(rounds(3, 100)):
        with ledger.writing() as book:
            pending = book.add(reservation(0, number, number + 1, state=State.PENDING))

        def act(admin: int, barrier: threading.Barrier, pending=pending) -> str | None:
            me = f"{ADA.id}{admin}"
            barrier.wait()
            try:
                with ledger.writing() as book:
                    (approved,) = book.change(
                        [(pending, replace(pending, state=State.BOOKED, approved_by=me))], monday()
                    )
                    book.audit(me, "approve", pending, approved, monday())
            except WrongState as refusal:
                return refusal.who
            return me

        told = at_once(16, act)
        with ledger.reading() as book:
            (entry,) = book.history(pending.id)
        assert told == [entry.who] * 16


def test_the_control_without_compare_and_set_lets_several_decide(ledger, plain):
    with ledger.writing() as book:
        pending = book.add(reservation(0, state=State.PENDING))

    def act(admin: int, barrier: threading.Barrier) -> bool:
        mine = RESERVATION.c.id == pending.id
        with plain.connect() as connection:
            state = connection.execute(select(RESERVATION.c.state).where(mine)).scalar_one()
            barrier.wait()
            if state != State.PENDING.value:
                return False
            connection.execute(update(RESERVATION).where(mine).values(state=State.BOOKED.value))
            connection.commit()
            return True

    assert at_once(16, act).count(True) == 16
