"""Reads times of day: "9", "9am", "5:30 pm", "17:00", "noon", "midnight", "eod"; and the zones said with them."""

import re
from datetime import UTC, timedelta, timezone, tzinfo

from handlers.spoken.days import is_month
from handlers.spoken.lengths import UNIT_WORDS
from handlers.spoken.phrases import MIDNIGHT, Clock
from handlers.spoken.words import Words

AOE = timezone(timedelta(hours=-12), "AoE")

_CLOCK = re.compile(r"([0-9]{1,2})(?::([0-5][0-9]))?(am|pm|a\.m|p\.m|z)?")
_HALVES = {"am": 0, "a.m": 0, "pm": 12, "p.m": 12}
_NAMED = {"noon": 12 * 60, "midday": 12 * 60, "midnight": MIDNIGHT, "eod": 18 * 60}
_ZONES: dict[str, tzinfo] = {"utc": UTC, "gmt": UTC, "aoe": AOE}

CLOCK_WORDS = frozenset(_NAMED)


def take_clock(words: Words) -> Clock | None:
    """Reads a time of day if one comes next; None, with nothing read, otherwise.

    A number alone is an hour on the 24-hour clock, unless a unit or a month follows.
    """
    start = words.at
    if words.take("end", "of", "day"):
        return Clock(_NAMED["eod"], "word", "eod")
    if words.take_any(_NAMED):
        return Clock(_NAMED[words.peek(-1)], "word", words.typed[start])
    match = _CLOCK.fullmatch(words.peek())
    if match is None:
        return None
    half = match[3]
    ahead = 1
    if half is None and words.peek(1) in _HALVES:
        half = words.peek(1)
        ahead = 2
    hour, minute = int(match[1]), int(match[2] or 0)
    if half in _HALVES:
        if not 1 <= hour <= 12:
            return None
        words.at += ahead
        minutes = (hour % 12 + _HALVES[half]) * 60 + minute
        return Clock(minutes, "12h", " ".join(words.typed[start : words.at]))
    minutes = hour * 60 + minute
    bare = match[2] is None
    if minutes > MIDNIGHT or (bare and (half is not None or words.peek(1) in UNIT_WORDS or is_month(words.peek(1)))):
        return None
    words.at += 1
    return Clock(minutes, "bare" if bare else "24h", words.typed[start])


def take_zone(words: Words) -> tzinfo | None:
    """The zone that was said right after a time ("17:00 utc", "23:59 AoE", "17:00z"), if one was."""
    if words.peek(-1).endswith("z") and _CLOCK.fullmatch(words.peek(-1)):
        return UTC
    return _ZONES[words.peek(-1)] if words.take_any(_ZONES) else None
