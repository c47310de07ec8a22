"""Whom a line speaks of: "for @bob", "for <@U0BOB|bob>"."""

import re
from collections.abc import Mapping
from difflib import get_close_matches

from bot.errors import InputError
from handlers.spoken.words import LONGEST_QUOTE, listed, quoted

_MENTION = re.compile(r"<@([A-Za-z0-9]{1,64})(?:\|[^<>]*)?>")
_MOST_WORDS = 4
_EXAMPLE = "book 2 a100 tomorrow 9am for 8h for @bob"


def take_person(typed: list[str], people: Mapping[str, str]) -> tuple[str | None, list[str]]:
    """The id of the person a line is "for", None where it names nobody, and the words without that.

    Slack's own mentions are trusted; a name is looked up in `people` (ids by lower-case name).
    Raises InputError for a name that is not there, and for two people.
    """
    person: str | None = None
    rest: list[str] = []
    place = 0
    while place < len(typed):
        word, after = typed[place], typed[place + 1 : place + 1 + _MOST_WORDS]
        if word.lower() != "for" or not after or not after[0].startswith(("@", "<@")):
            rest.append(word)
            place += 1
            continue
        found, length = _mentioned(after) if after[0].startswith("<@") else _named(after, people)
        if person not in {None, found}:
            raise InputError("That is for two people.", hint="Book for one person in a line.", example=_EXAMPLE)
        person = found
        place += 1 + length
    return person, rest


def _mentioned(words: list[str]) -> tuple[str, int]:
    """The id in a mention, and how many words it takes: the name in it may have blanks."""
    for length in range(1, len(words) + 1):
        if match := _MENTION.fullmatch(" ".join(words[:length])):
            return match[1], length
    raise InputError(f"I did not understand {quoted(words[0])} as a person.", example=_EXAMPLE)


def _named(words: list[str], people: Mapping[str, str]) -> tuple[str, int]:
    """The id of a name, the longest that is known, and how many words it takes."""
    for length in range(len(words), 0, -1):
        name = " ".join(words[:length]).removeprefix("@").lower()
        if name in people:
            return people[name], length
    near = get_close_matches(words[0].removeprefix("@").lower()[:LONGEST_QUOTE], people, n=3)
    raise InputError(
        f"I know nobody called {quoted(words[0])}.",
        hint=f"Did you mean {listed((f'@{name}' for name in near), 'or')}?" if near else "Mention them with @.",
        example=_EXAMPLE,
    )
