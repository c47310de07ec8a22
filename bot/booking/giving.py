"""What becomes of a reservation of which its holder gives up all, a part, or its place."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from bot.booking.amend import as_request, given_back
from bot.booking.decision import Granted, Placement
from bot.booking.judge import judge
from bot.booking.lifecycle import State
from bot.booking.model import Request, Reservation, Window, instant_of
from bot.booking.search import need_of, place
from bot.booking.snapshot import Scene, Snapshot


class Gives(StrEnum):
    """What a holder gives up. Beside each what its figure says; instants are minutes since 1970."""

    SWAP = "swap"  # it becomes the asker's own reservation of that id, which is given in exchange
    MOVED = "moved"  # its window, for another one of the same length that begins then
    LATER = "later"  # its beginning: it starts then
    SHORTER = "shorter"  # its end: it ends then
    FEWER = "fewer"  # GPUs: it keeps so many
    ALL = "all"  # all of it (0)


@dataclass(frozen=True, slots=True)
class Plea:
    """A request, and the reservation of somebody else that stands in its way.

    `scene` is the asker's, `theirs` the holder's snapshot; `exchange`: what the asker would give for it.
    """

    request: Request
    held: Reservation
    scene: Scene
    theirs: Snapshot
    exchange: Reservation | None = None


def becoming(plea: Plea, kind: Gives, figure: int) -> Reservation | None:
    """The holder's reservation once this is given up, whether or not that makes room; None where it cannot be."""
    held, now = plea.held, plea.scene.now
    if held.state not in (State.BOOKED, State.ACTIVE) or held.window.end <= now:
        return None
    match kind:
        case Gives.ALL:
            return given_back(held, now)
        case Gives.FEWER:
            if not 1 <= figure < held.count:
                return None
            wanted = plea.request.gpus
            kept = {*sorted(held.gpus, key=lambda gpu: gpu in wanted)[:figure]}
            return replace(held, gpus=tuple(gpu for gpu in held.gpus if gpu in kept))
        case Gives.SHORTER:
            end = instant_of(figure)
            if not max(held.window.start, now) < end < held.window.end:
                return None
            return replace(held, window=Window(held.window.start, end))
        case Gives.LATER:
            start = instant_of(figure)
            if held.state is not State.BOOKED or not max(held.window.start, now) < start < held.window.end:
                return None
            return replace(held, window=Window(start, held.window.end))
        case Gives.MOVED:
            return _moved(plea, instant_of(figure))
        case Gives.SWAP:
            return _swapped(plea, figure)
        case other:
            assert_never(other)


def _moved(plea: Plea, start: datetime) -> Reservation | None:
    """In another window that keeps its promise, under the holder's own limits, and gives nobody other GPUs."""
    held, scene = plea.held, plea.scene
    window = Window(start, start + held.window.length)
    if held.state is not State.BOOKED or start <= scene.now or not _keeps_bounds(held, window):
        return None
    request = as_request(held, window)
    with scene.calendar.without(held):
        need = need_of(request, scene.calendar.pools[held.pool], held.count)
        placed = place(scene.calendar, need, window, scene.minute)
        if not isinstance(placed, Placement) or placed.rebinds:
            return None
        alone = replace(scene, snapshot=plea.theirs.without(held))
        if not isinstance(judge(request, placed, alone), Granted):
            return None
    return replace(held, window=window, gpus=placed.gpus)


def _swapped(plea: Plea, figure: int) -> Reservation | None:
    """On the first of the asker's GPUs, in the first of their window."""
    held, mine, now = plea.held, plea.exchange, plea.scene.now
    if mine is None or mine.id != figure or mine.member != plea.request.member or mine.pool != held.pool:
        return None
    both_ahead = held.state is mine.state is State.BOOKED and min(held.window.start, mine.window.start) > now
    if not both_ahead or held.named or mine.count < held.count or mine.window.length < held.window.length:
        return None
    window = Window(mine.window.start, mine.window.start + held.window.length)
    lab = plea.scene.calendar.lab
    suit = all(gpu in lab.gpus and lab.gpus[gpu].memory_gb >= held.memory_gb for gpu in mine.gpus[: held.count])
    if not (suit and _keeps_bounds(held, window)):
        return None
    return replace(held, window=window, gpus=mine.gpus[: held.count])


def _keeps_bounds(held: Reservation, window: Window) -> bool:
    if held.not_before is not None and window.start < held.not_before:
        return False
    return held.promise is None or window.end <= held.promise.by
