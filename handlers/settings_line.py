"""What follows `settings`: nothing, or one of them and its new value ("quiet 23-7", "more on"). Pure."""

import re
from dataclasses import dataclass
from datetime import time
from typing import NoReturn

from bot.booking.settings import Change, Reminder
from bot.booking.waking import Quiet
from bot.errors import InputError
from handlers.context import Context
from handlers.spoken.clocks import take_clock
from handlers.spoken.people import take_person
from handlers.spoken.words import Words, plain_words, quoted


@dataclass(frozen=True, slots=True)
class Settings:
    """What I have set."""


@dataclass(frozen=True, slots=True)
class SetSettings:
    """Change it."""

    change: Change


_ON = frozenset({"on", "yes", "true"})
_OFF = frozenset({"off", "no", "false", "none", "never"})
_NOBODY = frozenset({"nobody", "none", "off", "no"})
_BETWEEN = re.compile(r"\s*(?:-|–|to|until)\s*")
_HINT = (
    "There are the reminders (start, end, needed, more, pulse), each on or off; quiet (hours, or off); delegate"
    " (somebody, or nobody); and auto (on or off)."
)


def read_settings(rest: str, context: Context) -> Settings | SetSettings:
    """The command in a cleaned text. Raises InputError for what is no setting, or no value of it."""
    if not rest:
        return Settings()
    name, _, more = rest.partition(" ")
    name, value = name.lower().rstrip(":="), more.strip()
    if name in {"remind", "reminder", "reminders"}:
        name, _, value = value.partition(" ")
        name = name.lower()
    match name:
        case "quiet":
            return SetSettings(_quiet(value))
        case "delegate":
            return SetSettings(_delegate(value, context))
        case "auto":
            return SetSettings(Change(auto=_switch(name, value)))
        case _ if name in set(Reminder):
            reminder = frozenset({Reminder(name)})
            return SetSettings(Change(on=reminder) if _switch(name, value) else Change(off=reminder))
    raise InputError(f"There is no setting {quoted(name)}.", hint=_HINT, example="settings more on")


def _switch(name: str, value: str) -> bool:
    if value.lower() in _ON | _OFF:
        return value.lower() in _ON
    raise InputError(f"{name.capitalize()} is on or off.", example=f"settings {name} on")


def _quiet(value: str) -> Change:
    if value.lower() in _OFF:
        return Change(quiet="off")
    parts = _BETWEEN.split(value.lower())
    if len(parts) != 2:
        _no_hours(value)
    start, end = (_time(part, value) for part in parts)
    if start == end:
        raise InputError("Quiet hours must end at another time than they begin.", example="settings quiet 22-8")
    return Change(quiet=Quiet(start, end))


def _time(text: str, whole: str) -> time:
    words = Words(plain_words(text))
    clock = take_clock(words)
    if clock is None or not words.done:
        _no_hours(whole)
    return time(clock.minutes // 60 % 24, clock.minutes % 60)


def _no_hours(value: str) -> NoReturn:
    raise InputError(
        f"I did not understand {quoted(value)} as quiet hours." if value else "From when to when?",
        hint='Say two times of day, or "off".',
        example="settings quiet 22:00-08:00",
    )


def _delegate(value: str, context: Context) -> Change:
    if value.lower() in _NOBODY:
        return Change(delegate="")
    example = "settings delegate @bob"
    try:
        person, left = take_person(["for", *plain_words(value)], context.people)
    except InputError as error:
        raise InputError(str(error), hint=error.hint, example=example) from None
    if person is None or left:
        raise InputError("Who may book for you?", hint='Mention one person with @, or say "nobody".', example=example)
    if person == context.member.id:
        raise InputError("You may book for yourself anyway.", hint="Name somebody else.", example=example)
    return Change(delegate=person)
