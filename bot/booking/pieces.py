"""A run in pieces: several windows that together are as long, for work that carries checkpoints."""

from dataclasses import replace
from datetime import timedelta

from bot.booking.calendar import Calendar
from bot.booking.decision import Placement
from bot.booking.model import Before, minute_of
from bot.booking.search import Need, earliest, longest_from
from bot.booking.snapshot import Scene

MOST_PIECES = 20


def in_pieces(calendar: Calendar, need: Need, run: Before, first: int, last: int, now: int) -> Placement | None:
    """Windows that make up `run.length` by its promise, each of at least `run.pieces` but for the last, the earliest.

    None starts before `first` or after `last`. The first piece is the placement itself, the others are its `pieces`.
    None if there is no time for all, or if it takes more than MOST_PIECES. The calendar comes back as it was.
    """
    if run.pieces is None:
        return None
    shortest, missing = run.pieces // timedelta(minutes=1), run.length // timedelta(minutes=1)
    by, found = minute_of(run.promise.by), list[Placement]()
    while missing > 0 and len(found) < MOST_PIECES:
        least = min(shortest, missing)
        # What others must make way for is left out: each piece stands by itself.
        placed = earliest(calendar, need, first, min(last, by - least), least, now, effort=0)
        if placed is None or placed.rebinds:
            return None
        start = minute_of(placed.window.start)
        long = max(least, min(missing, longest_from(calendar, need, start, min(missing, by - start))))
        if 0 < missing - long < shortest and long - (shortest - (missing - long)) >= shortest:
            long -= shortest - (missing - long)  # rather a shorter piece now than a scrap at the end
        whole = earliest(calendar, need, start, start, long, now, effort=0)
        if whole is None or whole.rebinds:
            whole = placed
        found.append(whole)
        missing -= whole.window.minutes
        first = minute_of(whole.window.end)
    if missing > 0 or not found:
        return None
    return replace(found[0], pieces=tuple(found[1:]))


def horizon_of(scene: Scene) -> int:
    """The last minute at which what is movable may start."""
    return minute_of(scene.now + timedelta(days=scene.policy.movable_horizon_days))


def pieces_of(placement: Placement) -> tuple[Placement, ...]:
    """All windows of a placement, the first one included."""
    return (replace(placement, pieces=()), *placement.pieces)
