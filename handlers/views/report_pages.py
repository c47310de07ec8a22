"""The report's two pages: what stands where. See `report_pdf`."""

from collections.abc import Sequence

from bot.report.figures import Report, Week
from bot.report.hours import Hours
from handlers.views import report_words as words
from handlers.views.report_paragraph import paragraph
from handlers.views.report_table import table
from handlers.views.sheets import INK, SOFT, Sheets
from handlers.views.timeline import written

LONGEST_MARK = 24
MOST_POOLS = 8
COLUMNS = (0.60, 0.77, 0.93)
STEP = 0.0205  # of the table's lines
HOW = (
    "How it is counted: GPU-hours of the lab's calendar month; used is over 5 % utilisation in a minute that was read,"
    " idle is not; what was not read is in neither. A wait runs from when GPUs were wanted (when they were asked for,"
    " or later where the request said so) to the start; a booking made within an hour after a refusal is as old as the"
    " refusal. Refusals of one member within an hour of each other are one request, as large as the largest."
)


def drawn(report: Report) -> Sheets:
    """Both pages."""
    pages = _Pages(report)
    pages.first()
    pages.second()
    return pages.sheets


class _Pages:
    def __init__(self, report: Report) -> None:
        self.of = report
        self.sheets = Sheets()

    def first(self) -> None:
        """The key figures, and the hours week by week."""
        sheets, report = self.sheets, self.of
        sheets.add("1 of 2")
        sheets.write(0.955, self._said(words.title(report)), size=16, bold=True)
        about = f"GPU use · {words.fleet(report)} · {words.made(report)}"
        sheets.write(0.933, self._said(about), color=SOFT)
        bottom = self._table(0.905)
        if report.figures.is_empty:
            sheets.write(bottom - 0.03, words.NOTHING, size=10)
            return
        top, weeks = bottom - 0.035, report.figures.weeks
        sheets.write(top, "GPU-hours reserved, by week", size=9.5, bold=True)
        sheets.stacked(top - 0.18, 0.145, self._weeks(), _hours([week.hours for week in weeks])[:3], "GPU-hours")
        notes = (words.hours_said(report), self._there(), words.spread_said(report), words.clock_changed(report))
        top = self._paragraph(top - 0.21, " ".join(filter(None, notes))) - 0.03
        pools = list(report.figures.pools.items())[:MOST_POOLS]
        sheets.write(top, "GPU-hours in service, by pool", size=9.5, bold=True)
        names = [self._said(words.pool_said(name)) for name, _ in pools]
        sheets.stacked(top - 0.14, 0.105, names, _hours([one for _, one in pools]), "GPU-hours")
        self._paragraph(top - 0.17, words.pools_said(report))

    def second(self) -> None:
        """Waits, what was refused and waited for, deadlines, and the paragraph."""
        sheets, report = self.sheets, self.of
        sheets.add("2 of 2")
        sheets.write(0.955, self._said(words.title(report)), size=11, bold=True)
        top = 0.92
        if not report.figures.is_empty:
            sheets.write(top, "How much later than wanted reservations began, by week", size=9.5, bold=True)
            sheets.beside(top - 0.16, 0.125, self._weeks(), self._waits(), "hours", self._marks())
            said = f"{words.waits_said(report)} {words.crunch_said(report)}"
            top = self._paragraph(top - 0.19, said) - 0.028
            sheets.write(top, "GPU-hours refused and waited for, by week", size=9.5, bold=True)
            sheets.beside(top - 0.15, 0.115, self._weeks(), self._demand(), "GPU-hours")
            top = self._paragraph(top - 0.18, words.demand_said(report)) - 0.028
            sheets.write(top, "Deadlines", size=9.5, bold=True)
            said = f"{words.deadlines_said(report)} {words.pulse_said(report)}"
            top = self._paragraph(top - 0.008, said) - 0.028
        sheets.write(top, "To paste into a proposal", size=9.5, bold=True)
        top = self._paragraph(top - 0.008, paragraph(report), color=INK)
        self._paragraph(top - 0.015, HOW, size=6.5)

    def _table(self, top: float) -> float:
        """The key figures beside those of the month before; where it ends."""
        heads, lines = table(self.of)
        self.sheets.cells(top, heads, COLUMNS, bold=True)
        for place, (name, *cells) in enumerate(lines, 1):
            y = top - place * STEP
            self.sheets.rule(y + STEP * 0.68)
            self.sheets.write(y, self._said(name))
            self.sheets.cells(y, cells, COLUMNS)
        return top - (len(lines) + 0.4) * STEP

    def _paragraph(self, top: float, text: str, *, size: float = 7.5, color: str = SOFT) -> float:
        return self.sheets.paragraph(top, self._said(text), size=size, color=color)

    def _said(self, text: str) -> str:
        """The words that the font has whole."""
        said = (word if all(map(self.sheets.has_glyph, word)) else self._written(word) for word in text.split())
        return " ".join(filter(None, said))

    def _written(self, word: str) -> str:
        return written(word, self.sheets.has_glyph)

    def _weeks(self) -> list[str]:
        return [_week(week) for week in self.of.figures.weeks]

    def _waits(self) -> list[tuple[str, list[float | None]]]:
        waits = [week.waits for week in self.of.figures.weeks]
        return [
            ("half within", [None if one.wait is None else one.wait / 60 for one in waits]),
            ("nine of ten within", [None if one.wait_90 is None else one.wait_90 / 60 for one in waits]),
        ]

    def _marks(self) -> list[tuple[float, str]]:
        """The lab's deadlines, by where they are in their week."""
        found = []
        for place, week in enumerate(self.of.figures.weeks):
            for due in self.of.figures.dues:
                if week.window.start <= due.at < week.window.end:
                    part = (due.at - week.window.start) / week.window.length
                    found.append((place + part, self._said(due.label[:LONGEST_MARK])))
        return found

    def _demand(self) -> list[tuple[str, list[float | None]]]:
        weeks = [week.demand for week in self.of.figures.weeks]
        return [
            ("refused", [week.refused / 60 if week.tries else None for week in weeks]),
            ("of that in vain", [week.refused_in_vain / 60 if week.in_vain else None for week in weeks]),
            ("joined the waitlist", [week.waitlisted / 60 if week.waited else None for week in weeks]),
        ]

    def _there(self) -> str:
        """What could have been reserved in each week: the bars' whole."""
        there = ", ".join(f"{week.hours.there / 60:,.0f}" for week in self.of.figures.weeks)
        return f"In service were {there} GPU-hours in these weeks."


def _hours(each: Sequence[Hours]) -> list[tuple[str, list[float]]]:
    """What was reserved, as it was seen, and what was not reserved: parts of what was in service."""
    dark = [max(0, one.reserved - one.known) / 60 for one in each]
    return [
        ("reserved and used", [one.used / 60 for one in each]),
        ("reserved and idle", [one.idle / 60 for one in each]),
        ("reserved, not seen", dark),
        ("not reserved", [max(0, one.there - one.reserved) / 60 for one in each]),
    ]


def _week(week: Week) -> str:
    days = max(1, round(week.window.length.total_seconds() / 86400))
    last = week.first.day + days - 1
    return f"{week.first.day} {week.first:%b}" if days == 1 else f"{week.first.day}–{last} {week.first:%b}"
