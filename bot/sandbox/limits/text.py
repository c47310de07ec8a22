"""What every piece of Block Kit has in common: keys, text objects, strings and lists, each with its bound.

Each check yields one line per violation, "PLACE: what is wrong", and nothing if Slack would take the value.
Lengths are counted in code points, entities included, as Slack's own SDK counts them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Set
from typing import Any

Json = dict[str, Any]

ID_MOST = 255
TEXT_MOST = 3000


def keys(place: str, value: Json, allowed: Set[str], needed: Set[str] = frozenset()) -> Iterator[str]:
    """Slack refuses properties that it does not know, and misses those it needs."""
    for name in sorted(value.keys() - allowed):
        yield f"{place}: unknown property {name!r}"
    for name in sorted(needed - value.keys()):
        yield f"{place}: {name} is missing"


def string(place: str, value: object, *, most: int, least: int = 1) -> Iterator[str]:
    """A string of `least` to `most` characters; one of blanks only counts as empty."""
    if not isinstance(value, str):
        yield f"{place}: must be a string"
    elif least and not value.strip():
        yield f"{place}: is empty"
    elif len(value) > most:
        yield f"{place}: {len(value)} characters, at most {most}"


def text_object(place: str, value: object, *, most: int, markup: bool = True) -> Iterator[str]:
    """A text object of 1 to `most` characters; `markup`: mrkdwn is allowed as well as plain_text."""
    if not isinstance(value, dict):
        yield f"{place}: must be a text object"
        return
    kind = value.get("type")
    if kind == "mrkdwn" and markup:
        yield from keys(place, value, {"type", "text", "verbatim"})
    elif kind == "plain_text":
        yield from keys(place, value, {"type", "text", "emoji"})
    else:
        yield f"{place}: a text of type {kind!r} is not allowed here"
        return
    yield from string(f"{place}.text", value.get("text"), most=most)


def optional_text(place: str, owner: Json, key: str, *, most: int, markup: bool = False) -> Iterator[str]:
    """The text object under `key`, if there is one."""
    if key in owner:
        yield from text_object(f"{place}.{key}", owner[key], most=most, markup=markup)


def optional_string(place: str, owner: Json, key: str, *, most: int, least: int = 0) -> Iterator[str]:
    """The string under `key`, if there is one; by default it may be empty."""
    if key in owner:
        yield from string(f"{place}.{key}", owner[key], most=most, least=least)


def dicts(place: str, value: object, *, most: int, least: int = 1) -> Iterator[str]:
    """A list of `least` to `most` objects."""
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        yield f"{place}: must be a list of objects"
    elif len(value) > most:
        yield f"{place}: {len(value)} items, at most {most}"
    elif len(value) < least:
        yield f"{place}: {len(value)} items, at least {least}"


def objects(value: object) -> list[Json]:
    """The objects of a list, whatever else it may hold; what is no object was reported by `dicts`."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def one_of(place: str, owner: Json, key: str, *allowed: str) -> Iterator[str]:
    """The word under `key`, if there is one, is one of those allowed."""
    if key in owner and owner[key] not in allowed:
        yield f"{place}.{key}: {owner[key]!r} is none of {', '.join(allowed)}"


def twice(place: str, what: str, values: Iterable[object]) -> Iterator[str]:
    """The strings among `values` that occur more than once."""
    for value, times in Counter(value for value in values if isinstance(value, str)).items():
        if times > 1:
            yield f"{place}: {what} {value!r} is used {times} times"
