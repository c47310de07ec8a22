"""A line to a command: `book 2 a100 tomorrow 9am for 8h`, `release R12 keep 1`, `free a100 fri`. Pure."""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from difflib import get_close_matches

from bot.errors import InputError
from handlers.admin_line import read_audit, read_export, read_policy, read_revoke
from handlers.booking_line import NOTHING_SAID, read_booking, says_what
from handlers.calendar_line import read_calendar
from handlers.changes import (
    nothing_more,
    read_approve,
    read_ask,
    read_deny,
    read_extend,
    read_give,
    read_move,
    read_release,
    read_show,
    read_undo,
    read_why,
)
from handlers.claim_line import read_claims
from handlers.context import Context
from handlers.deadline_line import read_deadlines
from handlers.estimate_line import read_estimate
from handlers.examples import EXAMPLES, fitting
from handlers.link_line import read_link
from handlers.outage_line import read_outage
from handlers.report_line import read_pulse, read_report
from handlers.said import Book, Command, Free, Help, Mine, OpenForm, Who
from handlers.settings_line import read_settings
from handlers.spoken.fleet import GPU_WORDS, no_such_pool, take_gpus, take_pool
from handlers.spoken.grammar import NOW, is_time_word
from handlers.spoken.words import LONGEST_QUOTE, Words, clean, listed, plain_words, quoted
from handlers.views.help import TOPICS
from handlers.waiting import read_leave, read_pass, read_take, read_wait, read_waitlist
from handlers.when import read_day

__all__ = ["ALIASES", "EXAMPLES", "Context", "parse"]

ALIASES: Mapping[str, str] = {
    "reserve": "book",
    "cancel": "release",
    "estimates": "estimate",
    "eta": "estimate",
    "deadline": "deadlines",
    "outages": "outage",
    "status": "free",
    "hi": "help",
    "hello": "help",
    "?": "help",
}

_QUESTIONS = frozenset(
    {"what", "what's", "whats", "when", "which", "where", "how", "is", "are", "can", "could", "do", "does", "any"}
)
_SLASH = re.compile(r"^/gpu(?:\s+|$)", re.IGNORECASE)
_FIRST_COURTESY = re.compile(r"^(?:please|pls)[,\s]+", re.IGNORECASE)
_WISH = re.compile(
    r"^(?:(?:can|could|may) (?:i|we|you)|(?:i|we)(?: need| want|['’]d like| would like)|(?:give|get) me)"
    r"(?: please)?(?: to)?(?: have| get| use| book| reserve)? +",
    re.IGNORECASE,
)
_LAST_COURTESY = re.compile(r"(?<=[^\s,])[,\s]{1,3}(?:please|pls|thanks|thx)[.!]?$", re.IGNORECASE)


def parse(line: str, context: Context) -> Command:
    """The command that a line says, as typed in Slack or a terminal, with or without "/gpu" before it.

    Raises InputError, with a hint and an example that works, for whatever is not understood; nothing is guessed
    without a note in the command.
    """
    text = _FIRST_COURTESY.sub("", _SLASH.sub("", clean(line), count=1), count=1)
    text = _LAST_COURTESY.sub("", text)
    typed, _, rest = text.partition(" ")
    if not typed:
        return OpenForm()
    verb = typed.lower()
    verb = ALIASES.get(verb, verb)
    read = _READERS.get(verb)
    wish = _WISH.sub("", text, count=1)
    if (read is None or wish != text) and says_what(wish, context):
        verb, rest, read = "book", wish, _booking_alone
    if read is None:
        return _without_a_command(text, typed, context)
    try:
        return read(rest.strip(), context)
    except InputError as error:
        example = fitting(error.example, verb, context.lab)
        raise InputError(str(error), hint=error.hint, example=example) from None


def _free(rest: str, context: Context) -> Command:
    words = Words(plain_words(rest))
    pool = take_pool(words, context.lab)
    if pool is None:
        words.take_any(GPU_WORDS)
    if words.done or (words.peek() in NOW and words.at == len(words.typed) - 1):
        return Free(pool)
    names = {word for name in context.deadlines for word in plain_words(name.lower())}
    if pool is None and not is_time_word(words.peek()) and words.peek() not in names:
        no_such_pool(words.typed[words.at], context.lab, EXAMPLES["free"])
    spoken = read_day(" ".join(words.typed[words.at :]), context.zone, context.now, context.deadlines)
    return Free(pool, spoken.window, context.noted(spoken.notes))


