"""What a message says of a booking: "can I have 2 a100 tomorrow 9am for 8h?" -> a form that begins with that. Pure."""

import re
from collections.abc import Iterator
from dataclasses import replace

from bot.booking.model import Fixed, Request, Work
from bot.errors import InputError
from handlers.booking_line import NOTHING_SAID, read_booking
from handlers.context import Context
from handlers.lines import when_words
from handlers.said import Book
from handlers.spoken.words import clean
from handlers.views import words
from handlers.views.fields import BookingForm

MOST_TRIES = 60  # of one message: whoever asks has a form to be opened within 3 seconds
MOST_WORDS = 30  # of one sentence
_SENTENCE = re.compile(r"[\n\r]+|(?<=[.!?;])\s+")
_BEGINS = re.compile(r"\d+(?:\.\d+)?[x×]?")


def gleaned(text: str, context: Context) -> BookingForm:
    """The form filled with the first phrase of `text` that reads as a booking; an empty one where none does.

    `context` is its author's at the instant of writing: "tomorrow" is theirs, so what comes back is absolute.
    """
    found = _found(text, context)
    if found is None:
        return BookingForm()
    form = BookingForm(pool=found.pool or "", count=str(len(found.gpus) or found.count))
    besides = f"with {found.memory_gb}gb " if found.memory_gb else ""
    match found.when:
        case Fixed(window) if not besides:
            return replace(form, start=window.start, length=words.length(window.length))
        case _:
            return replace(form, when=besides + when_words(found.when))


def _found(text: str, context: Context) -> Request | None:
    tries = 0
    for phrase in _phrases(text):
        tries += 1
        if tries > MOST_TRIES:
            break
        try:
            read = read_booking(clean(phrase), context)
        except InputError:
            continue
        # The form has no field for GPU-hours.
        if isinstance(read, Book) and NOTHING_SAID not in read.notes and not isinstance(read.request.when, Work):
            return read.request
    return None


def _phrases(text: str) -> Iterator[str]:
    """What may be a booking: from each number on, as much of its sentence as can be."""
    for sentence in _SENTENCE.split(text):
        said = sentence.split()[:MOST_WORDS]
        for start, word in enumerate(said):
            if _BEGINS.fullmatch(word):
                for end in range(len(said), start + 2, -1):
                    yield " ".join(said[start:end]).strip("*_~,.;:!?()")
