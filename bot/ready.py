"""Whether the bot is ready: its database answers and is current, notices go out, jobs come through."""

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.desk import Desk
from bot.jobs import Ticks
from storage.outbox import Outbox
from storage.schema import is_current

OLDEST_NOTICE = timedelta(minutes=15)


def readiness(desk: Desk, outbox: Outbox, ticks: Ticks, clock: Callable[[], datetime]) -> Callable[[], str | None]:
    """For /readyz: why the bot is not ready, or None."""

    def ready() -> str | None:
        now = clock()
        try:
            if not is_current(desk.ledger.engine):
                return "the database is not at this version's schema"
            oldest = outbox.oldest_due(now)
        except Exception as error:  # whatever a database can do: it is what is asked about
            return f"the database does not answer ({type(error).__name__})"
        if oldest is not None and now - oldest > OLDEST_NOTICE:
            return f"a notice has waited since {oldest.isoformat(timespec='minutes')}"
        stale = ticks.stale(now)
        return f"the job {stale} does not come through" if stale else None

    return ready
