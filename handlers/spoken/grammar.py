"""Words to time phrases: which instant, or part of a day, the next words speak of."""

import re
from dataclasses import dataclass
from datetime import datetime

from bot.errors import InputError
from handlers.spoken.clocks import CLOCK_WORDS, take_clock, take_zone
from handlers.spoken.days import DAY_WORDS, take_day
from handlers.spoken.leftover import take_loose
from handlers.spoken.lengths import NUMBERS, UNIT_WORDS, take_length
from handlers.spoken.phrases import (
    PARTS,
    Away,
    Clock,
    Day,
    DaysAway,
    Exact,
    Goals,
    Local,
    Named,
    Now,
    Part,
    Phrase,
    Weekend,
)
from handlers.spoken.words import Words, plain_words, quoted

ENDS = frozenset({"until", "till", "til", "to", "-", "/"})
DUE = frozenset({"before", "by"})
STARTS = frozenset({"from", "after", "starting", "not", "between", "over", "during"})
CLAUSES = ENDS | DUE | STARTS | {"for"}

NOW = frozenset({"now", "asap"})
_FILLERS = frozenset({"at", "on", "the"})
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}t[0-9]{2}:?[0-9]{2}(?::?00)?(?:z|[+-][0-9]{2}:?[0-9]{2})")
_TIME_WORDS = CLAUSES | _FILLERS | NOW | DAY_WORDS | CLOCK_WORDS | set(NUMBERS) | {"right", "in", "tonight", "a", "an"}
# What no deadline is called: a line of nothing else is read without knowing any.
_NAMELESS = CLAUSES | _FILLERS | NOW | UNIT_WORDS | {"right", "in", "today", "tomorrow", "tonight", "am", "pm"}
_NAMELESS_TIME = re.compile(
    r"[0-9]{1,2}(?:[:.][0-9]{1,2})?(?:am|pm|h|m|min)?|[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[t/][0-9tzphm:+/-]*)?"
)


@dataclass(frozen=True, slots=True)
class Anchors:
    """The deadlines that can be named, the longest names first, and every word of their names."""

    names: tuple[tuple[tuple[str, ...], Named], ...]
    words: frozenset[str]

    @classmethod
    def of(cls, deadlines: Goals) -> "Anchors":
        """From names, in any case, to instants; a name alone is shown as it is spelled here."""
        names = [
            (tuple(word.lower() for word in plain_words(name)), at if isinstance(at, Named) else Named(name, at))
            for name, at in deadlines.items()
        ]
        names.sort(key=lambda pair: -len(pair[0]))
        return cls(tuple(names), frozenset(word for spelled, _ in names for word in spelled))

    @classmethod
    def within(cls, text: str, deadlines: Goals) -> "Anchors":
        """Those that a cleaned text may name; they are not looked at for one that clearly names none."""
        words = (word.lower() for word in plain_words(text))
        if all(word in _NAMELESS or _NAMELESS_TIME.fullmatch(word) for word in words):
            return cls((), frozenset())
        return cls.of(deadlines)


def is_time_word(word: str) -> bool:
    """Whether a time phrase may begin with this word, in lower case."""
    return word in _TIME_WORDS or word[:1] in set("0123456789-")


def take_phrase(words: Words, anchors: Anchors) -> Phrase | None:
    """Reads what speaks of an instant; None, with nothing read, where no such words come next."""
    start = words.at
    phrase = _take_away(words, anchors) or _take_point(words, anchors) or take_loose(words)
    if phrase is None:
        words.at = start
    return phrase


def _take_point(words: Words, anchors: Anchors) -> Now | Exact | Named | Local | None:
    """An instant that is not counted from another."""
    start = words.at
    while words.take_any(_FILLERS):
        pass
    if words.take("right", "now") or words.take_any(NOW):
        return Now()
    for spelled, named in anchors.names:
        if spelled and words.take(*spelled):
            words.take("deadline")
            return named
    if _INSTANT.fullmatch(words.peek()):
        words.at += 1
        return Exact(_exact(words.typed[words.at - 1]))
    words.at = start
    return _take_local(words)


def _take_away(words: Words, anchors: Anchors) -> Away | None:
    """ "in 2h", "2h from now", "36h before neurips", "a day after fri 6pm"."""
    start = words.at
    counted = words.take("in")
    length = take_length(words)
    if length is not None:
        if counted:
            if words.peek() != "at":
                return Away(length, Now())
        elif words.take("from", "now"):
            return Away(length, Now())
        elif words.take_any({"before", "after"}):
            sign = -1 if words.peek(-1) == "before" else 1
            base = _take_point(words, anchors)
            if base is not None:
                return Away(sign * length, base)
    words.at = start
    return None


def _take_local(words: Words) -> Local | None:
    """A day, a time of day or both, in either order, with a part of the day or a zone."""
    day: Day | None = None
    clock: Clock | None = None
    part: Part | None = None
    zone = None
    day_last = False
    while True:
        start = words.at
        while words.take_any(_FILLERS):
            pass
        if day is None and (found := _take_tonight(words)):
            day, part = DaysAway(0), found
            day_last = clock is not None
        elif day is None and (took := take_day(words)):
            day = took
            day_last = clock is not None
        elif clock is None and not isinstance(day, Weekend) and (time := take_clock(words)):
            clock = time
            zone = take_zone(words)
        elif part is None and day is not None and not isinstance(day, Weekend) and words.take_any(PARTS):
            part = PARTS[words.peek(-1)]
        elif zone is None and day is not None and (said := take_zone(words)):
            zone = said
        else:
            words.at = start
            break
    if day is None and clock is None:
        return None
    return Local(day, clock, part, zone, day_last)


def _take_tonight(words: Words) -> Part | None:
    if words.take("tonight"):
        return PARTS["night"]
    if words.peek() == "this" and words.peek(1) in PARTS:
        words.at += 2
        return PARTS[words.peek(-1)]
    return None


def _exact(typed: str) -> datetime:
    try:
        return datetime.fromisoformat(typed.upper())
    except ValueError:
        raise InputError(
            f"There is no {quoted(typed)} in the calendar.",
            hint="An instant looks like 2026-12-01T17:00Z.",
            example="tomorrow 9am for 8h",
        ) from None
