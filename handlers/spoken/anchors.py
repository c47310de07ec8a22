"""What deadlines can be called in a line: "neurips", "iclr abstract", "the rebuttal ends"."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, tzinfo

from bot.booking.lab import PLAIN_KINDS, Deadline
from bot.booking.zones import zone_of
from handlers.spoken.phrases import Named


def anchors_of(deadlines: Iterable[Deadline], now: datetime) -> dict[str, Named]:
    """The deadlines by all that they can be called, each in its own zone.

    Of those that could be meant it is the next ahead, else the last; but what is called so in full goes before what is
    only meant by it ("iclr" is the paper deadline; "the rebuttal ends" is anybody's next). Case does not matter.
    """
    found: dict[str, list[tuple[int, str, Deadline]]] = {}
    for deadline in sorted(deadlines, key=lambda deadline: deadline.at):
        for rank, said in _calls(deadline):
            found.setdefault(said.lower(), []).append((rank, said, deadline))
    chosen = (_meant(candidates, now) for candidates in found.values())
    return {said: named(deadline) for _, said, deadline in chosen}


def _meant(candidates: list[tuple[int, str, Deadline]], now: datetime) -> tuple[int, str, Deadline]:
    ahead = [one for one in candidates if one[2].at > now]
    return min(ahead, key=lambda one: one[0]) if ahead else candidates[-1]


def named(deadline: Deadline) -> Named:
    """The deadline as a phrase, in its own zone."""
    kind = deadline.kind if deadline.kind in PLAIN_KINDS else ""
    return Named(deadline.label, deadline.at.astimezone(zone_written(deadline.zone)), kind)


def zone_written(name: str) -> tzinfo:
    """The zone that a deadline was written in; UTC for one that is not known here."""
    try:
        return zone_of(name)
    except ValueError:
        return UTC


def _calls(deadline: Deadline) -> Iterator[tuple[int, str]]:
    """What it can be called, with a rank: 0 is its own name, 2 what is only meant by it."""
    name, kind = deadline.name, deadline.kind
    yield 0, deadline.label
    match kind:
        case "":
            return
        case "paper":
            yield 1, f"{name} paper"
            yield 1, f"{name} submission"
        case "rebuttal":
            for said in ("rebuttal start", "rebuttal starts", "rebuttal begins"):
                yield 1, f"{name} {said}"
                yield 2, said
            yield 2, "rebuttal"
        case "rebuttal-end":
            for said in ("rebuttal end", "rebuttal ends", "rebuttal-end"):
                yield 1, f"{name} {said}"
                yield 2, said
            yield 2, f"{name} rebuttal"
            yield 2, "rebuttal"
        case _:
            yield 1, f"{name} {kind}"
