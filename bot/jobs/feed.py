"""What the calendar of conferences says is taken in."""

from datetime import datetime

import structlog

from bot.desk import Desk
from bot.errors import FeedError
from bot.feed import Reader

log = structlog.get_logger()


def feed(desk: Desk, reader: Reader, now: datetime) -> int:
    """Fetches the feed and takes it in. Returns how many reservations it re-planned.

    A feed that cannot be used changes nothing; admins are told, once until it has worked again.
    """
    try:
        found = reader.read(now)
    except FeedError as error:
        log.warning("the feed is not used", why=str(error))
        desk.feed_failed(str(error), now)
        return 0
    replanned = desk.take_feed(found, now)
    log.info("the feed was read", deadlines=len(found), replanned=len(replanned))
    return len(replanned)
