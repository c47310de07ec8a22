"""What time does to reservations."""

from datetime import datetime

from bot.desk import Desk


def turnover(desk: Desk, now: datetime) -> int:
    """Ends, lapses and starts that are due, in that order; the waitlist; questions that came to nothing; sooner starts.

    Returns how many reservations changed.
    """
    desk.end_outages(now)
    changed = desk.turnover(now) + desk.serve_waitlist(now)
    desk.lapse_questions(now)
    desk.offer_sooner(now)
    return changed
