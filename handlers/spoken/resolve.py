"""Time phrases to instants: which date is meant, in which zone, and what was assumed on the way."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import assert_never

from bot.errors import InputError
from handlers.spoken.clock_changes import to_utc
from handlers.spoken.days import check_weekday
from handlers.spoken.hours import clock_said, hours_of
from handlers.spoken.leftover import resolve_loose
from handlers.spoken.phrases import (
    MIDNIGHT,
    Away,
    Calendar,
    Dated,
    DaysAway,
    Exact,
    Local,
    Loose,
    Named,
    Now,
    Phrase,
    Weekday,
    Weekend,
)
from handlers.spoken.words import day_said, quoted, time_said

FARTHEST = timedelta(days=731)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant in UTC, on a whole minute. `end`: of the part of a day that was said; `name`: of the deadline."""

    at: datetime
    notes: tuple[str, ...] = ()
    end: datetime | None = None
    name: str | None = None


def resolve(phrase: Phrase, calendar: Calendar, earliest: datetime) -> Moment:
    """The instant meant: of those that recur (a weekday, a time of day) the first that is not before `earliest`.

    Raises InputError for a deadline that is past, and for an instant more than FARTHEST from now.
    """
    try:
        moment = _resolve(phrase, calendar, earliest)
        away = moment.at - calendar.now
    except OverflowError:
        away = timedelta.max
    if away < -FARTHEST:
        raise InputError(
            "That is past: more than two years ago.",
            hint="GPUs are booked from now on.",
            example="tomorrow 9am for 8h",
        )
    if away > FARTHEST:
        raise InputError(
            "That is more than two years away.",
            hint="GPUs are booked days or weeks ahead.",
            example="tomorrow 9am for 8h",
        )
    return moment


def _resolve(phrase: Phrase, calendar: Calendar, earliest: datetime) -> Moment:
    match phrase:
        case Now():
            return Moment(calendar.now)
        case Exact(at):
            return Moment(_whole(at.astimezone(UTC)))
        case Named():
            return _deadline(phrase, calendar)
        case Away(length, base):
            moment = _resolve(base, calendar, earliest)
            return Moment(moment.at + length, moment.notes)
        case Loose(typed):
            at, notes = to_utc(resolve_loose(phrase, calendar), calendar.zone)
            at = _whole(at)
            shown = time_said(at.astimezone(calendar.zone))
            return Moment(at, (f"{quoted(typed)} is read as {shown}.", *notes))
        case Local():
            return _local(phrase, calendar, earliest)
        case _:
            assert_never(phrase)


def _deadline(named: Named, calendar: Calendar) -> Moment:
    name, at = named.name, named.at
    said = f"{time_said(at)} {at:%Z}"
    if at <= calendar.now:
        raise InputError(
            f"The deadline {quoted(name)} was {said}; no later one of that name is known.",
            hint="Name another deadline, or a date.",
            example="for 10h before fri 6pm",
        )
    which = f", the {named.kind} deadline," if named.kind else ""
    return Moment(_whole(at.astimezone(UTC)), (f"{quoted(name)}{which} is {said}.",), name=name)


def _local(phrase: Local, calendar: Calendar, earliest: datetime) -> Moment:
    if phrase.zone is not None:
        calendar = Calendar(phrase.zone, calendar.now)
    minutes, notes = hours_of(phrase)
    first = earliest.astimezone(calendar.zone).date()
    match phrase.day:
        case None:
            day = _first_ahead(first, minutes, calendar, earliest, step=1)
            passed = first == calendar.today < _first_ahead(first, minutes, calendar, calendar.now, step=1)
            if passed and phrase.clock and phrase.clock.minutes != MIDNIGHT:
                notes += (f"{clock_said(minutes)} is past today, so tomorrow, {day_said(day)}, is meant.",)
        case DaysAway(days):
            day = calendar.today + days * _DAY
        case Weekday(weekday, next_week, typed):
            if next_week:
                day = calendar.today + (7 - calendar.today.weekday() + weekday) * _DAY
                notes = (f"{quoted(typed)} is that of next week, {day_said(day)}.", *notes)
            else:
                day = first + (weekday - first.weekday()) % 7 * _DAY
                day = _first_ahead(day, minutes, calendar, earliest, step=7)
                notes = (f"{quoted(typed)} is the next one ahead, {day_said(day)}.", *notes)
        case Dated():
            day = _date(phrase.day, minutes, calendar, earliest)
            if day.year != calendar.today.year and phrase.day.year is None:
                notes = (f"{quoted(phrase.day.typed)} is {day_said(day)}.", *notes)
        case Weekend(next_week):
            return _weekend(next_week, calendar)
        case _:
            assert_never(phrase.day)
    at, changed = to_utc(_on(day, minutes), calendar.zone)
    end = None
    if phrase.part is not None and phrase.clock is None:
        end, _ = to_utc(_on(day, phrase.part.end), calendar.zone)
        at, running = _running(_whole(at), _whole(end), calendar)
        notes += running
    return Moment(_whole(at), notes + changed, end and _whole(end))


def _first_ahead(day: date, minutes: int, calendar: Calendar, earliest: datetime, *, step: int) -> date:
    """The first of the days, `step` apart, on which that time is not before `earliest`."""
    while to_utc(_on(day, minutes), calendar.zone)[0] < earliest:
        day += step * _DAY
    return day


def _date(dated: Dated, minutes: int, calendar: Calendar, earliest: datetime) -> date:
    if dated.year is not None:
        return date(dated.year, dated.month, dated.day)
    year = earliest.astimezone(calendar.zone).year
    for candidate in range(year, year + 9):
        try:
            day = date(candidate, dated.month, dated.day)
        except ValueError:
            continue  # 29 February
        if to_utc(_on(day, minutes), calendar.zone)[0] >= earliest:
            break
    check_weekday(dated, day)
    return day


def _weekend(next_week: bool, calendar: Calendar) -> Moment:
    saturday = calendar.today + (5 - calendar.today.weekday() + 7 * next_week) * _DAY
    at, _ = to_utc(_on(saturday, 0), calendar.zone)
    end, _ = to_utc(_on(saturday, 2 * MIDNIGHT), calendar.zone)
    notes = (f"The weekend is {day_said(saturday)} 00:00 to Monday 00:00.",)
    at, running = _running(_whole(at), _whole(end), calendar)
    return Moment(at, notes + running, _whole(end))


def _running(start: datetime, end: datetime, calendar: Calendar) -> tuple[datetime, tuple[str, ...]]:
    """A part of a day that has begun is what is left of it."""
    if start < calendar.now < end:
        return calendar.now, ("It has begun, so this is what is left of it.",)
    return start, ()


def _on(day: date, minutes: int) -> datetime:
    """Naive local time: minutes on the clock, after the midnight that begins the day."""
    return datetime.combine(day + minutes // MIDNIGHT * _DAY, time(minutes % MIDNIGHT // 60, minutes % 60))


def _whole(instant: datetime) -> datetime:
    """The whole minute that it lies in."""
    return instant.replace(second=0, microsecond=0)
