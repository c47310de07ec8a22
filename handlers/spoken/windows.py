"""Clauses to windows: when it begins and ends, or what may be placed before a deadline."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NoReturn

from bot.booking.model import MINUTE, Window
from bot.errors import InputError
from handlers.spoken.clauses import Clauses
from handlers.spoken.lengths import LONGEST
from handlers.spoken.phrases import Away, Calendar, Dated, Local, Now, Phrase, Weekday
from handlers.spoken.resolve import Moment, resolve
from handlers.spoken.words import SAY_WHEN, time_said

EXAMPLE = "tomorrow 9am for 8h"

_HOW_LONG = 'Add a length ("for 8h") or an end ("until 17:00").'
_HOW_LONG_BEFORE = 'For a run that must be over by then, say "for" before its length ("for 10h before fri 6pm").'


@dataclass(frozen=True, slots=True)
class Spoken:
    """A window, and what was assumed."""

    window: Window
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Due:
    """When a run must be over: an instant, or a deadline by its `name`."""

    at: datetime
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Movable:
    """So much time, if it was said, at any time in [not_before, due), and what was assumed."""

    length: timedelta | None
    due: Due
    not_before: datetime
    notes: tuple[str, ...] = ()


def window_of(said: Clauses, calendar: Calendar) -> Spoken:
    """The window said; from now, if only a length or an end was. Raises InputError for none, and for a wrong one."""
    if said.earliest is not None:
        raise InputError(
            '"after" and "not before" leave the start open, and no deadline was said.',
            hint='Say "from" for a start, or add a deadline.',
            example="for 10h after wed 9am before fri 6pm",
        )
    if said.start is not None:
        start = resolve(said.start, calendar, calendar.now)
    elif said.end is not None or said.length is not None:
        start = Moment(calendar.now, ("No start was said, so it begins now.",))
    else:
        raise InputError("When?", hint=SAY_WHEN, example=EXAMPLE)
    if said.end is not None and said.length is not None:
        raise InputError(
            "Both an end and a length were said.",
            hint='Say one of the two; or, if it may move, the length and "before" when it must be over.',
            example=EXAMPLE,
        )
    if said.end is not None:
        last = resolve(said.end, calendar, _earliest_end(said, start.at))
    elif said.length is not None:
        last = Moment(start.at + said.length)
    elif start.end is not None:
        last = Moment(start.end)
    else:
        raise InputError(
            "How long? That says when it begins, but not when it ends.",
            hint=_HOW_LONG_BEFORE if _is_before(said.start) else _HOW_LONG,
            example=EXAMPLE,
        )
    if last.at <= start.at:
        _backwards(start.at, last.at, calendar)
    if last.at - start.at > LONGEST:
        raise InputError("That is more than a year long.", hint="Say a shorter window.", example=EXAMPLE)
    return Spoken(Window(start.at, last.at), _once(said.notes + start.notes + last.notes))


def movable_of(said: Clauses, due: Phrase, calendar: Calendar) -> Movable:
    """What may be placed before `due`, from the start said or from now. Raises InputError for an end as well."""
    if said.end is not None or (said.start is not None and said.earliest is not None):
        raise InputError(
            "That says both a deadline and an end." if said.end is not None else "Two starts were said.",
            hint="A movable run has a length, a deadline, and at most an earliest start.",
            example="for 10h after wed 9am before fri 6pm",
        )
    start = Moment(calendar.now)
    if said.earliest is not None:
        start = resolve(said.earliest, calendar, calendar.now)
    elif said.start is not None:
        start = resolve(said.start, calendar, calendar.now)
        if said.start != Now():
            shown = time_said(start.at.astimezone(calendar.zone))
            start = replace(start, notes=(*start.notes, f"With a deadline, {shown} is the earliest start."))
    last = resolve(due, calendar, start.at + MINUTE)
    if start.at >= last.at > calendar.now:
        _backwards(start.at, last.at, calendar)
    return Movable(said.length, Due(last.at, last.name), start.at, _once(start.notes + last.notes))


def _earliest_end(said: Clauses, start: datetime) -> datetime:
    """Before which the end is not looked for: for "fri 5pm to fri 4pm" it is that Friday, not the next, to be refused.

    In the same way "dec 5 to dec 4" is not read as most of a year.
    """
    match said.start, said.end:
        case Local(day=Weekday() as first), Local(day=Weekday() as last) if first.weekday == last.weekday:
            return start - timedelta(days=1)
        case _, Local(day=Dated(year=None)):
            return start - timedelta(days=183)
        case _:
            return start + MINUTE


def _is_before(start: Phrase | None) -> bool:
    return isinstance(start, Away) and start.length < timedelta()


def _backwards(start: datetime, end: datetime, calendar: Calendar) -> NoReturn:
    first, last = (time_said(instant.astimezone(calendar.zone)) for instant in (start, end))
    raise InputError(
        f"That ends ({last}) before it begins ({first}).",
        hint="Say the date of both ends, or a length.",
        example=EXAMPLE,
    )


def _once(notes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(notes))
