"""Who has had which GPUs: what limits, quotas and the order of those who wait rest on."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from bot.booking.model import Window, minute_of, window_of
from bot.booking.snapshot import Spent
from storage.tables import ALLOCATION, GPU, RESERVATION
from storage.transaction import Transaction


class Spending(Transaction):
    """The part of a Book that looks into the past. What that costs grows with the time looked at alone."""

    def spent(self, member: str, since: datetime) -> list[Spent]:
        """The member's GPU time after `since`: held, or ended, released (up to then) or not shown up for.

        What was cancelled, denied or expired, and what was revoked before its start, does not count.
        """
        starts, ends = ALLOCATION.c.starts, ALLOCATION.c.ends
        rows = self._connection.execute(
            select(ALLOCATION.c.reservation_id, starts, ends, func.count())
            .select_from(ALLOCATION.join(RESERVATION))
            # No GPU is held beyond its reservation's end; said of both, the index knows a member's last ones.
            .where(RESERVATION.c.member == member, RESERVATION.c.ends > minute_of(since))
            .where(ALLOCATION.c.counted, ends > minute_of(since))
            .group_by(ALLOCATION.c.reservation_id, starts, ends)
            .order_by(ALLOCATION.c.reservation_id, starts, ends)
        )
        return [Spent(reservation_id, window_of(start, end), count) for reservation_id, start, end, count in rows]

    def past(self, since: datetime, now: datetime) -> dict[str, list[Spent]]:
        """All members' GPU time between `since` and `now`, as `spent` counts it: their order rests on it."""
        starts, ends = ALLOCATION.c.starts, ALLOCATION.c.ends
        rows = self._connection.execute(
            select(RESERVATION.c.member, ALLOCATION.c.reservation_id, starts, ends, func.count())
            .select_from(ALLOCATION.join(RESERVATION))
            # Of each GPU the last ones, as the index has them, instead of all that ever were.
            .where(ALLOCATION.c.gpu_id.in_(select(GPU.c.id)), ends > minute_of(since))
            .where(ALLOCATION.c.counted, starts < minute_of(now))
            .group_by(RESERVATION.c.member, ALLOCATION.c.reservation_id, starts, ends)
        )
        found: dict[str, list[Spent]] = {}
        for member, reservation_id, start, end, count in rows:
            found.setdefault(member, []).append(Spent(reservation_id, window_of(start, end), count))
        return found

    def held_by(self, gpus: Sequence[str], window: Window, *, other_than: int) -> str | None:
        """Somebody who had one of these GPUs in the window by another reservation, ended ones included."""
        member: str | None = self._connection.scalar(
            select(RESERVATION.c.member)
            .select_from(ALLOCATION.join(RESERVATION))
            .where(
                ALLOCATION.c.gpu_id.in_(self._gpus.ids(self._connection, gpus)),
                ALLOCATION.c.starts < minute_of(window.end),
                ALLOCATION.c.ends > minute_of(window.start),
                ALLOCATION.c.reservation_id != other_than,
                ALLOCATION.c.counted,
            )
            .limit(1)
        )
        return member
