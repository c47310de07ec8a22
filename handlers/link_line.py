"""What follows `link`: nothing, a login, `drop LOGIN`, or `LOGIN for @bob`. Pure."""

from bot.errors import InputError
from handlers.context import Context
from handlers.examples import EXAMPLES
from handlers.said_watched import Link, Links, Unlink
from handlers.spoken.people import take_person
from handlers.spoken.words import quoted


def read_link(rest: str, context: Context) -> Link | Links | Unlink:
    """Raises InputError for more than that."""
    if not rest:
        return Links()
    words = rest.split()
    if words[0].lower() == "drop" and len(words) == 2:
        return Unlink(words[1])
    try:
        person, left = take_person(words, context.people)
    except InputError as error:
        raise InputError(str(error), hint=error.hint, example=EXAMPLES["link"]) from None
    if len(left) != 1:
        raise InputError(
            f"I did not understand {quoted(rest)}.",
            hint='Say your Linux login, "drop" and one of yours, or nothing to see them.',
            example=EXAMPLES["link"],
        )
    return Link(left[0], person)
