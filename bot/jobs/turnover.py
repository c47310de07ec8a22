"""What time does to reservations."""

from datetime import datetime

from bot.desk import Desk


def turnover(desk: Desk, now: datetime) -> int:
    """What is over ends; who waits gets its GPUs; then what is due starts. Then questions, sooner starts, reminders.

    In this order, since at a start GPUs are bound: until then the waitlist may have others make way.
    Returns how many reservations changed.
    """
    desk.end_outages(now)
    changed = desk.finish(now) + desk.serve_waitlist(now) + desk.turnover(now)
    desk.tell_passed(now)
    desk.lapse_questions(now)
    desk.pull_forward(now)
    desk.offer_sooner(now)
    desk.ask_back(now)
    desk.owe_reminders(now)
    return changed
