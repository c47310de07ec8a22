"""Reads days: "today", "next monday", "this weekend", "2026-12-01", "dec 1", "tue 1st of december 2026"."""

import re
from datetime import date

from bot.errors import InputError
from handlers.spoken.phrases import Dated, Day, DaysAway, Weekday, Weekend
from handlers.spoken.words import Words, quoted

_MONTH_NAMES = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = {"sept": 9, **{said: i for i, name in enumerate(_MONTH_NAMES, start=1) for said in (name, name[:3])}}
_WEEKDAYS = {
    "tues": 1,
    "weds": 2,
    "thur": 3,
    "thurs": 3,
    **{said: i for i, name in enumerate(_DAY_NAMES) for said in (name, name[:3])},
}
_NEAR = {"today": 0, "tomorrow": 1, "tmrw": 1, "tmr": 1, "yesterday": -1}
_WEEKEND = {"weekend": False, "this weekend": False, "the weekend": False, "next weekend": True}
_ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_DAY_NUMBER = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)?")
_YEAR = re.compile(r"[0-9]{4}")
_UNCLEAR_DATE = re.compile(r"[0-9]{1,4}[/.][0-9]{1,2}(?:[/.][0-9]{0,4})?")

DAY_WORDS = frozenset({*_MONTHS, *_WEEKDAYS, *_NEAR, "weekend", "this", "next", "day"})


def is_month(word: str) -> bool:
    """Whether the word, in lower case, names a month."""
    return word in _MONTHS


def take_day(words: Words) -> Day | None:
    """Reads a day if one comes next; None, with nothing read, otherwise.

    Raises InputError for a date that is in no calendar, or that could be read in two ways ("12/1").
    """
    start = words.at
    if words.take("day", "after", "tomorrow"):
        return DaysAway(2)
    if words.take_any(_NEAR):
        return DaysAway(_NEAR[words.peek(-1)])
    for said, next_week in _WEEKEND.items():
        if words.take(*said.split()):
            return Weekend(next_week)
    if (dated := _take_date(words, None)) is not None:
        return dated
    if words.peek() in {"this", "next"} and words.peek(1) in _WEEKDAYS:
        words.at += 1
    if not words.take_any(_WEEKDAYS):
        return None
    weekday = _WEEKDAYS[words.peek(-1)]
    if words.at - start == 1 and (dated := _take_date(words, weekday)) is not None:
        return dated
    next_week = words.take("next", "week") or words.typed[start].lower() == "next"
    return Weekday(weekday, next_week, " ".join(words.typed[start : words.at]))


def _take_date(words: Words, weekday: int | None) -> Dated | None:
    start, word = words.at, words.peek()
    if match := _ISO_DATE.fullmatch(word):
        words.at += 1
        iso = [int(group) for group in match.groups()]
        return _checked(Dated(iso[1], iso[2], iso[0], weekday, words.typed[start]))
    if _UNCLEAR_DATE.fullmatch(word):
        raise InputError(
            f"{quoted(words.typed[start])} can be read as more than one date.",
            hint="Write it as in 2026-12-01, or name the month.",
            example="dec 1 9am for 8h",
        )
    month: int | None
    year: int | None = None
    if (month := _MONTHS.get(word)) and (match := _DAY_NUMBER.fullmatch(words.peek(1))):
        words.at += 2
    elif match := _DAY_NUMBER.fullmatch(word):
        place = 2 if words.peek(1) == "of" else 1
        month = _MONTHS.get(words.peek(place))
        if month is None:
            return None
        words.at += place + 1
    else:
        return None
    if _YEAR.fullmatch(words.peek()):
        year = int(words.peek())
        words.at += 1
    return _checked(Dated(month or 0, int(match[1]), year, weekday, " ".join(words.typed[start : words.at])))


def _checked(dated: Dated) -> Dated:
    """The date, if it is in the calendar of its year (or, without one, of a leap year)."""
    try:
        found = date(dated.year if dated.year is not None else 2028, dated.month, dated.day)
    except ValueError:
        raise InputError(
            f"There is no {quoted(dated.typed)} in the calendar.",
            hint="Write it as in 2026-12-01, or name the month.",
            example="dec 1 9am for 8h",
        ) from None
    if dated.year is not None:
        check_weekday(dated, found)
    return dated


def check_weekday(dated: Dated, found: date) -> None:
    """Raises InputError if another day of the week was said than that of the date found."""
    if dated.weekday not in {None, found.weekday()}:
        said = _DAY_NAMES[dated.weekday or 0].capitalize()
        raise InputError(
            f"{quoted(dated.typed)} is a {found:%A} in {found.year}, not a {said}.",
            hint="Leave out the day of the week, or correct the date.",
            example="dec 1 9am for 8h",
        )
