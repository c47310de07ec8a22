"""A request to the line that asks for it: what an offer's button carries, and what a card repeats."""

from datetime import datetime
from itertools import groupby

from bot.booking.model import Fixed, Request
from handlers.spoken.days import is_month
from handlers.spoken.fleet import GPU_WORDS
from handlers.spoken.lengths import UNIT_WORDS

_TAKEN_WORDS = GPU_WORDS | UNIT_WORDS | {"any", "of", "pool", "x", "×"}


def line_of(request: Request) -> str:
    """The canonical line of a request for a fixed window: `parse` reads the same request from it, without notes.

    It is read as said by `asked_by`. Raises ValueError for a request that is not Fixed.
    """
    if not isinstance(request.when, Fixed):
        raise ValueError("only a fixed window has a canonical line")
    window = request.when.window
    words = ["book", *_what(request)]
    if request.memory_gb:
        words.append(f"with {request.memory_gb}gb")
    words.append(f"{_iso(window.start)}/{_iso(window.end)}")
    if request.asked_by and request.member != request.asked_by:
        words.append(f"for <@{request.member}>")
    if request.reason:
        words.append(f"because {request.reason}")
    return " ".join(words)


def _what(request: Request) -> list[str]:
    if request.gpus and request.pool is None:
        return _named(request.gpus)
    if request.pool is None:
        return [str(request.count), "gpu" if request.count == 1 else "gpus"]
    first = request.pool.split()[0].lower()
    sure = ["pool"] if first in _TAKEN_WORDS or is_month(first) else []
    return [str(request.count), *sure, request.pool, *_named(request.gpus)]


def _named(gpus: tuple[str, ...]) -> list[str]:
    """ "atlas:0,1": the GPUs in their order, those of a node that follow each other in one word."""
    by_node = groupby((gpu.rpartition(":") for gpu in gpus), key=lambda parts: parts[0])
    return [f"{node}:{','.join(index for _, _, index in parts)}" for node, parts in by_node]


def _iso(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%MZ}"
