"""What time does to reservations."""

from datetime import datetime

from bot.desk import Desk


def turnover(desk: Desk, now: datetime) -> int:
    """Ends, lapses and starts that are due, in that order; the waitlist; questions that came to nothing; sooner starts.

    Returns how many reservations changed.
    """
    changed = desk.turnover(now) + desk.serve_waitlist(now)
    desk.tell_passed(now)
    desk.lapse_questions(now)
    desk.offer_sooner(now)
    desk.ask_back(now)
    return changed
