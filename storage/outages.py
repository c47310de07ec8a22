"""Outages as the ledger keeps them. Their changes count as changes of the ledger."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import insert, select, update

from bot.booking.model import minute_of, window_of
from bot.booking.outages import Outage
from storage.tables import OUTAGE
from storage.transaction import Transaction


class Outages(Transaction):
    """The part of a Book that keeps which GPUs are out of service."""

    outages_changed = False

    def outages(self) -> tuple[Outage, ...]:
        """Those that were not ended, by their id."""
        query = select(OUTAGE).where(OUTAGE.c.ended_at.is_(None)).order_by(OUTAGE.c.id)
        return tuple(
            Outage(
                row.id,
                self._gpus.name(self._connection, row.gpu_id),
                window_of(row.starts, row.ends),
                row.reason,
                row.added_by,
            )
            for row in self._connection.execute(query)
        )

    def put_outage(self, outage: Outage, now: datetime) -> Outage:
        """Enter one, whose id must be 0, and return it with the id that it got."""
        (gpu_id,) = self._gpus.ids(self._connection, [outage.gpu])
        row = {
            "gpu_id": gpu_id,
            "starts": minute_of(outage.window.start),
            "ends": minute_of(outage.window.end),
            "reason": outage.reason,
            "added_by": outage.by,
            "added_at": now,
        }
        self._out()
        id_ = self._connection.scalar(insert(OUTAGE).returning(OUTAGE.c.id), row)
        assert id_ is not None  # noqa: S101 - an INSERT ... RETURNING that did not raise returns its row
        return replace(outage, id=id_)

    def end_outage(self, outage: Outage, by: str, now: datetime) -> bool:
        """The GPU is back in service; whether it was out."""
        self._out()
        open_one = update(OUTAGE).where(OUTAGE.c.id == outage.id, OUTAGE.c.ended_at.is_(None))
        return self._connection.execute(open_one.values(ended_at=now, ended_by=by)).rowcount == 1

    def _out(self) -> None:
        self._stamp()
        self.outages_changed = True
