"""The lab's report of a month: put together from what the ledger and the readings kept, and owed on the first."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.booking.digest import mark_of
from bot.booking.members import Member
from bot.booking.model import Window, instant_of, minute_of
from bot.booking.notices import Notice, NoticeKind
from bot.desk.base import Base
from bot.errors import InputError, NotYours
from bot.report.figures import Figures, Report, figures
from bot.report.months import FIRST_YEAR, Month, month_of
from bot.report.pulse import LEAST, Pulse
from bot.report.record import Record, Seen
from storage.readings import Readings

LATEST = timedelta(days=3)  # after its hour on the first a report is not sent by itself any more


class Months(Base):
    """The use cases of the report."""

    _months: Month | None = None  # the last of which this bot has looked after the report

    def month_report(self, who: Member, month: Month, now: datetime) -> Report:
        """A month and the one before it, as of `now`. Raises NotYours, InputError for one to come, and Busy."""
        if not who.admin:
            raise NotYours("Only admins see the lab's report.")
        return self.report_on(month, now)

    def report_on(self, month: Month, now: datetime) -> Report:
        """The same for whoever asks. Raises InputError and Busy."""
        zone = ZoneInfo(self.lab.timezone)
        whole, minute = month.window(zone), instant_of(minute_of(now))
        if whole.start >= minute:
            raise InputError(f"{month.name} has not begun.", hint="Say a month that has.", example="report")
        cut = Window(whole.start, min(whole.end, minute))
        there = {name: pool.size for name, pool in self.lab.pools.items()}
        return Report(
            self.lab.name,
            self.lab.timezone,
            now,
            self._figures(month, cut, there, now),
            self._figures(month.before, month.before.window(zone), there, now) if month.year > FIRST_YEAR else None,
            so_far=cut.end < whole.end,
            pools=there,
            pulse=self._pulse(cut.end, now),
        )

    def owe_month(self, now: datetime) -> bool:
        """Owe the admins the report of the month that is over, at the digest's hour on the first; whether it was now.

        Of a month in which nothing was, there is none. The notice's key is the month: however many bots ask.
        """
        due = self.month_due(now)
        if due is None or due == self._months:
            return False
        first = mark_of(date(due.year, due.number, 1))
        facts = {"act": "month", "month": due.label}
        notices = [Notice(NoticeKind.MONTH, to, 0, first, now, facts) for to in self._admins()]
        with self._looking(now) as (book, _):
            known = book.known(notices)
        owed = [one for one in notices if one.key not in known]
        if owed and self.report_on(due, now).figures.is_empty:
            owed = []
        if owed:
            with self._writing(now) as (book, _):
                for notice in owed:
                    book.owe(notice)
        self._months = due
        return bool(owed)

    def month_due(self, now: datetime) -> Month | None:
        """The month whose report is due at `now`: the one before, in the first three days of a month."""
        month = month_of(now, ZoneInfo(self.lab.timezone))
        hour = self._hour(month)
        return month.before if hour <= now < hour + LATEST else None

    def next_month_at(self, now: datetime) -> datetime:
        """The next instant after `now` at which a report is due."""
        month = month_of(now, ZoneInfo(self.lab.timezone))
        return next(hour for hour in map(self._hour, (month, month.plus(1))) if hour > now)

    def _hour(self, month: Month) -> datetime:
        """When a report is sent in a month (UTC)."""
        at = self.lab.digest.at
        there = datetime(month.year, month.number, 1, at.hour, at.minute, tzinfo=ZoneInfo(self.lab.timezone))
        return instant_of(minute_of(there))

    def _figures(self, month: Month, window: Window, pools: dict[str, int], now: datetime) -> Figures:
        """Each month in a turn of its own: bookings wait meanwhile."""
        seen = Readings(self.ledger).usage(window.start, window.end)
        with self._looking(now) as (book, _):
            of = book.pools_of_gpus()
            record = Record(
                window=window,
                pools=pools,
                stays=book.stays(window),
                runs=book.runs(window),
                refusals=book.refusals(window),
                waits=book.waits(window),
                seen=tuple(
                    Seen(one.start, of[one.gpu], one.reservation > 0, one.used, one.idle, one.unknown) for one in seen
                ),
                out=book.out_of_service(window),
                dues=book.dues(window),
                refusals_since=book.refusals_since(),
            )
        return figures(month, record, ZoneInfo(self.lab.timezone))

    def _pulse(self, until: datetime, now: datetime) -> Pulse | None:
        """The last that was asked before `until` and has answers enough."""
        with self._looking(now) as (book, _):
            shown = (one for one in book.closed_pulses(until) if one.answers >= LEAST)
            return next(shown, None)
