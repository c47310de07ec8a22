"""A time phrase as its clauses: from when, until when, how long, before which deadline."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import timedelta
from difflib import get_close_matches
from enum import Enum, auto
from typing import NoReturn

from handlers.spoken.grammar import CLAUSES, DUE, ENDS, Anchors, is_time_word, take_phrase
from handlers.spoken.lengths import take_length
from handlers.spoken.phrases import Local, Now, Phrase, Weekend
from handlers.spoken.ranges import settle
from handlers.spoken.words import LONGEST_QUOTE, SAY_WHEN, Words, listed, not_understood, quoted

_FROM = frozenset({"from", "starting", "between"})


class Clause(Enum):
    """What a phrase in a clause says: `EARLIEST` is "after wed", which is not to say that it starts then."""

    START = auto()
    EARLIEST = auto()
    END = auto()
    DUE = auto()


@dataclass(frozen=True, slots=True)
class Clauses:
    """What was said, and what was assumed in reading it."""

    start: Phrase | None = None
    earliest: Phrase | None = None
    end: Phrase | None = None
    due: Phrase | None = None
    length: timedelta | None = None
    notes: tuple[str, ...] = ()


def read_clauses(words: Words, anchors: Anchors) -> Clauses:
    """All the words as clauses, each said at most once. Raises InputError that quotes what was not understood."""
    phrases: dict[Clause, Phrase] = {}
    length: timedelta | None = None
    ends = ENDS | {"and"} if "between" in map(str.lower, words.typed) else ENDS
    while not words.done:
        mark = words.at
        clause, found = _take_clause(words, anchors, ends)
        if found is None:
            if words.done:
                words.at = mark
            _refuse(words, anchors)
        if isinstance(found, timedelta) and length is None:
            length = found
        elif isinstance(found, timedelta) or clause in phrases:
            words.at = mark
            not_understood(words.rest(CLAUSES), hint="A start, an end, a length and a deadline are each said once.")
        else:
            phrases[clause] = found
    start, end = phrases.get(Clause.START), phrases.get(Clause.END)
    notes: tuple[str, ...] = ()
    if end is not None:
        start, end, notes = settle(start, end)
    return Clauses(start, phrases.get(Clause.EARLIEST), end, phrases.get(Clause.DUE), length, notes)


def _take_clause(words: Words, anchors: Anchors, ends: Collection[str]) -> tuple[Clause, Phrase | timedelta | None]:
    """The next clause. What it says is None where that was not understood."""
    if words.take("for"):
        length = take_length(words)
        return Clause.START, length if length is not None else _take_time_itself(words, anchors)
    if words.take_any({"over", "during"}):
        return Clause.START, _take_time_itself(words, anchors)
    if words.take_any(DUE):
        return Clause.DUE, take_phrase(words, anchors)
    if words.take("not", "before") or words.take("after"):
        return Clause.EARLIEST, take_phrase(words, anchors)
    if words.take_any(ends):
        length = take_length(words) if words.peek(-1) == "/" else None
        return Clause.END, length or take_phrase(words, anchors)
    introduced = words.take_any(_FROM)
    phrase = take_phrase(words, anchors)
    if isinstance(phrase, Local) and phrase.clock is None and not isinstance(phrase.day, Weekend):
        phrase = _with_clock(phrase, words, anchors)
    return Clause.START, phrase if phrase is not None or introduced else take_length(words)


def _with_clock(day: Local, words: Words, anchors: Anchors) -> Local:
    """ "tomorrow from 9": the clock time that follows a day."""
    mark = words.at
    clock = take_phrase(words, anchors) if words.take_any(_FROM) else None
    if isinstance(clock, Local) and clock.day is None and clock.part is None:
        return replace(day, clock=clock.clock, zone=clock.zone or day.zone)
    words.at = mark
    return day


def _take_time_itself(words: Words, anchors: Anchors) -> Phrase | None:
    """ "for tonight", "for the weekend"; but not "for 8", which may be hours, nor a deadline, which ends a run."""
    mark = words.at
    phrase = take_phrase(words, anchors)
    if isinstance(phrase, Now) or (isinstance(phrase, Local) and phrase.day is not None):
        return phrase
    words.at = mark
    return None


def _refuse(words: Words, anchors: Anchors) -> NoReturn:
    unknown = words.rest(CLAUSES)
    names = {named.name.lower(): named.name for _, named in anchors.names}
    if words.peek(-1) == "for":
        deadline = names.get(unknown.lower())
        example = f"for 10h before {deadline}" if deadline else "tomorrow 9am for 8h"
        not_understood(unknown, hint="A length has a number and a unit: 90m, 8h, 1.5 days.", example=example)
    near = get_close_matches(unknown.lower()[:LONGEST_QUOTE], names, n=1)
    meant = f"Did you mean {names[near[0]]}? " if near else ""
    known = f"Known deadlines: {listed(sorted(names.values()))}." if names else ""
    name = unknown.lower().removeprefix("the ")
    if words.peek(-1) in DUE and not is_time_word(name.partition(" ")[0]):
        not_understood(
            unknown,
            message=f"There is no deadline {quoted(unknown)}.",
            hint=f"{meant}{known or 'None is known.'} A time does as well.",
            example="for 10h before fri 6pm",
        )
    not_understood(unknown, hint=f"{meant}{SAY_WHEN} {known}".rstrip())
