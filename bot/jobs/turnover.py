"""What time does to reservations."""

from datetime import datetime

from bot.desk import Desk


def turnover(desk: Desk, now: datetime) -> int:
    """Ends, lapses and starts that are due, in that order, then questions that came to nothing.

    Returns how many reservations changed.
    """
    changed = desk.turnover(now)
    desk.lapse_questions(now)
    return changed
