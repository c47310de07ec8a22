"""How long people waited for GPUs that they got, and whether deadlines made it longer."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.booking.lifecycle import State
from bot.booking.model import Window, minute_of
from bot.report.demand import Try
from bot.report.record import Due, Run, Wait
from bot.report.spread import quantile

CRUNCH = timedelta(days=14)  # "the weeks before a deadline"
_NOT_BEGUN = frozenset({State.PENDING, State.OFFERED, State.BOOKED})


@dataclass(frozen=True, slots=True)
class Start:
    """GPUs that somebody got: `lead`, minutes from the asking to the start; `wait`, by how many it was later than
    they wanted it.
    """

    reservation: int
    at: datetime
    lead: int
    wait: int


@dataclass(frozen=True, slots=True)
class Waits:
    """Of `count` starts, in minutes: the middle one, and what nine of ten did not pass; None where there was none."""

    count: int = 0
    lead: float | None = None
    lead_90: float | None = None
    wait: float | None = None
    wait_90: float | None = None


def starts(runs: Iterable[Run], waited: Iterable[Wait], tried: Sequence[Try], window: Window) -> tuple[Start, ...]:
    """What began in `window`, by its start; of pieces the first one alone.

    A request is as old as the try, the wait or the booking that it began with, and wanted from when that was: at once,
    or later where it said so. What was booked ahead on purpose so has a lead, and no wait.
    """
    refused: Mapping[int, Try] = {one.got: one for one in tried if one.got is not None}
    turned: Mapping[int, Try] = {one.wait: one for one in tried if one.wait is not None}
    stood: Mapping[int, Wait] = {one.got: one for one in waited if one.got is not None}
    found = []
    for run in runs:
        began = run.window.start
        if not run.had or run.state in _NOT_BEGUN or run.group != run.reservation:
            continue
        if not window.start <= began < window.end:
            continue
        asked, wanted = run.made, run.wanted
        if (wait := stood.get(run.reservation)) is not None:
            asked, wanted = wait.created_at, wait.wanted
        first = turned.get(wait.id) if wait is not None else refused.get(run.reservation)
        if first is not None:
            asked, wanted = min(asked, first.first), min(wanted, first.wanted)
        found.append(Start(run.reservation, began, _minutes(asked, began), _minutes(max(asked, wanted), began)))
    return tuple(sorted(found, key=lambda one: (one.at, one.reservation)))


def waits(found: Iterable[Start]) -> Waits:
    """Of these starts."""
    these = list(found)
    leads, lates = sorted(one.lead for one in these), sorted(one.wait for one in these)
    return Waits(len(these), quantile(leads, 0.5), quantile(leads, 0.9), quantile(lates, 0.5), quantile(lates, 0.9))


def by_crunch(found: Iterable[Start], dues: Sequence[Due]) -> tuple[Waits, Waits]:
    """Of those in the two weeks before a deadline of the lab's, and of the others."""
    near: list[Start] = []
    far: list[Start] = []
    for one in found:
        (near if any(due.at - CRUNCH <= one.at < due.at for due in dues) else far).append(one)
    return waits(near), waits(far)


def _minutes(since: datetime, until: datetime) -> int:
    return max(0, minute_of(until) - minute_of(since))
