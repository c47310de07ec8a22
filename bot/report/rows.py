"""A report as rows: every figure of it once, beside that of the month before. The pages say no other."""

from collections.abc import Iterator
from typing import NamedTuple

from bot.report.demand import Demand
from bot.report.figures import Figures, Report
from bot.report.hours import Hours
from bot.report.promises import Kept
from bot.report.waits import Waits

COLUMNS = ("figure", "of", "unit", "value", "month_before")
ALL = "all"
_GPU_HOURS, _HOURS, _COUNT = "GPU-hours", "hours", "count"


class Row(NamedTuple):
    """A figure `of` a part (all, a pool, a week, a deadline) of the month. None: there is none to tell."""

    figure: str
    of: str
    unit: str
    value: float | None
    month_before: float | None


_Named = tuple[tuple[str, str, float | None], ...]


def rows(report: Report) -> tuple[Row, ...]:
    """All of them: of the whole, of the pools, of the weeks, of the deadlines, and of the pulse."""
    now, before = report.figures, report.before
    return (
        *_beside(ALL, _whole(now), _whole(before) if before else None),
        *(
            row
            for pool, found in now.pools.items()
            for row in _beside(
                f"pool {pool}", _hours(found), _hours(before.pools.get(pool, Hours())) if before else None
            )
        ),
        *(
            row
            for week in now.weeks
            for row in _beside(
                f"week of {week.first}", (*_hours(week.hours), *_waits(week.waits), *_demand(week.demand)), None
            )
        ),
        *_beside("before deadlines", _waits(now.near), _waits(before.near) if before else None),
        *_beside("otherwise", _waits(now.far), _waits(before.far) if before else None),
        *(row for one in now.deadlines.each for row in _beside(_deadline(one), _kept(one), None)),
        *_pulse(report),
    )


def _beside(of: str, found: _Named, before: _Named | None) -> Iterator[Row]:
    then = {(name, unit): value for name, unit, value in before or ()}
    for name, unit, value in found:
        yield Row(name, of, unit, value, then.get((name, unit)))


def _whole(found: Figures) -> _Named:
    return (
        *_hours(found.hours),
        *_waits(found.waits),
        *_demand(found.demand),
        ("promised runs", _COUNT, found.deadlines.promised),
        ("promised runs done in time", _COUNT, found.deadlines.met),
        ("requests in vain before a deadline", _COUNT, found.deadlines.in_vain),
        ("members", _COUNT, found.members),
        ("jain index", "", found.jain),
    )


def _hours(found: Hours) -> _Named:
    seen = found.known + found.unknown > 0
    kept: tuple[tuple[str, float | None], ...] = (
        ("in service", found.there),
        ("out of service", found.out),
        ("reserved", found.reserved),
        ("reserved and used", found.used if seen else None),
        ("reserved and idle", found.idle if seen else None),
        ("reserved and unknown", found.unknown if seen else None),
        ("used without a reservation", found.unbooked if seen or found.unbooked else None),
    )
    return tuple((name, _GPU_HOURS, None if value is None else value / 60) for name, value in kept)


def _waits(found: Waits) -> _Named:
    kept = (
        ("later than wanted, half within", found.wait),
        ("later than wanted, nine of ten within", found.wait_90),
        ("asked to start, half within", found.lead),
        ("asked to start, nine of ten within", found.lead_90),
    )
    timed = ((name, _HOURS, None if minutes is None else minutes / 60) for name, minutes in kept)
    return (("starts", _COUNT, found.count), *timed)


def _demand(found: Demand) -> _Named:
    return (
        ("refused", _COUNT, found.tries),
        ("refused", _GPU_HOURS, found.refused / 60),
        ("refused in vain", _COUNT, found.in_vain),
        ("refused in vain", _GPU_HOURS, found.refused_in_vain / 60),
        ("waitlisted", _COUNT, found.waited),
        ("waitlisted", _GPU_HOURS, found.waitlisted / 60),
        ("waitlisted and served", _COUNT, found.taken),
        ("waitlisted and waiting still", _COUNT, found.open),
    )


def _deadline(one: Kept) -> str:
    return one.label if one.at is None else f"{one.label} {one.at:%Y-%m-%d}"


def _kept(one: Kept) -> _Named:
    return (("promised runs", _COUNT, one.promised), ("promised runs done in time", _COUNT, one.met))


def _pulse(report: Report) -> Iterator[Row]:
    if report.pulse is not None:
        for mark, count in enumerate(report.pulse.marks, 1):
            yield Row(f"compute satisfaction {mark} of 5", f"pulse {report.pulse.quarter}", _COUNT, count, None)
        yield Row("asked", f"pulse {report.pulse.quarter}", _COUNT, report.pulse.asked, None)
