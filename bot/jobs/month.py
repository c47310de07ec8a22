"""The report of a month: owed on the first, and handed to the admins. And the pulse, asked once in a quarter."""

from datetime import datetime

from bot.booking.notices import Notice
from bot.desk import Desk
from bot.report.months import Month
from bot.report.notifier import Notifier


def month(desk: Desk, now: datetime) -> bool:
    """Owe the report once its hour has come, and tend the pulse; whether a report was owed now."""
    desk.tend_pulse(now)
    return desk.owe_month(now)


def send(notice: Notice, desk: Desk, notifier: Notifier, now: datetime) -> None:
    """Hand the report over, as the month is known now. Raises DeliveryError, Busy."""
    notifier.hand(desk.report_on(Month.labelled(notice.facts["month"]), now), notice.to)
