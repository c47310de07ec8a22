"""What is of no use any more is deleted, so that a ledger of many years holds what counts."""

from datetime import datetime

import structlog

from storage.forgetting import forget as forgotten
from storage.ledger import Ledger

log = structlog.get_logger()


def forget(ledger: Ledger, now: datetime) -> int:
    """Answers and notices of more than 90 days ago are deleted. Returns how many they were."""
    count = forgotten(ledger, now)
    if count:
        log.info("old answers and notices were deleted", count=count)
    return count
