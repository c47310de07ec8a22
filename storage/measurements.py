"""What jobs were measured to take, and how that compares with the estimates that they were booked by."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, delete, func, insert, select, update

from bot.booking.model import Reservation
from bot.estimates.band import Basis
from bot.estimates.kept import Forecast, Proved
from bot.estimates.reports import Report
from bot.estimates.work import Measurement
from storage.tables import FORECAST, MEASUREMENT
from storage.transaction import Transaction

READ = 2000  # the newest, that estimates look at
KEPT = 300  # the newest, of the jobs of one member
JOBS = 20  # of one reservation
EVERY = timedelta(minutes=1)  # a job is heard


class Measurements(Transaction):
    """The part of a Book that knows how fast jobs are here."""

    def measurements(self) -> tuple[Measurement, ...]:
        """The newest READ that have a step time, newest first."""
        timed = select(MEASUREMENT).where(MEASUREMENT.c.step_seconds.is_not(None))
        rows = self._connection.execute(timed.order_by(MEASUREMENT.c.at.desc(), MEASUREMENT.c.id.desc()).limit(READ))
        return tuple(_measurement(row) for row in rows)

    def measure(self, of: Reservation, job: str, report: Report, now: datetime) -> bool:
        """Keep what a job of the reservation says of itself, in place of what it said before; whether that was kept.

        It is not where the reservation has JOBS already, the job has ended, or it is not EVERY since it last said
        something, unless it ends. Of its member's jobs the oldest over KEPT go.
        """
        values: dict[str, Any] = {"name": report.name, "gpus": report.gpus or of.count, "at": now}
        if report.step_seconds is not None:
            values["step_seconds"] = report.step_seconds
        if report.ran is not None:
            values["ran_hours"] = report.ran / 3600
        same = and_(MEASUREMENT.c.reservation_id == of.id, MEASUREMENT.c.job == job)
        before = self._connection.execute(select(MEASUREMENT.c.at, MEASUREMENT.c.ran_hours).where(same)).first()
        if before is not None:
            if before.ran_hours is not None or (report.ran is None and now - before.at < EVERY):
                return False
            self._connection.execute(update(MEASUREMENT).where(same).values(values))
            return True
        count = select(func.count()).where(MEASUREMENT.c.reservation_id == of.id)
        if (self._connection.scalar(count) or 0) >= JOBS:
            return False
        whose = {"member": of.member, "pool": of.pool, "reservation_id": of.id, "job": job, "settings": ""}
        self._connection.execute(insert(MEASUREMENT).values(**whose, **values))
        self._forget(of.member)
        return True

    def import_measurements(self, rows: Sequence[Measurement]) -> None:
        """Keep them in place of all that were imported before of the same name, pool and number of GPUs."""
        for name, pool, gpus in {(one.name, one.pool, one.gpus) for one in rows}:
            same = and_(MEASUREMENT.c.name == name, MEASUREMENT.c.pool == pool, MEASUREMENT.c.gpus == gpus)
            self._connection.execute(delete(MEASUREMENT).where(same, MEASUREMENT.c.reservation_id.is_(None)))
        values = [
            {
                "member": one.member,
                "name": one.name,
                "pool": one.pool,
                "gpus": one.gpus,
                "step_seconds": one.step_seconds,
                "ran_hours": None,
                "settings": one.settings,
                "reservation_id": None,
                "job": "",
                "at": one.at,
            }
            for one in rows
        ]
        if values:
            self._connection.execute(insert(MEASUREMENT), values)

    def ran(self, reservation: int) -> tuple[float, int] | None:
        """For how many hours the reservation's longest job ran that ended well, and on how many GPUs; None: unknown."""
        ended = select(MEASUREMENT.c.ran_hours, MEASUREMENT.c.gpus).where(
            MEASUREMENT.c.reservation_id == reservation, MEASUREMENT.c.ran_hours > 0
        )
        row = self._connection.execute(ended.order_by(MEASUREMENT.c.ran_hours.desc()).limit(1)).first()
        return None if row is None else (row.ran_hours, row.gpus)

    def forecast(self, reservation: int, member: str, forecast: Forecast, now: datetime) -> bool:
        """Keep by what estimate the reservation was booked; False if that is known already."""
        known = select(FORECAST.c.reservation_id).where(FORECAST.c.reservation_id == reservation)
        if self._connection.execute(known).first() is not None:
            return False
        ends = {"optimistic": forecast.optimistic, "typical": forecast.typical, "pessimistic": forecast.pessimistic}
        what = {"asked": forecast.asked, "pool": forecast.pool, "gpus": forecast.gpus, "basis": forecast.basis.value}
        self._connection.execute(
            insert(FORECAST).values(reservation_id=reservation, member=member, **what, **ends, at=now)
        )
        return True

    def proved(self, limit: int) -> tuple[Proved, ...]:
        """The estimates whose jobs have ended well, on as many GPUs of that pool; the newest first."""
        same = and_(
            MEASUREMENT.c.reservation_id == FORECAST.c.reservation_id,
            MEASUREMENT.c.pool == FORECAST.c.pool,
            MEASUREMENT.c.gpus == FORECAST.c.gpus,
        )
        hours = func.max(MEASUREMENT.c.ran_hours)
        ended = select(FORECAST, hours.label("hours")).select_from(FORECAST.join(MEASUREMENT, same))
        ended = ended.group_by(*FORECAST.c).having(hours > 0).order_by(FORECAST.c.reservation_id.desc()).limit(limit)
        return tuple(_proved(row) for row in self._connection.execute(ended))

    def _forget(self, member: str) -> None:
        mine = select(MEASUREMENT.c.id).where(MEASUREMENT.c.member == member, MEASUREMENT.c.reservation_id.is_not(None))
        old = mine.order_by(MEASUREMENT.c.at.desc(), MEASUREMENT.c.id.desc()).offset(KEPT)
        ids = list(self._connection.scalars(old.limit(1000)))
        if ids:
            self._connection.execute(delete(MEASUREMENT).where(MEASUREMENT.c.id.in_(ids)))


def _measurement(row: Row[Any]) -> Measurement:
    return Measurement(row.member, row.name, row.pool, row.gpus, row.step_seconds, row.at, row.settings)


def _proved(row: Row[Any]) -> Proved:
    ends = row.optimistic, row.typical, row.pessimistic
    return Proved(Forecast(row.asked, row.pool, row.gpus, Basis(row.basis), *ends), row.hours)
