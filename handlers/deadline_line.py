"""What follows `deadlines`: nothing, a name, `add "thesis" 2027-02-01`, `drop thesis`. Pure."""

import re
from dataclasses import replace
from datetime import tzinfo
from typing import NoReturn

from bot.booking.zones import zone_of
from bot.errors import InputError
from handlers.context import Context
from handlers.said import AddDeadline, Deadlines, DropDeadline
from handlers.spoken.grammar import CLAUSES, Anchors, is_time_word, take_phrase
from handlers.spoken.phrases import Calendar, Clock, Exact, Local, Named, Now, Weekend
from handlers.spoken.resolve import resolve
from handlers.spoken.words import LONGEST_QUOTE, Words, not_understood, plain_words, quoted, split, time_said

LONGEST_NAME = 40
LAST_MINUTE = Clock(23 * 60 + 59, "24h", "23:59")

_EXAMPLE = 'deadlines add "thesis" 2027-02-01'
_ADD = frozenset({"add", "set"})
_DROP = frozenset({"drop", "remove", "delete"})
_QUOTED = re.compile(r'["“”„«»]([^"“”„«»]*)["“”„«»]\s*(.*)')
_ZONE = re.compile(r"(?:aoe|(?:utc|gmt)(?:[+-][0-9:]{1,6})?|[A-Za-z_]+(?:/[A-Za-z_+-]+){1,2})", re.IGNORECASE)
_KEPT_WORDS = CLAUSES | {"because", "with", "and", "add", "drop"}


def read_deadlines(rest: str, context: Context) -> Deadlines | AddDeadline | DropDeadline:
    """The command in a cleaned text. Raises InputError for a name that cannot be one, and for no date or a past one."""
    word, _, more = rest.partition(" ")
    if word.lower() in _ADD:
        return _add(more.strip(), context)
    name = _unquoted(more if word.lower() in _DROP else rest)
    if word.lower() not in _DROP:
        return Deadlines(name or None)
    if not name:
        raise InputError("Which deadline?", hint="Say its name.", example="deadlines drop thesis")
    return DropDeadline(name)


def _add(text: str, context: Context) -> AddDeadline:
    name, when = _name_and_date(text)
    name = _checked(name)
    if not when:
        raise InputError(f"When is {quoted(name)}?", hint="Say its date, and a time if it has one.", example=_EXAMPLE)
    when, zone, written = _apart(when, context)
    words = split(when)
    phrase = take_phrase(words, Anchors.of({}))
    words.take("deadline")
    if phrase is None or not words.done:
        not_understood(words.rest(), hint="Say a date, and a time if it has one.", example=_EXAMPLE)
    notes: tuple[str, ...] = ()
    if isinstance(phrase, Local) and phrase.zone is not None:
        zone, written = phrase.zone, "AoE" if phrase.zone.tzname(None) == "AoE" else "UTC"
    if isinstance(phrase, Local) and phrase.clock is None and phrase.part is None:
        if isinstance(phrase.day, Weekend) or phrase.day is None:
            not_understood(when, hint="Say a date, and a time if it has one.", example=_EXAMPLE)
        phrase = replace(phrase, clock=LAST_MINUTE)
        notes = (f"No time was said, so it is 23:59 that day{_where(written)}.",)
    if isinstance(phrase, Now | Named):
        not_understood(when, hint="Say a date, and a time if it has one.", example=_EXAMPLE)
    moment = resolve(phrase, Calendar(zone, context.now), context.now)
    if moment.at <= context.now:
        shown = time_said(moment.at.astimezone(zone))
        raise InputError(f"{shown} is past.", hint="A deadline is ahead.", example=_EXAMPLE)
    written = "UTC" if isinstance(phrase, Exact) and written == context.zone.key else written
    return AddDeadline(name, moment.at, written, context.noted((*notes, *moment.notes)))


def _where(written: str) -> str:
    return " AoE" if written == "AoE" else f" in {written}"


def _name_and_date(text: str) -> tuple[str, str]:
    """The name, in quotes or up to the first word that begins a date, and the date."""
    if match := _QUOTED.match(text):
        return match[1], match[2].strip()
    typed = plain_words(text)
    end = 1
    while end < len(typed) and not is_time_word(typed[end].lower()):
        end += 1
    return " ".join(typed[:end]), " ".join(typed[end:])


def _checked(name: str) -> str:
    """A name that can be said in a line again. Raises InputError."""
    name = " ".join(plain_words(name.strip("\"'“”„«»`*_")))
    words = [word.lower() for word in name.split()]
    if not words:
        raise InputError("A deadline needs a name.", example=_EXAMPLE)
    if len(name) > LONGEST_NAME:
        raise InputError(f"That name has over {LONGEST_NAME} characters.", hint="Take a shorter one.", example=_EXAMPLE)
    if is_time_word(words[0]) or _KEPT_WORDS & set(words) or not any(map(str.isalpha, name)):
        _no_name(name)
    if any(character in name for character in '<>&"@`*'):
        _no_name(name)
    first = Words(name.split())
    if take_phrase(first, Anchors.of({})) is not None:
        _no_name(name)
    return name


def _no_name(name: str) -> NoReturn:
    raise InputError(
        f"{quoted(name[:LONGEST_QUOTE])} has a meaning of its own in commands, so it cannot name a deadline.",
        hint="Take another name.",
        example=_EXAMPLE,
    )


def _apart(when: str, context: Context) -> tuple[str, tzinfo, str]:
    """The date without the zone that is said last ("23:59 AoE", "17:00 Europe/Paris"); the zone, else the member's."""
    before, _, last = when.rpartition(" ")
    if before and _ZONE.fullmatch(last):
        try:
            return before, zone_of(_spelled(last)), _spelled(last)
        except ValueError as error:
            raise InputError(
                f"{str(error).partition(';')[0]}.", hint='Say "AoE", "UTC+2" or "Europe/Berlin".'
            ) from None
    return when, context.zone, context.zone.key


def _spelled(zone: str) -> str:
    """ "aoe" as "AoE", "utc+2" as "UTC+2", "europe/berlin" as "Europe/Berlin"."""
    if zone.lower() == "aoe":
        return "AoE"
    if "/" not in zone:
        return zone.upper()
    if zone != zone.lower():
        return zone
    return "/".join("_".join(word.capitalize() for word in part.split("_")) for part in zone.split("/"))


def _unquoted(name: str) -> str:
    return " ".join(plain_words(name.strip().strip('"“”„«»').strip()))
