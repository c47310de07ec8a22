"""What was typed, made fit to read: cleaned, capped, split into words, and quoted in errors."""

import re
import unicodedata
from collections.abc import Collection, Iterable
from datetime import date, datetime
from difflib import get_close_matches
from typing import NoReturn

from bot.errors import InputError

LONGEST_LINE = 600
LONGEST_QUOTE = 60
OFTEN_MISTYPED = (
    *("tomorrow", "yesterday", "today", "tonight", "weekend", "midnight", "noon", "until", "before", "hours", "days"),
    *("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    *(
        "january",
        "february",
        "march",
        "april",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ),
)
_REPEATING = frozenset({"every", "each", "daily", "nightly", "weekly", "weekdays", "everyday"})
SAY_WHEN = "Say when it begins, and how long it runs or when it ends."

# Characters that reorder or hide what stands around them: what a person sees would not be what is read.
_HIDDEN = frozenset("\u061c\u200b\u200e\u200f\u2060\ufeff") | {
    chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
}
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—−", "-"))
_ZONELESS = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2})(?::00)?")
_DATES = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})-([0-9]{4}-[0-9]{2}-[0-9]{2})")
_DATED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:t.{0,20})?")


def clean(text: str) -> str:
    """The text in NFC without control, bidirectional and invisible characters; white space at the ends goes.

    Control characters that are white space become blanks. Raises InputError for a NUL and for a text of more than
    LONGEST_LINE characters, which is looked at no further.
    """
    if len(text) > LONGEST_LINE:
        raise InputError(
            f"That is too long to read: {len(text)} characters, where {LONGEST_LINE} are read at most.",
            hint="Say what, when and why in one line.",
            example="book 2 a100 tomorrow 9am for 8h because ablations",
        )
    if "\x00" in text:
        raise InputError(
            "The text holds a NUL character, which no keyboard types.",
            hint="Type the line again.",
            example="book 2 a100 tomorrow 9am for 8h",
        )
    kept = (" " if char.isspace() else char for char in text if char.isspace() or not _is_hidden(char))
    return unicodedata.normalize("NFC", "".join(kept)).strip()


def quoted(text: str) -> str:
    """The text between quotation marks, cut to LONGEST_QUOTE characters. Not escaped: the views do that."""
    return f'"{text}"' if len(text) <= LONGEST_QUOTE else f'"{text[: LONGEST_QUOTE - 1]}…"'


def listed(names: Iterable[str], last: str = "and") -> str:
    """Names as people list them: "a", "a and b", "a, b and c"; no more than ten of them."""
    names = list(names)
    if len(names) > 10:
        names = [*names[:9], f"{len(names) - 9} more"]
    return f" {last} ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def day_said(local: date) -> str:
    """ "Tue 3 Nov 2026"."""
    return f"{local:%a} {local.day} {local:%b} {local.year}"


def time_said(local: datetime) -> str:
    """ "Tue 3 Nov 2026 09:00"."""
    return f"{day_said(local)} {local:%H:%M}"


class Words:
    """The words of a phrase and how far it has been read. Words compare in lower case and are quoted as typed."""

    def __init__(self, typed: list[str]) -> None:
        self.typed = typed
        self.at = 0
        self._low = [word.lower() for word in typed]

    def peek(self, ahead: int = 0) -> str:
        """The word that many ahead, in lower case; "" where there is none."""
        place = self.at + ahead
        return self._low[place] if 0 <= place < len(self._low) else ""

    def take(self, *words: str) -> bool:
        """Whether exactly these words come next; they are then read."""
        if self._low[self.at : self.at + len(words)] != list(words):
            return False
        self.at += len(words)
        return True

    def take_any(self, words: Collection[str]) -> bool:
        """Whether one of these words comes next; it is then read."""
        if self.peek() not in words:
            return False
        self.at += 1
        return True

    @property
    def done(self) -> bool:
        """Whether every word has been read."""
        return self.at >= len(self.typed)

    def rest(self, stops: Collection[str] = ()) -> str:
        """The words not read yet, as typed, up to one of the stops; the first of them is always there."""
        end = self.at + 1
        while end < len(self.typed) and self._low[end] not in stops:
            end += 1
        return " ".join(self.typed[self.at : end])


def split(text: str, whole: Collection[str] = ()) -> Words:
    """The words of a cleaned text. Ranges such as "9-17" and ISO intervals fall into three words.

    Words in `whole` (those of deadlines' names) stay as they are, as do dates and their times.
    """
    typed: list[str] = []
    for word in plain_words(text):
        low = word.lower()
        if low in whole:
            typed.append(word)
        elif _DATED.match(low) and "/" in word:
            typed += [piece for part in _cut(word, "/") for piece in _date_and_time(part)]
        elif match := _DATES.fullmatch(word):
            typed += [match[1], "-", match[2]]
        elif _DATED.fullmatch(low) or "-" not in word:
            typed += _date_and_time(word)
        else:
            typed += _cut(word, "-")
    return Words(typed)


def plain_words(text: str) -> list[str]:
    """The words of a cleaned text, every dash the plain one, without the marks that end a clause."""
    words = (word.rstrip(",;!?") if len(word) > 1 else word for word in text.translate(_DASHES).split())
    return [word.removesuffix(".") if len(word) > 1 else word for word in words if word]


def not_understood(text: str, *, message: str = "", hint: str = "", example: str = "tomorrow 9am for 8h") -> NoReturn:
    """Raises InputError that quotes what was not understood, and says what a mistyped word may have been."""
    if not _REPEATING.isdisjoint(text.lower().split()):
        raise InputError(
            "A reservation is for one time, and does not repeat.",
            hint="So nobody has GPUs for weeks that they turn out not to need. Say each time in a line of its own.",
            example=example,
        )
    raise InputError(
        message or f"I did not understand {quoted(text)}.",
        hint=_meant(text) or hint or SAY_WHEN,
        example=example,
    )


def _meant(text: str) -> str:
    for word in text.lower().split()[:8]:
        near = [] if word in OFTEN_MISTYPED else get_close_matches(word[:20], OFTEN_MISTYPED, n=1, cutoff=0.75)
        if near and len(word) > 3:
            return f"Did you mean {quoted(near[0])}?"
    return ""


def _cut(word: str, mark: str) -> list[str]:
    parts = [piece for part in word.split(mark) for piece in (mark, part)][1:]
    return [part for part in parts if part]


def _date_and_time(word: str) -> list[str]:
    """ "2026-12-01T09:00", which names no zone, is two words; with a zone it stays one."""
    match = _ZONELESS.fullmatch(word)
    return [match[1], match[2]] if match else [word]


def _is_hidden(char: str) -> bool:
    return char in _HIDDEN or unicodedata.category(char) in {"Cc", "Cs"}
