"""Lengths of time: "8h", "90m", "1.5 days", "2 weeks", "1h30", "half an hour", "PT8H"."""

import re
from datetime import timedelta
from fractions import Fraction

from bot.errors import InputError
from handlers.spoken.words import Words, clean, not_understood, quoted, split

LONGEST = timedelta(days=366)

NUMBERS = {
    word: number
    for number, word in enumerate(
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"],
        start=1,
    )
}
_UNITS = {
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 1),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 60),
    **dict.fromkeys(("d", "day", "days"), 24 * 60),
    **dict.fromkeys(("w", "wk", "wks", "week", "weeks"), 7 * 24 * 60),
}
UNIT_WORDS = frozenset(_UNITS)
_NUMBER = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,6})?")
_GLUED = re.compile(r"([0-9]{1,18}(?:\.[0-9]{1,6})?)([a-z]{1,7})")
_HOURS_MINUTES = re.compile(r"([0-9]{1,3})h([0-5][0-9])m?")
_ISO = re.compile(r"p(?:([0-9]{1,4})w)?(?:([0-9]{1,5})d)?(?:t(?:([0-9]{1,6})h)?(?:([0-9]{1,7})m)?)?")
_EXAMPLE = "8h"


def read_length(text: str) -> timedelta:
    """A length of whole minutes, at most LONGEST. Raises InputError, quoting what was not understood."""
    words = split(clean(text))
    if words.done:
        raise InputError("How long?", hint="A length has a number and a unit.", example=_EXAMPLE)
    length = take_length(words)
    if length is None or not words.done:
        not_understood(words.rest(), hint="A length has a number and a unit: 90m, 8h, 1.5 days.", example=_EXAMPLE)
    return length


def take_length(words: Words) -> timedelta | None:
    """Reads a length if one comes next; None, with nothing read, otherwise.

    Raises InputError for one that is none at all, that is not whole minutes, or that is over LONGEST.
    """
    start = words.at
    part = _part(words)
    if part is None:
        return None
    minutes, smallest = part
    while True:
        mark = words.at
        part = _part(words)
        if part is None or part[1] >= smallest:  # "8h 9h" is not one length
            words.at = mark
            break
        minutes, smallest = minutes + part[0], part[1]
    said = " ".join(words.typed[start : words.at])
    if minutes > LONGEST // timedelta(minutes=1):
        raise InputError(f"{quoted(said)} is too long: a window is at most a year.", example=_EXAMPLE)
    if not minutes or minutes.denominator != 1:
        raise InputError(f"{quoted(said)} is not a number of whole minutes above 0.", example=_EXAMPLE)
    return timedelta(minutes=int(minutes))


def _part(words: Words) -> tuple[Fraction, int] | None:
    """Reads one number with its unit: its minutes, and those of the (smallest) unit."""
    word, unit = words.peek(), words.peek(1)
    if match := _HOURS_MINUTES.fullmatch(word):
        words.at += 1
        return Fraction(60 * int(match[1]) + int(match[2])), 1
    if (match := _ISO.fullmatch(word)) and any(match.groups()):
        words.at += 1
        weeks, days, hours, minutes = (int(group or 0) for group in match.groups())
        return Fraction(((weeks * 7 + days) * 24 + hours) * 60 + minutes), 1
    if word == "half" and unit in {"a", "an"} and words.peek(2) in _UNITS:
        words.at += 3
        return Fraction(_UNITS[words.peek(-1)], 2), 1
    if (match := _GLUED.fullmatch(word)) and match[2] in _UNITS:
        words.at += 1
        return Fraction(match[1]) * _UNITS[match[2]], _UNITS[match[2]]
    if unit in _UNITS and (number := _number(word)) is not None:
        words.at += 2
        return number * _UNITS[unit], _UNITS[unit]
    return None


def _number(word: str) -> Fraction | None:
    if word in {"a", "an"}:
        return Fraction(1)
    if word in NUMBERS:
        return Fraction(NUMBERS[word])
    return Fraction(word) if _NUMBER.fullmatch(word) else None
