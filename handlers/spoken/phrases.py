"""Time phrases as values: what was said of an instant, before a date is put to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Literal

MIDNIGHT = 24 * 60
DAY_BEGINS = 9 * 60


@dataclass(frozen=True, slots=True)
class Clock:
    """Minutes after midnight, 0 to 1440, and how they were said.

    `style` "bare": an hour alone, as in "at 5"; "12h": with am or pm; "24h": with minutes; "word": noon, eod.
    """

    minutes: int
    style: Literal["bare", "12h", "24h", "word"]
    typed: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a day, in minutes after its midnight; over 1440: it ends on the next day."""

    name: str
    start: int
    end: int


PARTS = {
    part.name: part
    for part in (
        Part("morning", 9 * 60, 12 * 60),
        Part("afternoon", 12 * 60, 18 * 60),
        Part("evening", 18 * 60, 22 * 60),
        Part("night", 20 * 60, 32 * 60),
    )
}


@dataclass(frozen=True, slots=True)
class DaysAway:
    """Today is 0, tomorrow 1."""

    days: int


@dataclass(frozen=True, slots=True)
class Weekday:
    """Monday is 0. `next_week`: that of next week, else the next one still ahead."""

    weekday: int
    next_week: bool
    typed: str


@dataclass(frozen=True, slots=True)
class Dated:
    """A date; without a year the next one still ahead. `weekday` was said too, and must agree."""

    month: int
    day: int
    year: int | None
    weekday: int | None
    typed: str


@dataclass(frozen=True, slots=True)
class Weekend:
    """Saturday 00:00 to Monday 00:00; `next_week`: the one after this week's."""

    next_week: bool


Day = DaysAway | Weekday | Dated | Weekend


@dataclass(frozen=True, slots=True)
class Now:
    """ "now"."""


@dataclass(frozen=True, slots=True)
class Exact:
    """An instant that needs no zone to be understood."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Named:
    """A deadline, shown in the zone that `at` carries. `kind`: which of its dates, where the name does not say it."""

    name: str
    at: datetime
    kind: str = ""


# Deadlines by what they are called: an instant alone stands for a deadline of that name.
Goals = Mapping[str, datetime | Named]


@dataclass(frozen=True, slots=True)
class Local:
    """A time on somebody's clock. `zone` None: the member's. At least one of day and clock is there."""

    day: Day | None = None
    clock: Clock | None = None
    part: Part | None = None
    zone: tzinfo | None = None
    day_last: bool = False


@dataclass(frozen=True, slots=True)
class Away:
    """So long after (or, negative, before) another instant."""

    length: timedelta
    base: Now | Exact | Named | Local


@dataclass(frozen=True, slots=True)
class Loose:
    """Words that the grammar leaves to dateparser, every one of which is understood there."""

    typed: str


Phrase = Now | Exact | Named | Local | Away | Loose


@dataclass(frozen=True, slots=True)
class Calendar:
    """Where a phrase was said: the member's zone, now (UTC, whole minutes), and today there."""

    zone: tzinfo
    now: datetime

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()
