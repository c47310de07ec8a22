"""A link to a calendar, as its member sees it."""

from bot.desk import Subscription
from handlers.views.kit import Reply, context, named, section


def linked(link: Subscription, url: str) -> Reply:
    """The address; where the lab does not say its own (`url` ""), the part after the bot's."""
    whose = "Your reservations" if link.pool is None else f"All reservations of {named(link.pool)}"
    path = f"/calendar/{link.token}.ics"
    text = f"{whose}, for your calendar program:\n`{url}{path}`"
    again = "calendar new" if link.pool is None else f"calendar {named(link.pool)} new"
    notes = (
        "" if url else "Put the bot's own address before it: the lab file does not say which that is.",
        f"Whoever has the address can read it. `/gpu {again}` makes another, and ends this one.",
    )
    return Reply(text, (section(text), *context(*notes)))
