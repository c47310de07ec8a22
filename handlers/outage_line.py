"""What follows `outage`: nothing, `atlas:2 until fri "fan"`, or `end atlas:2`. Pure."""

import re
from datetime import timedelta

from bot.booking.lab import Lab
from bot.booking.model import Window, instant_of, minute_of
from bot.errors import InputError
from handlers.booking_line import read_reason
from handlers.context import Context
from handlers.examples import EXAMPLES
from handlers.overseeing import EndOutage, Outages, TakeOut
from handlers.spoken.fleet import take_gpus
from handlers.spoken.words import Words, clean, plain_words, quoted
from handlers.when import read_window

OPEN_ENDED = timedelta(days=365)

_QUOTED = re.compile(r"""(?:^|\s)["“”](.{1,2000}?)["“”]\s*$""")
_BECAUSE = re.compile(r"(?:^|\s)because(?=\s|$)", re.IGNORECASE)


def read_outage(rest: str, context: Context) -> Outages | TakeOut | EndOutage:
    """Raises InputError for anything else."""
    if not rest:
        return Outages()
    first, _, more = rest.partition(" ")
    if first.lower() in {"end", "over", "ends"}:
        gpus, left = _gpus(more, context.lab)
        if left:
            raise InputError(f"I did not understand {quoted(left)}.", example="outage end atlas:2")
        return EndOutage(gpus)
    said, reason = _reason(rest)
    gpus, when = _gpus(said, context.lab)
    if not when:
        start = instant_of(minute_of(context.now))
        note = "Nothing was said of its end: until you say `outage end`, or for a year"
        return TakeOut(gpus, Window(start, start + OPEN_ENDED), reason, context.noted((note,)))
    word = when.split(" ", 1)[0].lower()
    said = f"now {when}" if word in {"until", "till", "for"} else when.removeprefix("from ") if word == "from" else when
    try:
        spoken = read_window(said, context.zone, context.now, context.deadlines)
    except InputError as error:
        hint = error.hint if reason else f"{error.hint} A reason stands in quotes, or after because."
        raise InputError(str(error), hint=hint, example=error.example) from None
    if spoken.window.end <= context.now:
        raise InputError("That is over.", hint="Say an end that is ahead.", example=EXAMPLES["outage"])
    return TakeOut(gpus, spoken.window, reason, context.noted(spoken.notes))


def _reason(text: str) -> tuple[str, str]:
    """What is said before the reason, and the reason ("": none)."""
    because = _BECAUSE.search(text)
    found = None if because else _QUOTED.search(text)
    if because:
        return text[: because.start()].strip(), read_reason(text[because.end() :], EXAMPLES["outage"])
    if found:
        return text[: found.start()].strip(), read_reason(found[1], EXAMPLES["outage"])
    return text, ""


def _gpus(text: str, lab: Lab) -> tuple[tuple[str, ...], str]:
    """The GPUs that come first, by their names or those of their nodes, and the text after them."""
    nodes = {node.name.lower(): node for node in lab.nodes}
    words = Words(plain_words(clean(text)))
    found: dict[str, None] = {}
    while not words.done:
        named = take_gpus(words, lab)
        node = None if named else nodes.get(words.peek())
        if node is not None:
            words.at += 1
            named = tuple(gpu.name for gpu in node.gpus)
        if not named:
            break
        found |= dict.fromkeys(named)
        words.take("and")
    unknown = [name for name in found if name not in lab.gpus]
    if unknown or not found:
        typed = unknown[0] if unknown else text
        raise InputError(
            f"I know no GPU or node {quoted(typed)}." if typed else "Which GPUs?",
            hint="Say GPUs such as atlas:2, or a whole node.",
            example=EXAMPLES["outage"],
        )
    return tuple(found), " ".join(words.typed[words.at :])
