"""What the GPUs really do, held against the ledger and acted upon."""

from collections.abc import Iterable
from datetime import datetime

from bot.booking.observed import Reading
from bot.desk import Desk
from bot.fleet.watch import Watch


def watch(desk: Desk, watched: Watch, readings: Iterable[Reading], now: datetime) -> int:
    """Take in what was read just now, and do what follows. Returns how many were told or passed on.

    To be called after each poll, about once a minute; with no readings it concludes nothing.
    """
    watched.take(readings, now)
    seen = watched.look(desk.held(now), now)
    desk.seen(seen.came, now)
    desk.unseen(seen.unseen, now)
    return desk.take_seen(seen, now)
