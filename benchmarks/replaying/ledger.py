"""A plain dict of reservations for a ledger, which keeps the calendar warm and watches the core's rules."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from heapq import heappush

from benchmarks.replaying.runs import Run
from bot.booking.calendar import Calendar
from bot.booking.decision import Placement
from bot.booking.lab import Lab
from bot.booking.lifecycle import State
from bot.booking.model import Reservation, instant_of, minute_of

BEGIN = datetime(2027, 1, 4, tzinfo=UTC)  # minute 0 of every trace: a Monday
END, EXTEND, START, FAIL = 0, 1, 2, 3  # what happens first in a minute


class BrokenRuleError(Exception):
    """The core did what it never may: a benchmark of it is worth nothing."""


class Ledger:
    """Reservations by id (the job's, or below 0 an outage). Minutes are the trace's.

    `events`: what is to happen, as (minute, what, id, version): void for a reservation that has another version now.
    """

    def __init__(self, lab: Lab) -> None:
        self.calendar = Calendar(lab, minute_of(BEGIN))
        self.held: dict[int, Reservation] = {}
        self.events: list[tuple[int, int, int, int]] = []
        self.version = 0
        self._policy = lab.policy
        self._busy = dict.fromkeys(lab.gpus, 0)  # until when; apart from the calendar, to find it out

    def write(self, changed: Sequence[Reservation]) -> None:
        """All at once: one may have what another of them had before."""
        self.version += 1
        for one in changed:
            if one.holds:
                self.held[one.id] = one
            else:
                self.held.pop(one.id, None)
        self.calendar.apply(changed, self.version)

    def expect(self, minute: int, what: int, reservation: Reservation) -> None:
        """It will happen to this reservation, if it is not changed before."""
        heappush(self.events, (minute, what, reservation.id, reservation.version))

    def expect_start(self, booked: Reservation) -> None:
        """It begins when its window does."""
        self.expect(trace_minute(booked.window.start), START, booked)

    def take(self, gpus: Iterable[str], minute: int, end: int) -> None:
        """A run begins on these GPUs. Raises BrokenRuleError if another one is on them."""
        for gpu in gpus:
            if self._busy[gpu] > minute:
                raise BrokenRuleError(f"a run begins on {gpu} at minute {minute}, which is taken")
            self._busy[gpu] = end

    def leave(self, gpus: Iterable[str], end: int) -> None:
        """The run that is on these GPUs is over at `end`."""
        self._busy |= dict.fromkeys(gpus, end)

    def rearranged(self, placement: Placement, now: int, runs: dict[int, Run]) -> list[Reservation]:
        """Others with their new GPUs and new windows: to be written at once with what makes them so.

        Raises BrokenRuleError for a move that the rules forbid; one out of its bounds is noted as a broken promise.
        """
        changed = {id_: replace(self.held[id_], gpus=gpus) for id_, gpus in placement.rebinds}
        for move in placement.moves:
            old = changed.get(move.reservation, self.held[move.reservation])
            if old.state is not State.BOOKED or not old.movable or trace_minute(old.window.start) <= now:
                raise BrokenRuleError(f"{old.label} was moved, but has begun or is fixed")
            notice = min(old.window.start, move.window.start) - instant(now)
            if old.moved >= self._policy.moves or notice < self._policy.move_notice:
                raise BrokenRuleError(f"{old.label} was moved {old.moved + 1} times, the last {notice} ahead")
            moved = replace(old, window=move.window, gpus=move.gpus, moved=old.moved + 1, version=old.version + 1)
            changed[old.id] = moved
            self.expect_start(moved)
            run = runs[old.id]
            run.moves += 1
            inside = trace_minute(moved.window.start) >= now and trace_minute(moved.window.end) <= run.job.due
            run.kept = run.kept and inside and moved.window.length == old.window.length
        return list(changed.values())


def instant(minute: int) -> datetime:
    """The UTC instant of a minute of the trace."""
    return instant_of(minute_of(BEGIN) + minute)


def trace_minute(at: datetime) -> int:
    """The opposite of `instant`."""
    return minute_of(at) - minute_of(BEGIN)