def _mine(rest: str, _context: Context) -> Command:
    nothing_more(rest, "mine")
    return Mine()


def _who(rest: str, context: Context) -> Command:
    lab = context.lab
    words = Words(plain_words(rest))
    words.take_any({"has", "uses", "holds", "is"})
    words.take_any({"on", "using", "in"})
    if words.done:
        return Who()
    pool = take_pool(words, lab)
    gpus = take_gpus(words, lab) if pool is None else ()
    nodes = {node.name.lower(): node.name for node in lab.nodes}
    node = nodes.get(words.peek()) if pool is None and not gpus else None
    if node is not None:
        words.at += 1
    if words.done and (pool or node or (len(gpus) == 1 and gpus[0] in lab.gpus)):
        return Who(gpus[0] if gpus else None, pool, node)
    raise InputError(
        f"I know no GPU, node or pool {quoted(rest)}.",
        hint=f"The pools are {listed(lab.pools)}, the nodes {listed(node.name for node in lab.nodes)}.",
        example=EXAMPLES["who"],
    )


def _help(rest: str, _context: Context) -> Command:
    topic = rest.lower()
    topic = ALIASES.get(topic, topic)
    if topic and topic not in EXAMPLES and topic not in TOPICS:
        near = get_close_matches(topic[:LONGEST_QUOTE], EXAMPLES, n=1)
        raise InputError(
            f"There is no help on {quoted(rest)}.",
            hint=f"There is on {', '.join(EXAMPLES)}.",
            example=f"help {near[0]}" if near else "help",
        )
    return Help(topic or None)


def _booking_alone(rest: str, context: Context) -> Command:
    said = read_booking(rest, context)
    if isinstance(said, OpenForm):
        return said
    return replace(said, notes=(*said.notes, 'Read as "book", for want of a command.'))


def _without_a_command(line: str, typed: str, context: Context) -> Command:
    """The booking that it says all the same. Raises InputError with the nearest command, or where to look."""
    if typed.lower().rstrip("?!.,") in _QUESTIONS:
        raise InputError(
            "I know commands, and no questions.",
            hint='"free" says what is free and what next, "help" what else there is.',
            example=fitting(EXAMPLES["free"], "free", context.lab),
        )
    near = get_close_matches(typed.lower()[:LONGEST_QUOTE], [*EXAMPLES, *ALIASES], n=1)
    if not near:
        with suppress(InputError):
            booking = _booking_alone(line, context)
            if isinstance(booking, Book) and NOTHING_SAID not in booking.notes:
                return booking
    hint = f"Did you mean {quoted(near[0])}?" if near else f"The commands are {', '.join(EXAMPLES)}."
    command = ALIASES.get(near[0], near[0]) if near else "book"
    raise InputError(
        f"{quoted(typed)} is not a command.", hint=hint, example=fitting(EXAMPLES[command], command, context.lab)
    )


_READERS: Mapping[str, Callable[[str, Context], Command]] = {
    "book": read_booking,
    "estimate": read_estimate,
    "free": _free,
    "mine": _mine,
    "who": _who,
    "show": read_show,
    "release": read_release,
    "extend": read_extend,
    "move": read_move,
    "reason": read_why,
    "approve": read_approve,
    "deny": read_deny,
    "undo": read_undo,
    "deadlines": read_deadlines,
    "ask": read_ask,
    "give": read_give,
    "claims": read_claims,
    "calendar": read_calendar,
    "wait": read_wait,
    "waitlist": read_waitlist,
    "take": read_take,
    "pass": read_pass,
    "leave": read_leave,
    "settings": read_settings,
    "revoke": read_revoke,
    "outage": read_outage,
    "policy": read_policy,
    "audit": read_audit,
    "export": read_export,
    "report": read_report,
    "pulse": read_pulse,
    "link": read_link,
    "help": _help,
}
