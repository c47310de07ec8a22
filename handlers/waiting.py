"""What follows `wait`, `waitlist`, `take`, `pass` and `leave`, and what each is answered."""

import re
from typing import assert_never

from bot.desk import Desk, Kept, Once, Outcome
from bot.errors import InputError
from handlers import said
from handlers.booking_line import read_booking
from handlers.changes import nothing_more, reservation_in
from handlers.context import Context
from handlers.examples import EXAMPLES
from handlers.spoken.words import quoted

_ID = re.compile(r"[wW]?([0-9]{1,9})")


def read_wait(rest: str, context: Context) -> said.Wait:
    """As `book`; "auto" in front has it booked without asking."""
    first, _, more = rest.partition(" ")
    auto = first.lower() == "auto"
    booking = read_booking(more.strip() if auto else rest, context)
    if isinstance(booking, said.OpenForm):
        raise InputError(
            "What do you wait for, and when?", hint="Say it as you would book it.", example=EXAMPLES["wait"]
        )
    return said.Wait(booking.request, auto, booking.notes)


def read_waitlist(rest: str, _context: Context) -> said.Waitlist:
    nothing_more(rest, "waitlist")
    return said.Waitlist()


def read_take(rest: str, _context: Context) -> said.Take:
    id_, rest = reservation_in(rest, "take")
    nothing_more(rest, "take")
    return said.Take(id_)


def read_pass(rest: str, _context: Context) -> said.Pass:
    id_, rest = reservation_in(rest, "pass")
    nothing_more(rest, "pass")
    return said.Pass(id_)


def read_leave(rest: str, _context: Context) -> said.Leave:
    match = _ID.fullmatch(rest)
    if match is None:
        raise InputError(
            f"{quoted(rest)} is not the id of what waits." if rest else "Which one? Leave needs its id.",
            hint='An id is a W and a number; "waitlist" shows them.',
            example=EXAMPLES["leave"],
        )
    return said.Leave(int(match[1]))


def on_waitlist(
    command: said.OnWaitlist, context: Context, desk: Desk, once: Once | None, version: int | None
) -> Outcome | Kept:
    """What becomes of it."""
    who, now = context.member, context.now
    match command:
        case said.Wait(request, auto):
            return desk.wait(request, who, now, once, auto=auto)
        case said.Leave(id_):
            return desk.leave(who, id_, now, once)
        case said.Take(id_):
            return desk.accept(who, id_, now, version=version, once=once)
        case said.Pass(id_):
            return desk.let_go(who, id_, now, version=version, once=once)
        case other:
            assert_never(other)
