"""The rows of what admins keep an eye on: the cards that ask them, and GPUs that are out of service."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, Text, text
from sqlmodel import Field

from storage.instants import Instant
from storage.rows import METADATA, Row


class CardRow(Row, table=True):
    """A message that asks an admin about a reservation, where it stands, and the version that it shows.

    `open`: it is redrawn when the reservation changes, not before `next_at`. `facts` are those of its notice.
    """

    __tablename__ = "card"
    __table_args__ = (
        Index(None, "reservation_id"),
        Index("ix_card_open", "next_at", sqlite_where=text("open = 1"), postgresql_where=text("open")),
    )

    channel: str = Field(primary_key=True)
    ts: str = Field(primary_key=True)
    recipient: str
    reservation_id: int = Field(sa_column=Column(Integer, ForeignKey("reservation.id"), nullable=False))
    drawn_version: int = Field(sa_type=BigInteger)
    facts: dict[str, str] = Field(sa_type=JSON)
    open: bool
    next_at: datetime = Field(sa_type=Instant)


class OutageRow(Row, table=True):
    """A GPU out of service in `[starts, ends)`, minutes since 1970, unless it was ended at `ended_at`."""

    __tablename__ = "outage"
    __table_args__ = (
        CheckConstraint("starts < ends", name="window"),
        Index(
            "ix_outage_open", "ends", sqlite_where=text("ended_at IS NULL"), postgresql_where=text("ended_at IS NULL")
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    gpu_id: int = Field(sa_column=Column(Integer, ForeignKey("gpu.id"), nullable=False))
    starts: int
    ends: int
    reason: str = Field(sa_type=Text)
    added_by: str
    added_at: datetime = Field(sa_type=Instant)
    ended_by: str | None
    ended_at: datetime | None = Field(sa_type=Instant)


CARD, OUTAGE = (METADATA.tables[name] for name in ("card", "outage"))
