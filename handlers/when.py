"""Time phrases to windows: `tomorrow 9am for 8h`, `fri 14:00-18:00`, `for 10h before neurips`. Pure.

Times are read in the speaker's zone. Whatever had to be assumed is a note for the answer, in a short sentence; what
is not understood is refused with the words quoted. Results are UTC and whole minutes.
"""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.booking.model import MINUTE, Window, instant_of, minute_of
from bot.errors import InputError
from handlers.spoken.clauses import Clauses, read_clauses
from handlers.spoken.grammar import Anchors, take_phrase
from handlers.spoken.lengths import read_length
from handlers.spoken.phrases import Calendar, Clock, DaysAway, Goals, Local, Weekend
from handlers.spoken.resolve import resolve
from handlers.spoken.windows import EXAMPLE, Due, Movable, Spoken, movable_of, window_of
from handlers.spoken.words import clean, not_understood, split

__all__ = [
    "Due",
    "Movable",
    "Spoken",
    "is_time_of_day",
    "read_day",
    "read_instant",
    "read_length",
    "read_start",
    "read_when",
    "read_window",
]

_DAWN = Clock(0, "24h", "00:00")


def read_when(text: str, zone: ZoneInfo, now: datetime, anchors: Goals) -> Spoken | Movable:
    """A window, or, where a deadline is said ("before", "by"), what may be placed before it.

    `anchors` are the deadlines that can be named; each is shown in the zone that its instant carries.
    Raises InputError for what is not understood, for a window that ends before it begins or is over a year long,
    and for instants more than two years away.
    """
    calendar = Calendar(zone, _minute(now))
    said = _clauses(text, anchors)
    return window_of(said, calendar) if said.due is None else movable_of(said, said.due, calendar)


def read_window(text: str, zone: ZoneInfo, now: datetime, anchors: Goals) -> Spoken:
    """A window. Raises InputError as `read_when` does, and for a deadline instead of an end."""
    match read_when(text, zone, now, anchors):
        case Spoken() as spoken:
            return spoken
        case Movable():
            raise InputError(
                "A deadline does not say when it begins.",
                hint='Say a start and a length or an end, without "before" or "by".',
                example=EXAMPLE,
            )


def is_time_of_day(text: str, anchors: Goals) -> bool:
    """Whether it is a time of day and no more, as "18:00". Raises InputError for dates that cannot be."""
    cleaned = clean(text)
    known = Anchors.within(cleaned, anchors)
    words = split(cleaned, known.words)
    phrase = take_phrase(words, known)
    return isinstance(phrase, Local) and phrase.day is None and words.done


def read_instant(
    text: str, zone: ZoneInfo, now: datetime, anchors: Goals, earliest: datetime | None = None
) -> tuple[datetime, tuple[str, ...]]:
    """One instant, and what was assumed. Raises InputError as `read_when` does.

    Of a time that recurs ("18:00", "fri") it is the first that is not before `earliest`, or now.
    """
    cleaned = clean(text)
    known = Anchors.within(cleaned, anchors)
    words = split(cleaned, known.words)
    phrase = take_phrase(words, known)
    if phrase is None or not words.done:
        not_understood(words.rest(), hint="Say one time.", example="fri 6pm")
    moment = resolve(phrase, Calendar(zone, _minute(now)), _minute(earliest or now))
    return moment.at, moment.notes


def read_start(
    text: str, zone: ZoneInfo, now: datetime, anchors: Goals
) -> tuple[datetime, datetime | None, tuple[str, ...]]:
    """A start, the end if one or a length was said, and what was assumed. Raises InputError as `read_window` does."""
    said = _clauses(text, anchors)
    if said.start is None:
        raise InputError("When does it begin?", hint="Say a start, and a length if it changes.", example="sat 9am")
    if said == Clauses(said.start):
        moment = resolve(said.start, Calendar(zone, _minute(now)), _minute(now))
        return moment.at, None, moment.notes
    spoken = read_window(text, zone, now, anchors)
    return spoken.window.start, spoken.window.end, spoken.notes


def read_day(text: str, zone: ZoneInfo, now: datetime, anchors: Goals) -> Spoken:
    """A window to look at: as `read_window`, but a day alone is all of it, and a time alone the rest of its day."""
    clauses = _clauses(text, anchors)
    start = clauses.start
    if not isinstance(start, Local) or clauses != Clauses(start) or start.part or isinstance(start.day, Weekend):
        return read_window(text, zone, now, anchors)
    calendar = Calendar(zone, _minute(now))
    earliest = calendar.now
    if start.clock is None:
        start = replace(start, clock=_DAWN)
        earliest = resolve(Local(DaysAway(0), _DAWN, zone=start.zone), calendar, calendar.now).at
    first = resolve(start, calendar, earliest)
    end = resolve(Local(clock=_DAWN, zone=start.zone), calendar, first.at + MINUTE).at
    return Spoken(Window(first.at, end), first.notes)


def _clauses(text: str, anchors: Goals) -> Clauses:
    cleaned = clean(text)
    known = Anchors.within(cleaned, anchors)
    return read_clauses(split(cleaned, known.words), known)


def _minute(now: datetime) -> datetime:
    """The whole minute in UTC that now lies in. Raises ValueError for a naive instant."""
    return instant_of(minute_of(now))
