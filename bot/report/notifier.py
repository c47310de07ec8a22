"""Whoever hands reports to people, and tells them what else there is."""

from typing import Protocol

from bot.booking.notices import Notifier as Telling
from bot.report.figures import Report


class Notifier(Telling, Protocol):
    """Whoever speaks to people; Slack's is `handlers/notify.py`."""

    def hand(self, report: Report, to: str) -> None:
        """Hand a report to a member or a channel, as files with a word. Raises DeliveryError."""
