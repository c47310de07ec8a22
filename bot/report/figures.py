"""A month in figures, and beside it the month before."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from functools import partial

from bot.booking.model import Window
from bot.report.demand import Demand, demand, tries
from bot.report.hours import Hours, by_pool, hours, shared
from bot.report.months import Month
from bot.report.promises import Deadlines, deadlines
from bot.report.pulse import Pulse
from bot.report.record import Due, Record
from bot.report.spread import jain
from bot.report.waits import Waits, by_crunch, starts, waits


@dataclass(frozen=True, slots=True)
class Week:
    """A week, or the part of it that lies in the month and is over, from its first date."""

    first: date
    window: Window
    hours: Hours
    waits: Waits
    demand: Demand


@dataclass(frozen=True, slots=True)
class Figures:
    """All that is said of a month. `window`: the month, or what is over of it.

    `near`, `far`: waits for what began in the two weeks before a deadline of the lab's, and otherwise. `members`: how
    many had or asked for GPUs; `jain`: how evenly the GPU-time was spread over these.
    """

    month: Month
    window: Window
    hours: Hours
    pools: Mapping[str, Hours]
    weeks: tuple[Week, ...]
    waits: Waits
    near: Waits
    far: Waits
    demand: Demand
    deadlines: Deadlines
    dues: tuple[Due, ...]
    members: int
    jain: float | None
    refusals_kept: bool

    @property
    def is_empty(self) -> bool:
        """Whether nothing was had, asked for or used."""
        return not (self.members or self.hours.reserved or self.hours.unbooked)


@dataclass(frozen=True, slots=True)
class Report:
    """A lab's month as of `now`. `before`: the month before it, if there is one to look at.

    `zone`: the IANA name of the lab's. `so_far`: the month is not over. `pools`: sizes as the lab file has them now.
    `pulse`: the last that may be shown, if any.
    """

    lab: str
    zone: str
    now: datetime
    figures: Figures
    before: Figures | None
    so_far: bool = False
    pools: Mapping[str, int] = field(default_factory=dict)
    pulse: Pulse | None = None


def figures(month: Month, record: Record, zone: tzinfo) -> Figures:
    """Those of a month, of the record of it (or of what is over of it)."""
    window = record.window
    tried = tries(record.refusals, record.runs, record.waits)
    began = starts(record.runs, record.waits, tried, window)
    near, far = by_crunch(began, record.dues)
    had = _had(record, window)
    asked = [one.member for one in tried if window.start <= one.first < window.end]
    asked += [one.member for one in record.waits if window.start <= one.created_at < window.end]
    shares = dict.fromkeys(asked, 0) | had
    weeks = []
    for first, whole in month.weeks(zone):
        if whole.start >= window.end:
            break
        part = Window(whole.start, min(whole.end, window.end))
        inside = [one for one in began if part.start <= one.at < part.end]
        weeks.append(Week(first, part, hours(record, part), waits(inside), demand(record, tried, part)))
    return Figures(
        month=month,
        window=window,
        hours=hours(record, window),
        pools=by_pool(record, partial(hours, record, window)),
        weeks=tuple(weeks),
        waits=waits(began),
        near=near,
        far=far,
        demand=demand(record, tried, window),
        deadlines=deadlines(record, tried, window),
        dues=tuple(one for one in record.dues if window.start <= one.at < window.end),
        members=len(shares),
        jain=jain(list(shares.values())),
        refusals_kept=record.refusals_since is not None and record.refusals_since < window.end,
    )


def _had(record: Record, window: Window) -> dict[str, int]:
    """GPU-minutes by member, of those who had any in the window."""
    had: dict[str, int] = {}
    for one in record.stays:
        minutes = one.gpus * shared(one.window, window)
        if minutes:
            had[one.member] = had.get(one.member, 0) + minutes
    return had
