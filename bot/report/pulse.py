"""The pulse: one question to those who use the GPUs, once in a quarter, kept without names."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from bot.report.months import Month, month_of

LEAST = 5  # answers; fewer are shown to nobody
OPEN_FOR = timedelta(days=14)  # answers are taken for so long, and shown only then: each alone would tell who gave it
SCALE = range(1, 6)  # compute satisfaction, 1 to 5
LONGEST = 300  # characters of a line about waiting
ASKED_ON, ASKED_AT = 15, time(10)  # of the quarter's first month, in the lab's zone
LATEST = timedelta(days=7)  # after that a quarter is not asked by itself any more
USED_WITHIN = timedelta(days=92)  # who had or wanted GPUs in that time is asked


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """A quarter of a year; `number` is 1 to 4."""

    year: int
    number: int

    @property
    def label(self) -> str:
        """ "2026-Q4"."""
        return f"{self.year}-Q{self.number}"

    @property
    def first(self) -> Month:
        """Its first month."""
        return Month(self.year, 3 * self.number - 2)

    def due(self, zone: tzinfo) -> datetime:
        """When it is asked by itself (UTC): at ten on the 15th of its first month."""
        day = date(self.year, self.first.number, ASKED_ON)
        return datetime.combine(day, ASKED_AT, zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Pulse:
    """What was answered in a quarter: how many gave each mark from 1 to 5, and what was said about waiting, sorted.

    `asked`: how many were asked.
    """

    quarter: str
    marks: tuple[int, int, int, int, int]
    lines: tuple[str, ...]
    asked: int

    @property
    def answers(self) -> int:
        """How many there are."""
        return sum(self.marks)

    @property
    def low(self) -> float:
        """The share of those who gave 3 or less. Raises ZeroDivisionError without answers."""
        return sum(self.marks[:3]) / self.answers


def quarter_of(now: datetime, zone: tzinfo) -> Quarter:
    """The quarter that it is at `now` in `zone`."""
    month = month_of(now, zone)
    return Quarter(month.year, (month.number + 2) // 3)


def is_due(now: datetime, zone: tzinfo) -> bool:
    """Whether the quarter's question is to be asked by itself now, if it was not."""
    due = quarter_of(now, zone).due(zone)
    return due <= now < due + LATEST


def next_due(now: datetime, zone: tzinfo) -> datetime:
    """The next instant after `now` at which a quarter is asked by itself."""
    quarter = quarter_of(now, zone)
    later = Quarter(quarter.year + quarter.number // 4, quarter.number % 4 + 1)
    return next(due for due in (quarter.due(zone), later.due(zone)) if due > now)
