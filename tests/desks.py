"""Shorthand for what the tests ask of a desk. It is Monday 08:00 UTC unless they say otherwise."""

from datetime import datetime, timedelta
from typing import Any

from bot.booking.decision import Refused
from bot.booking.members import Member
from bot.booking.model import Before, Fixed, Promise, Request, Reservation, Work
from bot.desk import Booked, Changed, Desk, NotChanged, Undone
from make import ALICE, monday, request, window

NOW = monday(8)
EVE = Member("U0EVE", "eve", "UTC", admin=True)


def booked(
    desk: Desk, who: Member = ALICE, wanted: Request | None = None, *, now: datetime = NOW, **of: Any
) -> Reservation:
    """What `who` gets for the request (or for `make.request(**of)`), which must not be refused."""
    outcome = desk.reserve(wanted or request(member=who.id, **of), who, now)
    assert isinstance(outcome, Booked)
    assert outcome.reservation is not None, outcome.decision
    return outcome.reservation


def refused(desk: Desk, who: Member, wanted: Request, *, now: datetime = NOW) -> Refused:
    """Why `who` does not get it."""
    outcome = desk.reserve(wanted, who, now)
    assert isinstance(outcome, Booked)
    assert isinstance(outcome.decision, Refused)
    assert outcome.reservation is None
    return outcome.decision


def changed(outcome: object) -> Reservation:
    """The reservation after a change that was made."""
    assert isinstance(outcome, Changed | Undone)
    return outcome.after


def unchanged(outcome: object) -> Refused:
    """Why a change was not made."""
    assert isinstance(outcome, NotChanged)
    return outcome.refused


def named(*gpus: str, start: float = 9, end: float = 17, member: str = ALICE.id) -> Request:
    """A request for these very GPUs."""
    return Request(member, len(gpus), Fixed(window(start, end)), gpus=gpus, asked_by=member)


def before(hours: float, by: float, *, count: int = 1, member: str = ALICE.id) -> Request:
    """A movable request: `hours` on `count` A100s, over by `by`."""
    run = Before(timedelta(hours=hours), Promise(monday(by), monday(by)), NOW)
    return Request(member, count, run, pool="a100", asked_by=member)


def sweep(gpu_hours: float, by: float, *, member: str = ALICE.id) -> Request:
    """A request for so many GPU-hours of A100s, over by `by`."""
    return Request(member, 0, Work(gpu_hours, Promise(monday(by), monday(by)), NOW), pool="a100", asked_by=member)


def stands(desk: Desk, id_: int) -> Reservation:
    """The reservation as the ledger has it."""
    return desk.show(id_, NOW)[0]
