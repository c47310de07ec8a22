"""What the forms' menus offer while somebody types: pools with what is free in them, reservations with their times."""

from collections.abc import Iterable, Sequence
from datetime import tzinfo

from bot.booking.board import PoolFree
from bot.booking.model import Reservation
from handlers.ids import ActionId
from handlers.views import words
from handlers.views.board import pool_free
from handlers.views.card import state_shown, value_of
from handlers.views.fields import ANY_POOL
from handlers.views.kit import Block, clip, one_line, plain_text

MOST = 100  # Slack's limit
LONGEST_VALUE = 150  # Slack's limit; half a pool's name would be another pool's


def menu(placeholder: str, initial: Block | None = None) -> Block:
    """A menu whose options are asked for when it is opened, and at each letter typed."""
    element: Block = {"type": "external_select", "action_id": ActionId.VALUE, "min_query_length": 0}
    element["placeholder"] = plain_text(placeholder, 150)
    return element if initial is None else {**element, "initial_option": initial}


def chosen_pool(pool: str) -> Block:
    """The option that a booking form begins with ("": any pool)."""
    usable = pool and len(pool) <= LONGEST_VALUE
    return _option(_shown(pool), pool) if usable else _option("Any pool", ANY_POOL)


def pools(found: Sequence[PoolFree], typed: str, zone: tzinfo) -> list[Block]:
    """The pools whose names hold what was typed, each with what is free in it."""
    offered = [_option("Any pool", ANY_POOL, "The one that fits best")] if _fits(typed, "Any pool") else []
    for pool in found:
        if len(pool.pool) <= LONGEST_VALUE and _fits(typed, pool.pool):
            is_free = words.unmarked(pool_free(pool, pool.window.start, zone), zone)
            offered.append(_option(f"{_shown(pool.pool)} · {words.number(pool.size)}", pool.pool, f"free: {is_free}"))
    return offered[:MOST]


def reservations(found: Iterable[Reservation], typed: str, zone: tzinfo) -> list[Block]:
    """The reservations in which what was typed occurs, each with its window."""
    offered = []
    for one in found:
        text = f"{one.label}: {words.unmarked(words.held(one), zone)}"
        when = f"{words.unmarked(words.span(one.window, zone), zone)} · {state_shown(one.state)}"
        if _fits(typed, f"{text} {when} {one.reason}"):
            offered.append(_option(text, value_of(one), when))
    return offered[:MOST]


def _shown(pool: str) -> str:
    return pool.upper() if words.is_model(pool) else pool


def _fits(typed: str, text: str) -> bool:
    return one_line(typed).casefold() in text.casefold()


def _option(text: str, value: str, description: str = "") -> Block:
    option: Block = {"text": plain_text(text, 75), "value": value}
    return {**option, "description": plain_text(clip(description, 75), 75)} if description else option
