"""What follows `book`: how many of what, when, for whom and why, as a Request. Pure."""

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import assert_never

from bot.booking.model import Before, Fixed, Promise, Request, Work, instant_of, minute_of
from bot.errors import InputError
from handlers.context import Context
from handlers.lines import lasts
from handlers.said import Book, OpenForm
from handlers.spoken.fleet import no_such_pool
from handlers.spoken.grammar import Anchors, is_time_word
from handlers.spoken.lengths import UNIT_WORDS
from handlers.spoken.people import take_person
from handlers.spoken.pieces import EXAMPLE as PIECES_EXAMPLE
from handlers.spoken.pieces import take_pieces
from handlers.spoken.what import EXAMPLE, What, count_apart, take_memory, take_what
from handlers.spoken.words import Words, plain_words
from handlers.when import Due, Movable, Spoken, read_length, read_when

LONGEST_REASON = 300
NOTHING_SAID = "Nothing was said of what, so it is 1 GPU of any pool."

_BECAUSE = re.compile(r"(?:^|\s)because(?=\s|$)", re.IGNORECASE)
_EXAMPLE_BEFORE = "book 4 a100 for 10h before fri 6pm"
_EXAMPLE_WORK = "book 40 gpu-hours a100 before fri 6pm"


@dataclass(frozen=True, slots=True)
class Prefill:
    """What a line without a time says of a booking."""

    count: int
    pool: str | None
    reason: str
    length: str = ""


def read_booking(text: str, context: Context) -> Book | OpenForm:
    """The request in a cleaned text, or the form where no time was said.

    Raises InputError for what is not understood, for unknown pools and people, and for a reason over LONGEST_REASON.
    """
    asked, reason = _asked_and_reason(text)
    pieces, typed = take_pieces(plain_words(asked))
    words, person, memory, what = _read_what(typed, context)
    if words.done:
        return OpenForm(text)
    said = read_when(" ".join(words.typed[words.at :]), context.zone, context.now, context.deadlines)
    when, notes = _placed(said, what, context)
    if pieces is not None:
        when = _split(when, pieces)
    request = Request(
        member=person or context.member.id,
        count=len(what.gpus) or what.count or 1,
        when=when,
        pool=what.pool,
        gpus=what.gpus,
        memory_gb=memory,
        reason=reason,
        asked_by=context.member.id,
    )
    if what == What():
        notes = (NOTHING_SAID, *notes)
    return Book(request, context.noted(notes))


def read_prefill(text: str, context: Context) -> Prefill:
    """What the text of an OpenForm says of the form's fields. Raises InputError as `read_booking` does."""
    asked, reason = _asked_and_reason(text)
    _, typed = take_pieces(plain_words(asked))
    words, _, _, what = _read_what(typed, context)
    length = lasts(read_length(" ".join(words.typed[words.at + 1 :]))) if words.peek() == "for" else ""
    return Prefill(len(what.gpus) or what.count or 1, what.pool, reason, length)


def says_what(text: str, context: Context) -> bool:
    """Whether a text begins with how many GPUs or GPU-hours, or which GPUs: it is a booking then, whatever follows."""
    try:
        what = take_what(Words(count_apart(plain_words(text), context.lab)), context.lab)
    except InputError:
        return False
    return bool(what.gpus) or what.count is not None or what.gpu_hours is not None


def read_reason(text: str, example: str = f"{EXAMPLE} because ablations") -> str:
    """A reason, of a cleaned text: as it was typed. Raises InputError for none, and over LONGEST_REASON characters."""
    reason = text.strip()
    if not reason:
        raise InputError("The reason is missing.", hint="Say why.", example=example)
    if len(reason) > LONGEST_REASON:
        raise InputError(
            f"The reason has {len(reason)} characters; {LONGEST_REASON} are kept at most.",
            hint="Say it in a sentence.",
            example=example,
        )
    return reason


def _asked_and_reason(text: str) -> tuple[str, str]:
    """What is said before "because", and the reason after it ("": none was given)."""
    because = _BECAUSE.search(text)
    if because is None:
        return text, ""
    return text[: because.start()], read_reason(text[because.end() :])


def _read_what(typed: list[str], context: Context) -> tuple[Words, str | None, int, What]:
    """The words, read up to the time; for whom, the memory, and what was asked for."""
    person, typed = take_person(typed, context.people)
    memory, typed = take_memory(typed)
    words = Words(count_apart(typed, context.lab))
    what = take_what(words, context.lab)
    found = what.pool is not None or what.any_pool or what.gpus
    if words.done or found:
        return words, person, memory, what
    known = Anchors.of(context.deadlines).words
    if not (is_time_word(words.peek()) or words.peek() in known | UNIT_WORDS):
        no_such_pool(words.rest({*known, *filter(is_time_word, map(str.lower, typed))}), context.lab, EXAMPLE)
    if what.count is not None:
        raise InputError(
            f"{what.count} of what?",
            hint='Say a pool, or "gpus" for those of any pool.',
            example=f"book {what.count} {'gpu' if what.count == 1 else 'gpus'} tomorrow 9am for 8h",
        )
    return words, person, memory, what


def _placed(said: Spoken | Movable, what: What, context: Context) -> tuple[Fixed | Before | Work, tuple[str, ...]]:
    """When the request is for, and what was assumed."""
    match said:
        case Spoken(window, notes):
            if what.gpu_hours is not None:
                raise InputError(
                    "GPU-hours need a deadline: how many GPUs, and when, is then chosen for you.",
                    hint='Say "before" and a time, or a count and a window.',
                    example=_EXAMPLE_WORK,
                )
            return Fixed(window), notes
        case Movable(length, due, not_before, notes):
            promise = promise_of(due, context)
            if what.gpu_hours is None and length is not None:
                return Before(length, promise, not_before), notes
            if what.gpu_hours is None:
                raise InputError(
                    "How long does it run?", hint='Say a length with "for", as in the example.', example=_EXAMPLE_BEFORE
                )
            if length is not None or what.gpus:
                raise InputError(
                    "GPU-hours say how much in all, not how long or on which GPUs.",
                    hint="Leave out the length and the names of GPUs.",
                    example=_EXAMPLE_WORK,
                )
            return Work(what.gpu_hours, promise, not_before), notes
        case _:
            assert_never(said)


def _split(when: Fixed | Before | Work, pieces: timedelta) -> Before:
    """The run, which may be split. Raises InputError for one that has a window of its own, or is split by nature."""
    match when:
        case Before():
            return replace(when, pieces=pieces)
        case Fixed():
            hint = 'Say "before" and a time, so that there is room to place them in.'
            raise InputError("Pieces need a deadline.", hint=hint, example=PIECES_EXAMPLE)
        case Work():
            raise InputError("GPU-hours are single runs already.", hint='Leave out "in pieces".', example=_EXAMPLE_WORK)
        case _:
            assert_never(when)


def promise_of(due: Due, context: Context) -> Promise:
    """The promise: for a named deadline it ends the lab's margin before it."""
    margin = context.lab.policy.margin
    if due.name is None or margin <= timedelta():
        return Promise(due.at, due.at, due.name)
    return Promise(due.at, instant_of(minute_of(due.at - margin)), due.name)
