"""What follows `estimate`: the work, on how many of which GPUs, and perhaps a deadline. Pure."""

from bot.booking.lab import Lab
from bot.errors import InputError
from bot.estimates.work import Like
from handlers.booking_line import promise_of
from handlers.context import Context
from handlers.said_estimate import Estimate
from handlers.spoken.fleet import no_such_pool
from handlers.spoken.grammar import DUE
from handlers.spoken.what import count_apart, take_what
from handlers.spoken.words import Words, listed, plain_words
from handlers.spoken.work import read_work
from handlers.when import Movable, read_when

EXAMPLE = "estimate pythia-1b on 1 a100"
_WHEN = frozenset({*DUE, "after", "not"})


def read_estimate(text: str, context: Context) -> Estimate:
    """The question in a cleaned text. Raises InputError, with an example that works, for what is not understood."""
    try:
        return _read(text, context)
    except InputError as error:
        example = error.example if error.example.startswith("estimate ") else f"{EXAMPLE} before fri 6pm"
        raise InputError(str(error), hint=error.hint, example=example, field=error.field) from None


def _read(text: str, context: Context) -> Estimate:
    typed = plain_words(text)
    low = [word.lower() for word in typed]
    start = next((place for place, word in enumerate(low) if word in _WHEN and place), len(low))
    asked, when = typed[:start], " ".join(typed[start:])
    on = max((place for place, word in enumerate(low[:start]) if word == "on"), default=len(asked))
    named = " ".join(asked[:on])
    work = read_work(named)
    count, pool = _place(asked[on + 1 :], context.lab, like=isinstance(work, Like))
    if not when:
        return Estimate(work, named, pool, count)
    said = read_when(when, context.zone, context.now, context.deadlines)
    if not isinstance(said, Movable) or said.length is not None:
        raise InputError(
            "An estimate says how long it takes; of time it is told a deadline at most.",
            hint='Say "before" and a deadline or a time, and nothing else of when.',
        )
    return Estimate(work, named, pool, count, promise_of(said.due, context), said.not_before, context.noted(said.notes))


def _place(typed: list[str], lab: Lab, *, like: bool) -> tuple[int | None, str | None]:
    """How many, of which pool. Raises InputError where the lab has no such pool or fewer GPUs."""
    words = Words(count_apart(typed, lab))
    what = take_what(words, lab)
    if not words.done:
        no_such_pool(words.rest(), lab, EXAMPLE)
    if what.gpus or what.gpu_hours is not None:
        raise InputError("An estimate is for a number of GPUs of a pool.", hint="Say how many.", example=EXAMPLE)
    pool = what.pool or (next(iter(lab.pools)) if len(lab.pools) == 1 else None)
    if pool is None and not like:
        raise InputError("On which GPUs?", hint=f"The pools are {listed(lab.pools)}.", example=EXAMPLE)
    if pool is not None and what.count is not None and what.count > lab.pools[pool].size:
        size = lab.pools[pool].size
        raise InputError(
            f"{what.count:,} are more than there are: the pool {pool} has {size}.",
            hint="Ask for as many at most.",
            example=f"estimate pythia-1b on {size} {pool}",
        )
    return what.count, pool
