"""What follows `calendar`: nothing or a pool, and "new" for another link. Pure."""

from bot.errors import InputError
from handlers.context import Context
from handlers.said_calendar import Calendar
from handlers.spoken.fleet import take_pool
from handlers.spoken.words import Words, listed, plain_words, quoted


def read_calendar(rest: str, context: Context) -> Calendar:
    """Raises InputError for anything else."""
    words = Words(plain_words(rest))
    pool = take_pool(words, context.lab)
    renew = words.take("new")
    if not words.done:
        raise InputError(
            f"I did not understand {quoted(words.rest())}.",
            hint=f'Say nothing more for your own, or a pool ({listed(context.lab.pools)}); "new" makes another link.',
            example="calendar",
        )
    return Calendar(pool, renew)
