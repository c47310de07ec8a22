"""Requests that were refused for want of GPUs: kept for the lab's report, within bounds."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select

from bot.booking.model import Before, Fixed, Request, Work
from bot.booking.pressure import gpu_hours_of
from storage.transaction import Transaction
from storage.wishes import REFUSAL

KEPT = timedelta(days=3 * 366)
MOST_A_DAY = 50  # of one member's: what comes after is a program's, or a loop


class Refusals(Transaction):
    """The part of a Book that keeps what was refused. It is no change of the ledger."""

    def refuse(self, request: Request, now: datetime) -> None:
        """Keep that it was refused at `now`: its size, pool, start and deadline, and whose it was; none of its words.

        Of a member at most MOST_A_DAY in a day are kept, and none for longer than three years.
        """
        today = select(func.count()).where(REFUSAL.c.member == request.member, REFUSAL.c.at > now - timedelta(days=1))
        if (self._connection.scalar(today) or 0) >= MOST_A_DAY:
            return
        self._connection.execute(delete(REFUSAL).where(REFUSAL.c.at < now - KEPT))
        self._connection.execute(
            insert(REFUSAL).values(
                at=now,
                member=request.member,
                pool=request.pool,
                gpu_minutes=max(1, round(gpu_hours_of(request) * 60)),
                wanted=wanted_of(request),
                deadline=deadline_of(request),
            )
        )


def wanted_of(request: Request) -> datetime:
    """From when on GPUs are wanted."""
    return request.when.window.start if isinstance(request.when, Fixed) else request.when.not_before


def deadline_of(request: Request) -> datetime | None:
    """Its deadline; None for a window of its own."""
    match request.when:
        case Fixed():
            return None
        case Before(promise=promise) | Work(promise=promise):
            return promise.at
