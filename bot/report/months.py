"""Months and weeks of the lab's own calendar, as windows in UTC."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise

from bot.booking.model import Window

FIRST_YEAR, LAST_YEAR = 2000, 2999
_NAMES = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A month of the calendar; `number` is 1 to 12. Raises ValueError for one that is none, or is out of reach."""

    year: int
    number: int

    def __post_init__(self) -> None:
        if not (1 <= self.number <= 12 and FIRST_YEAR <= self.year <= LAST_YEAR):
            raise ValueError(f"{self.year}-{self.number} is no month between {FIRST_YEAR} and {LAST_YEAR}")

    @classmethod
    def labelled(cls, label: str) -> "Month":
        """The month that is written so: "2026-10". Raises ValueError."""
        year, _, number = label.partition("-")
        return cls(int(year), int(number))

    @property
    def label(self) -> str:
        """ "2026-10"."""
        return f"{self.year}-{self.number:02}"

    @property
    def name(self) -> str:
        """ "October 2026"."""
        return f"{_NAMES[self.number - 1]} {self.year}"

    @property
    def before(self) -> "Month":
        """The one before it."""
        return self.plus(-1)

    def plus(self, months: int) -> "Month":
        """So many months later."""
        year, place = divmod(self.year * 12 + self.number - 1 + months, 12)
        return Month(year, place + 1)

    def window(self, zone: tzinfo) -> Window:
        """From its first midnight in `zone` to the next month's: 743 or 745 hours where the clocks change."""
        return Window(_midnight(self._first, zone), _midnight(self._last, zone))

    def weeks(self, zone: tzinfo) -> tuple[tuple[date, Window], ...]:
        """Its weeks, each with its first date: they begin on Mondays, and the first and last may be parts."""
        first, end = self._first, self._last
        mondays = [first + timedelta(days=ahead) for ahead in range(1, (end - first).days)]
        begins = [first, *(day for day in mondays if day.weekday() == 0), end]
        return tuple((day, Window(_midnight(day, zone), _midnight(last, zone))) for day, last in pairwise(begins))

    @property
    def _first(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def _last(self) -> date:
        """The first of the next."""
        return date(self.year + self.number // 12, self.number % 12 + 1, 1)


def month_of(now: datetime, zone: tzinfo) -> Month:
    """The month that it is at `now` in `zone`."""
    there = now.astimezone(zone)
    return Month(there.year, there.month)


def number_of(name: str) -> int | None:
    """The number of the month that is called so, in full or by its first three letters or more; None: none is."""
    found = [place for place, one in enumerate(_NAMES, 1) if one.lower().startswith(name.lower())]
    return found[0] if len(name) >= 3 and len(found) == 1 else None


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
