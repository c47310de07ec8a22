"""What time does to reservations."""

from datetime import datetime

from bot.desk import Desk


def turnover(desk: Desk, now: datetime) -> int:
    """Ends, lapses and starts that are due, in that order. Returns how many reservations changed."""
    return desk.turnover(now)
