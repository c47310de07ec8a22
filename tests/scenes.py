"""What the tests of planning share: movable runs, calendars of a small pool, and a picture of all of a calendar.

Times are hours after Monday 2026-11-02 00:00 UTC; it is 08:00, and moving takes 12 hours' notice: from 20 on.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.booking.calendar import Calendar
from bot.booking.decision import Placement
from bot.booking.lab import Lab, Policy
from bot.booking.model import Promise, Reservation, Window, minute_of
from bot.booking.planning import Wanted, make_room
from bot.booking.search import Need
from bot.booking.snapshot import Scene, Snapshot
from make import ALICE, BOB, lab, monday, node, reservation

NOW = monday(8)
ONE = lab(node("atlas", "a100", 1))
TWO = lab(node("atlas", "a100", 2))


def run(
    id: int,  # noqa: A002
    start: float,
    end: float,
    by: float,
    gpus: tuple[str, ...] = ("atlas:0",),
    *,
    member: str = BOB.id,
    not_before: float = 8,
    **changed: Any,
) -> Reservation:
    """A movable reservation that must be over `by`."""
    made = reservation(id, start, end, gpus, member=member, movable=True)
    promise = Promise(monday(by), monday(by))
    return replace(made, promise=promise, not_before=monday(not_before), **changed)


def scene(
    *held: Reservation,
    of: Lab = ONE,
    zones: Mapping[str, str] | None = None,
    policy: Policy | None = None,
    now: datetime = NOW,
) -> Scene:
    calendar = Calendar(of, minute_of(now))
    calendar.apply(held, 1)
    return Scene(Snapshot(zones=zones or {}), calendar, policy or of.policy, now)


def wanted(at: Scene, hours: float, first: float, last: float | None = None, count: int = 1) -> Wanted:
    """`hours` on `count` A100s from `first`, or from some time up to `last`."""
    need = Need("a100", count, at.calendar.pools["a100"].layout.full, member=ALICE.id)
    begins = minute_of(monday(first))
    return Wanted(need, round(hours * 60), begins, begins if last is None else minute_of(monday(last)))


def room(at: Scene, hours: float, first: float, last: float | None = None, count: int = 1) -> Placement | None:
    """`make_room`, with a look at whether the calendar comes back, and whether what is found holds."""
    before = picture(at.calendar)
    found = make_room(wanted(at, hours, first, last, count), at)
    assert picture(at.calendar) == before
    if found is not None:
        check(at, found)
    return found


def picture(calendar: Calendar) -> tuple[object, ...]:
    """All that a calendar knows: who is live, in which order, every mask, and every stay on every GPU."""
    start, days = minute_of(NOW), 9
    return (
        list(calendar.live.items()),
        [list(pool.minutes.masks(start, start + days * 1440)) for pool in calendar.pools.values()],
        [list(pool.firm.masks(start, start + days * 1440)) for pool in calendar.pools.values()],
        [pool.stays(bit, 0, 1 << 40) for pool in calendar.pools.values() for bit in pool.layout.name],
        calendar.version,
        calendar.pending(),
        [calendar.movable(pool) for pool in calendar.pools],
    )


def check(at: Scene, found: Placement) -> None:
    """No GPU twice, everybody's bounds kept, and nobody of whom it was not to be."""
    after = dict(at.calendar.live)
    for moved in found.moves:
        old = after[moved.reservation]
        new = replace(old, window=moved.window, gpus=moved.gpus)
        assert old.promise is not None
        assert old.not_before is not None
        assert (new.window.length, new.count) == (old.window.length, old.count)
        assert old.not_before <= new.window.start
        assert new.window.end <= old.promise.by
        after[old.id] = new
    for id_, gpus in found.rebinds:
        after[id_] = replace(after[id_], gpus=gpus)
    after[0] = replace(reservation(0), window=found.window, gpus=found.gpus)
    held = list(after.values())
    for place, one in enumerate(held):
        for other in held[place + 1 :]:
            assert not (one.window.overlaps(other.window) and {*one.gpus} & {*other.gpus}), (one, other)


def moves(found: Placement | None) -> dict[int, Window]:
    """By reservation, where it goes."""
    assert found is not None
    return {moved.reservation: moved.window for moved in found.moves}
