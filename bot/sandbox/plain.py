"""Slack's markup as plain text for a terminal, in one reader's time zone; nothing in it can steer the terminal."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from unicodedata import category
from zoneinfo import ZoneInfo

from bot.sandbox.plain_dates import localised


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, and what they know: their time zone, the time, and the names of people and channels by id."""

    zone: ZoneInfo
    now: datetime
    people: Mapping[str, str]
    channels: Mapping[str, str]


# ESC [ ... letter, ESC ] ... BEL or ESC \, the other two-character escapes; also in their one-byte (C1) forms.
_ESCAPES = re.compile(r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?|\x1b.?")
_BIDI = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

_CODE = re.compile(r"```(.*?)```|`([^`\n]+)`", re.DOTALL)
_TOKEN = re.compile(r"<([^<>]*)>")
# *bold*, _italic_, ~struck~: only where the pair stands around words, so that 4*5*6 and a_b_c stay as they are. Tokens
# are matched first and whole, so that nothing inside an address counts as a mark.
_STYLED = re.compile(r"<[^<>]*>|(?<![\w*_~])([*_~])(?=\S)((?:<[^<>]*>|[^\n<])*?(?:<[^<>]*>|[^\s<]))\1(?!\w)")
_ENTITIES = re.compile(r"&(?:amp|lt|gt);")


def safe(text: str) -> str:
    """The text without terminal escapes, other control characters and direction overrides; line breaks stay."""
    kept = _ESCAPES.sub("", text.replace("\r\n", "\n").replace("\t", " "))
    return "".join(char for char in kept if char == "\n" or (category(char) not in {"Cc", "Cs"} and char not in _BIDI))


def from_markup(text: str, reader: Reader) -> str:
    """mrkdwn as it reads: mentions by name, times in the reader's zone, marks of bold and italics taken off."""
    pieces = []
    end = 0
    for code in _CODE.finditer(text):
        pieces += [_from_prose(text[end : code.start()], reader), _named(code[1] or code[2] or "", reader)]
        end = code.end()
    pieces.append(_from_prose(text[end:], reader))
    return safe("".join(pieces))


def _from_prose(text: str, reader: Reader) -> str:
    """Marks are taken off before names and times are put in: a name may hold such a character."""
    # Marks may be nested (*_x_*), so the pairs are taken off from the outside in.
    while (bare := _STYLED.sub(lambda found: found[2] or found[0], text)) != text:
        text = bare
    return _named(text, reader)


def _named(text: str, reader: Reader) -> str:
    """The text with its tokens read and its entities unescaped."""
    pieces = []
    end = 0
    for token in _TOKEN.finditer(text):
        pieces += [unescaped(text[end : token.start()]), _token(token[1], reader)]
        end = token.end()
    return "".join([*pieces, unescaped(text[end:])])


def unescaped(text: str) -> str:
    """Slack's three entities as the characters they stand for."""
    return _ENTITIES.sub(lambda found: unescape(found[0]), text)


def _token(inner: str, reader: Reader) -> str:
    name, _, label = inner.partition("|")
    label = unescaped(label)
    if name.startswith("@"):
        return f"@{reader.people.get(name[1:]) or label or name[1:]}"
    if name.startswith("#"):
        return f"#{reader.channels.get(name[1:]) or label or name[1:]}"
    if name.startswith("!date^"):
        return _date(name, reader) or label
    if name.startswith("!"):
        return label or f"@{name[1:].partition('^')[0]}"
    address = unescaped(name).removeprefix("mailto:")
    return f"{label} ({address})" if label and label != address else address


def _date(token: str, reader: Reader) -> str | None:
    _, stamp, form, *_ = [*token.split("^"), "", ""]
    try:
        instant = datetime.fromtimestamp(int(stamp), UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return localised(unescaped(form), instant.astimezone(reader.zone), reader.now.astimezone(reader.zone))
