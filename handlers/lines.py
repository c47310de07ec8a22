"""A request to the line that asks for it: what an offer's button carries, and what a card repeats."""

from datetime import datetime, timedelta
from itertools import groupby
from typing import assert_never

from bot.booking.model import Before, Fixed, Request, Work
from handlers.spoken.days import is_month
from handlers.spoken.fleet import GPU_WORDS
from handlers.spoken.lengths import UNIT_WORDS

_TAKEN_WORDS = GPU_WORDS | UNIT_WORDS | {"any", "of", "pool", "x", "×"}


def line_of(request: Request) -> str:
    """The canonical line of a request: `parse` reads the same request from it, without notes.

    It is read as said by `asked_by`. Raises ValueError for a request that is neither Fixed nor Before.
    """
    words = ["book", *_what(request)]
    if request.memory_gb:
        words.append(f"with {request.memory_gb}gb")
    words += _when(request.when)
    if request.asked_by and request.member != request.asked_by:
        words.append(f"for <@{request.member}>")
    if request.reason:
        words.append(f"because {request.reason}")
    return " ".join(words)


def _when(when: Fixed | Before | Work) -> list[str]:
    match when:
        case Fixed(window):
            return [f"{_iso(window.start)}/{_iso(window.end)}"]
        case Before(length, promise, not_before, pieces):
            split = ["in pieces of", _length(pieces)] if pieces else []
            by = promise.name or _iso(promise.by)
            return ["for", _length(length), "after", _iso(not_before), "before", by, *split]
        case Work():
            raise ValueError("GPU-hours have no canonical line")
        case other:
            assert_never(other)


def _length(length: timedelta) -> str:
    hours, minutes = divmod(round(length.total_seconds() / 60), 60)
    return (f"{hours}h" if hours else "") + (f"{minutes}m" if minutes else "")


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
