"""The few phrases that dateparser reads for us: months and years away, "ago", "in 2 days at 9am"."""

import re
from datetime import datetime

from handlers.spoken.lengths import NUMBERS, UNIT_WORDS
from handlers.spoken.phrases import Calendar, Loose
from handlers.spoken.words import Words, not_understood

_UNITS = UNIT_WORDS - {"m", "h", "d", "w", "wk", "wks", "hrs", "hr", "mins", "min"} | {
    "month",
    "months",
    "year",
    "years",
}
_NUMBER = re.compile(r"[1-9][0-9]?")
_CLOCK = re.compile(r"(?:1[0-2]|[1-9])(?::[0-5][0-9])?(?:am|pm)|(?:[01]?[0-9]|2[0-3]):[0-5][0-9]")


def take_loose(words: Words) -> Loose | None:
    """Reads "[in] NUMBER UNIT [ago | from now] [at TIME]" if that comes next; None, with nothing read, otherwise.

    dateparser drops or guesses what it does not know ("the 5th" becomes a month), so it gets no other words.
    """
    start = words.at
    counted = words.take("in")
    number, unit = words.peek(), words.peek(1)
    if (number in {"a", "an", *NUMBERS} or _NUMBER.fullmatch(number)) and unit in _UNITS:
        words.at += 2
        directed = words.take("ago") or words.take("from", "now")
        if counted != directed:
            if words.peek() == "at" and _CLOCK.fullmatch(words.peek(1)):
                words.at += 2
            return Loose(" ".join(words.typed[start : words.at]))
    words.at = start
    return None


def resolve_loose(loose: Loose, calendar: Calendar) -> datetime:
    """The naive local time, in the member's zone, that dateparser reads. Raises InputError where it reads none."""
    import dateparser  # noqa: PLC0415  takes some 200 ms, and few phrases need it

    local = calendar.now.astimezone(calendar.zone).replace(tzinfo=None)
    read = dateparser.parse(loose.typed, languages=["en"], settings={"RELATIVE_BASE": local})
    if read is None or read.tzinfo is not None:
        not_understood(loose.typed)
    return read
