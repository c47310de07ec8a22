"""How fast jobs are here: what they say of themselves, what is imported, and by what estimates they were booked."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.booking.members import Member
from bot.desk.base import Base
from bot.estimates.kept import Forecast
from bot.estimates.reports import Report
from bot.estimates.work import Measurement

SLACK = timedelta(minutes=2)  # by which a node's clock may be ahead of the bot's


class Measuring(Base):
    """The use cases of measurements."""

    def measured(self, now: datetime) -> tuple[Measurement, ...]:
        """The lab's, newest first."""
        with self._looking(now) as (book, _):
            return book.measurements()

    def take_report(self, who: Member, id_: int, job: str, report: Report, now: datetime) -> bool:
        """Keep what `job`, which runs for the reservation, says of itself. Its `gpus` are those it had (None: all).

        False for what cannot be (of a reservation that is not the member's or has not begun, on more GPUs than it has,
        or a run of before its start), and for what is too much (see `Book.measure`). Raises Busy.
        """
        with self._writing(now) as (book, _):
            of = book.find(id_)
            if of is None or of.member != who.id or of.window.start > now or not report.name:
                return False
            if (report.gpus or 0) > of.count or (report.ran or 0) > (now - of.window.start + SLACK).total_seconds():
                return False
            kept = book.measure(of, job, report, now)
            if kept:
                # Of no reservation: it is not in what has become of that, by which it is undone and told.
                book.audit(who.id, f"{of.label}: {_told(report)}", None, None, now)
            return kept

    def import_measurements(self, who: Member, rows: Sequence[Measurement], source: str, now: datetime) -> None:
        """Keep them all, in place of earlier imports of the same names on the same GPUs. Raises Busy."""
        with self._writing(now) as (book, _):
            book.import_measurements([replace(one, member=who.id, at=now) for one in rows])
            book.audit(who.id, f"imported measurements from {source}: {len(rows):,}", None, None, now)

    def keep_forecast(self, who: Member, id_: int, forecast: Forecast, now: datetime) -> bool:
        """Keep by which estimate `who` has booked the reservation. False where it is not theirs, or kept already.

        Raises Busy.
        """
        with self._writing(now) as (book, _):
            of = book.find(id_)
            if of is None or who.id not in (of.member, of.asked_by):
                return False
            kept = book.forecast(id_, of.member, forecast, now)
            if kept:
                band = f"{forecast.optimistic:.3g} to {forecast.pessimistic:.3g} h"
                book.audit(who.id, f"{of.label}: booked by an estimate of {band}", None, None, now)
            return kept


def _told(report: Report) -> str:
    """ "tiny-gpt takes 0.42 s a step, and ended after 7.35 h"."""
    step = "" if report.step_seconds is None else f" takes {report.step_seconds:.4g} s a step"
    ran = "" if report.ran is None else f" ended after {report.ran / 3600:.3g} h"
    return f"{report.name}{step}{', and' if step and ran else ''}{ran}"
