"""The rows of what jobs were measured to take, and of the estimates that were booked."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, UniqueConstraint
from sqlmodel import Field

from storage.instants import Instant
from storage.rows import METADATA, Row


class MeasurementRow(Row, table=True):
    """A job of a reservation, by its own key, or (no reservation) a row of an imported table.

    `step_seconds`: of a step of the optimiser. `ran_hours`: it ended well after so many. NULL: not known.
    """

    __tablename__ = "measurement"
    __table_args__ = (
        CheckConstraint("gpus > 0", name="gpus"),
        CheckConstraint("step_seconds > 0", name="step_seconds"),
        CheckConstraint("ran_hours >= 0", name="ran_hours"),
        UniqueConstraint("reservation_id", "job"),
        Index(None, "at"),
        Index(None, "member", "at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    member: str
    name: str
    pool: str
    gpus: int
    step_seconds: float | None
    ran_hours: float | None
    settings: str
    reservation_id: int | None = Field(sa_column=Column(Integer, ForeignKey("reservation.id")))
    job: str
    at: datetime = Field(sa_type=Instant)


class ForecastRow(Row, table=True):
    """The estimate that a reservation was booked by, its ends in hours; see `bot.estimates.kept.Forecast`."""

    __tablename__ = "forecast"
    __table_args__ = (
        CheckConstraint("0 < optimistic AND optimistic <= typical AND typical <= pessimistic", name="band"),
    )

    reservation_id: int = Field(sa_column=Column(Integer, ForeignKey("reservation.id"), primary_key=True))
    member: str
    asked: str
    pool: str
    gpus: int
    basis: str
    optimistic: float
    typical: float
    pessimistic: float
    at: datetime = Field(sa_type=Instant)


MEASUREMENT, FORECAST = METADATA.tables["measurement"], METADATA.tables["forecast"]
