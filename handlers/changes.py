"""What follows the commands about one reservation: `release R12 keep 1`, `extend R12 2h`, `ask R7 tomorrow`. Pure.

Each takes the cleaned text after the command's word, and raises InputError for what is not understood.
"""

import re
from datetime import datetime, timedelta

from bot.errors import InputError
from handlers.booking_line import NOTHING_SAID, read_booking, read_reason
from handlers.context import Context
from handlers.examples import EXAMPLES
from handlers.said import Approve, Ask, Deny, Extend, Give, Move, OpenForm, Release, Show, Undo
from handlers.said_reason import Reason
from handlers.spoken.fleet import GPU_WORDS
from handlers.spoken.grammar import ENDS
from handlers.spoken.people import take_person
from handlers.spoken.words import Words, plain_words, quoted
from handlers.when import is_time_of_day, read_instant, read_length, read_start

_ID = re.compile(r"[rR]?([0-9]{1,9})")
_NUMBER = re.compile(r"[0-9]{1,6}")
_EXCHANGE = re.compile(r"(?:^|\s)(?:in exchange )?for [rR]([0-9]{1,9})(?=\s+because\s|\s*$)", re.IGNORECASE)


def read_show(rest: str, _context: Context) -> Show:
    id_, rest = reservation_in(rest, "show")
    nothing_more(rest, "show")
    return Show(id_)


def read_release(rest: str, _context: Context) -> Release:
    id_, rest = reservation_in(rest, "release")
    if not rest:
        return Release(id_)
    if rest.lower() in {"all", "all pieces", "with all pieces"}:
        return Release(id_, whole=True)
    words = Words(plain_words(rest))
    keep = int(words.peek(1)) if words.peek() == "keep" and _NUMBER.fullmatch(words.peek(1)) else 0
    words.at += 2
    words.take_any(GPU_WORDS)
    if keep < 1 or not words.done:
        raise InputError(
            f"I did not understand {quoted(rest)}.",
            hint='Say nothing more to give all of it back, or "keep" and how many GPUs stay yours.',
            example="release R12 keep 1",
        )
    return Release(id_, keep)


def read_extend(rest: str, context: Context) -> Extend:
    id_, rest = reservation_in(rest, "extend")
    word, _, more = rest.partition(" ")
    if word.lower() in ENDS:
        return read_until(id_, more, context, context.now)
    return Extend(id_, by=read_length(more if word.lower() in {"by", "for"} else rest))


def read_why(rest: str, _context: Context) -> Reason:
    id_, rest = reservation_in(rest, "reason")
    because, _, more = rest.partition(" ")
    return Reason(id_, read_reason(more if because.lower() == "because" else rest, EXAMPLES["reason"]))


def read_until(id_: int, text: str, context: Context, earliest: datetime) -> Extend:
    """What follows "until", a time that recurs being the first that is not before `earliest`."""
    until, notes = read_instant(text, context.zone, context.now, context.deadlines, max(earliest, context.now))
    clock = text if is_time_of_day(text, context.deadlines) else ""
    return Extend(id_, until=until, notes=context.noted(notes), clock=clock)


def read_move(rest: str, context: Context) -> Move:
    id_, rest = reservation_in(rest, "move")
    shift = _shift(rest.split())
    if shift is not None:
        return Move(id_, shift)
    word, _, more = rest.partition(" ")
    when = more if word.lower() == "to" else rest
    start, end, notes = read_start(when, context.zone, context.now, context.deadlines)
    return Move(id_, start, end, context.noted(notes))


def _shift(words: list[str]) -> timedelta | None:
    """ "by 2h", "2h later", "by 30 min earlier"; None for what says another time."""
    first, last = (words[0].lower(), words[-1].lower()) if words else ("", "")
    by, way = first == "by", {"later": 1, "earlier": -1}.get(last)
    if not by and way is None:
        return None
    return (way or 1) * read_length(" ".join(words[by : len(words) - (way is not None)]))


def read_approve(rest: str, _context: Context) -> Approve:
    id_, rest = reservation_in(rest, "approve")
    nothing_more(rest, "approve")
    return Approve(id_)


def read_deny(rest: str, _context: Context) -> Deny:
    id_, rest = reservation_in(rest, "deny")
    word, _, more = rest.partition(" ")
    return Deny(id_, read_reason(more if word.lower() == "because" else rest, EXAMPLES["deny"]))


def read_undo(rest: str, _context: Context) -> Undo:
    id_, rest = reservation_in(rest, "undo")
    nothing_more(rest, "undo")
    return Undo(id_)


def read_ask(rest: str, context: Context) -> Ask:
    """`ask R7`, and perhaps what is needed as after `book`, what is given for it ("for R9"), and why."""
    id_, rest = reservation_in(rest, "ask")
    offered = _EXCHANGE.search(rest)
    exchange = int(offered[1]) if offered else None
    if offered:
        rest = (rest[: offered.start()] + rest[offered.end() :]).strip()
    if not rest:
        return Ask(id_, exchange=exchange)
    word, _, more = rest.partition(" ")
    if word.lower() == "because":
        return Ask(id_, None, exchange, read_reason(more, "ask R7 because our deadline is on friday"))
    found = read_booking(rest, context)
    if isinstance(found, OpenForm):
        raise InputError(
            "When do you need it?",
            hint="Say it as in the example, or nothing for all of the reservation.",
            example="ask R7 2 a100 tomorrow 9am for 3h",
        )
    # Of any pool it is not: it is of the reservation's.
    return Ask(id_, found.request, exchange, notes=tuple(note for note in found.notes if note != NOTHING_SAID))


def read_give(rest: str, context: Context) -> Give:
    """`give R12 to @bob`."""
    id_, rest = reservation_in(rest, "give")
    word, _, more = rest.partition(" ")
    try:
        person, left = take_person(["for", *plain_words(more if word.lower() == "to" else rest)], context.people)
    except InputError as error:
        raise InputError(str(error), hint=error.hint, example=EXAMPLES["give"]) from None
    if person is None or left:
        raise InputError("To whom?", hint="Mention one person with @.", example=EXAMPLES["give"])
    return Give(id_, person)


def nothing_more(rest: str, command: str) -> None:
    """Raises InputError if there are words that the command does not take."""
    if rest:
        raise InputError(
            f"I did not understand {quoted(rest)}.",
            hint=f"Nothing more follows {quoted(EXAMPLES[command])}.",
            example=EXAMPLES[command],
        )


def reservation_in(rest: str, command: str) -> tuple[int, str]:
    """The id of a reservation ("R12", "12"), and the text after it."""
    typed, _, more = rest.partition(" ")
    if not typed:
        raise InputError(
            f"Which reservation? {command.capitalize()} needs its id.",
            hint='Cards show it, and so does "mine".',
            example=EXAMPLES[command],
        )
    match = _ID.fullmatch(typed.rstrip(",.;"))
    if match is None:
        raise InputError(
            f"{quoted(typed)} is not the id of a reservation.",
            hint='An id is an R and a number. Cards show it, and so does "mine".',
            example=EXAMPLES[command],
        )
    return int(match[1]), more.strip()
