"""A request to the line that asks for it: what an offer's button carries, and what a card repeats."""

from datetime import datetime, timedelta
from itertools import groupby
from typing import assert_never

from bot.booking.model import MINUTE, Before, Fixed, Request, Work
from handlers.spoken.days import is_month
from handlers.spoken.fleet import GPU_WORDS
from handlers.spoken.lengths import UNIT_WORDS

_TAKEN_WORDS = GPU_WORDS | UNIT_WORDS | {"any", "of", "pool", "x", "×"}


def line_of(request: Request) -> str:
    """The canonical line of a request: `parse` reads the same request from it, without notes.

    It is read as said by `asked_by`; a named deadline is the one of that name then.
    """
    words = ["book", *_much(request)]
    if request.memory_gb:
        words.append(f"with {request.memory_gb}gb")
    words += _when(request.when)
    if request.asked_by and request.member != request.asked_by:
        words.append(f"for <@{request.member}>")
    if request.reason:
        words.append(f"because {request.reason}")
    return " ".join(words)


def when_words(when: Fixed | Before | Work) -> str:
    """The words of a line that say when, in UTC: "for 10h after 2026-11-02T08:00Z before neurips"."""
    return " ".join(_when(when))


def _when(when: Fixed | Before | Work) -> list[str]:
    match when:
        case Fixed(window):
            return [f"{_iso(window.start)}/{_iso(window.end)}"]
        case Before(length, promise, first, pieces):
            split = ["in", "pieces", "of", lasts(pieces)] if pieces else []
            return ["for", lasts(length), "after", _iso(first), "before", promise.name or _iso(promise.at), *split]
        case Work(promise=promise, not_before=first):
            return ["after", _iso(first), "before", promise.name or _iso(promise.at)]
        case other:
            assert_never(other)


def lasts(length: timedelta) -> str:
    """A length as a line says it: "8h", "90m"."""
    minutes = length // MINUTE
    return f"{minutes // 60}h" if minutes % 60 == 0 else f"{minutes}m"


def _much(request: Request) -> list[str]:
    if not isinstance(request.when, Work):
        return _what(request)
    # GPU-hours are said instead of a count; the rest of the words stays.
    return (
        [f"{request.when.gpu_hours:g}", "gpu-hours", *_what(request)[1:]]
        if request.pool
        else [f"{request.when.gpu_hours:g}", "gpu-hours"]
    )


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
