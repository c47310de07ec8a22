"""Clients that all want the same GPUs at the same moment, as threads and as processes."""

import multiprocessing
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from typing import Any

from bot.booking.decision import Refused
from bot.booking.lab import Lab
from bot.booking.members import Member
from bot.booking.model import Fixed, Request, Window
from bot.booking.reasons import Taken
from bot.desk import Booked, Desk
from make import monday, reservation
from storage.engine import open_engine
from storage.ledger import Ledger

# Processes that have nothing in common but what they import, which takes longest and is done once for all of them.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["bot.desk", "bot.jobs.deliver", "handlers.notify", "storage.engine", "psycopg"])
WANTED = ("atlas:0", "atlas:1", "atlas:2", "atlas:3")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a client got (None: somebody was first), the error that it saw, and how long it waited, in seconds.

    `named`: who was first, as far as it was told.
    """

    got: int | None
    error: str | None
    seconds: float
    named: frozenset[str] = frozenset()


def window_of(round_number: int) -> Window:
    """Each round has an hour of its own."""
    return Window(monday(round_number), monday(round_number + 1))


def take(ledger: Ledger, client: int, round_number: int) -> Outcome:
    """Take all four GPUs of the round's window if all are free."""
    began = time.perf_counter()
    window = window_of(round_number)
    try:
        with ledger.writing() as book:
            taken = {gpu for one in book.changes(0) if one.window.overlaps(window) for gpu in one.gpus}
            if taken.intersection(WANTED):
                return Outcome(None, None, time.perf_counter() - began)
            wish = reservation(0, round_number, round_number + 1, WANTED, member=f"U0CLIENT{client}")
            return Outcome(book.add(wish).id, None, time.perf_counter() - began)
    except Exception as error:
        return Outcome(None, repr(error), time.perf_counter() - began)


def at_once(clients: int, act: Callable[[int, threading.Barrier], Any]) -> list[Any]:
    """What `act(client, barrier)` returned in each of `clients` threads."""
    barrier, results = threading.Barrier(clients, timeout=30), [None] * clients

    def run(client: int) -> None:
        results[client] = act(client, barrier)

    threads = [threading.Thread(target=run, args=(client,)) for client in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def race_in_a_process(url: str, client: int, rounds: int, barrier: Barrier, results: Any) -> None:
    """A process's part: `take` in every round, and put (round, outcome) on the queue."""
    engine = open_engine(url)
    ledger = Ledger(engine)
    for round_number in range(rounds):
        barrier.wait(timeout=60)
        results.put((round_number, take(ledger, client, round_number)))
    engine.dispose()


def want(desk: Desk, client: int, count: int, round_number: int) -> Outcome:
    """Ask the desk for `count` A100s of the round's window; got is the reservation, or None if they were refused."""
    began = time.perf_counter()
    member = f"U0CLIENT{client}"
    wish = Request(member, count, Fixed(window_of(round_number)), pool="a100", asked_by=member)
    try:
        booked = desk.reserve(wish, Member(member, f"client{client}", "UTC"), monday())
    except Exception as error:
        return Outcome(None, repr(error), time.perf_counter() - began)
    seconds = time.perf_counter() - began
    assert isinstance(booked, Booked)
    if booked.reservation is not None:
        return Outcome(booked.reservation.id, None, seconds)
    assert isinstance(booked.decision, Refused)
    taken = booked.decision.refusals[0]
    named = {holding.member for holding in taken.holders} if isinstance(taken, Taken) else set()
    return Outcome(None, None, seconds, frozenset(named))


def bot_in_a_process(
    url: str, lab: Lab, clients: range, count: int, rounds: int, barrier: Barrier, results: Any
) -> None:
    """A bot of its own with some of the clients: each `want`s in every round; (round, client, outcome) on the queue."""
    engine = open_engine(url)
    desk = Desk(Ledger(engine), lab)
    for round_number in range(rounds):
        barrier.wait(timeout=60)
        here = at_once(len(clients), lambda at, _, number=round_number: want(desk, clients[at], count, number))
        for client, outcome in zip(clients, here, strict=True):
            results.put((round_number, client, outcome))
    engine.dispose()
