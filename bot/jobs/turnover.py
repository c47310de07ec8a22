"""What time does to reservations."""

from datetime import datetime

from bot.desk import Desk


def turnover(desk: Desk, now: datetime) -> int:
    """Ends, lapses and starts that are due, in that order, then the waitlist. Returns how many reservations changed."""
    return desk.turnover(now) + desk.serve_waitlist(now)
