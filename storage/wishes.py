"""The rows of what people want: deadlines, the waitlist, questions to holders, calendars, and what they did not get."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, ForeignKey, Index, Integer, UniqueConstraint, text
from sqlmodel import Field

from storage.instants import Instant
from storage.rows import METADATA, Row


class DeadlineRow(Row, table=True):
    """A deadline: the lab's from its file, the feed or an admin, or a member's own. Dropped ones stay, for the record.

    `kind` tells the dates of one name apart ("paper", "abstract", ...).
    """

    __tablename__ = "deadline"
    __table_args__ = (
        CheckConstraint("source IN ('file', 'feed', 'admin', 'member')", name="source"),
        CheckConstraint("(source = 'member') = (member <> '')", name="member"),
        UniqueConstraint("name", "kind", "member", "source"),
    )

    id: int | None = Field(default=None, primary_key=True)
    name: str
    kind: str
    member: str
    source: str
    at: datetime = Field(sa_type=Instant)
    zone: str
    added_by: str
    changed_at: datetime = Field(sa_type=Instant)
    dropped_at: datetime | None = Field(sa_type=Instant)


class WaitingRow(Row, table=True):
    """A request that waits for GPUs (W3), as JSON, until `ended_at`; `end` says how it ended.

    `reservation_id` is the reservation that is offered to it, held until `held_until`.
    """

    __tablename__ = "waiting"
    __table_args__ = (
        CheckConstraint('("end" IS NULL) = (ended_at IS NULL)', name="ended"),
        CheckConstraint("(reservation_id IS NULL) = (held_until IS NULL) OR ended_at IS NOT NULL", name="offered"),
        Index(
            "ix_waiting_open",
            "created_at",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    member: str
    request: dict[str, Any] = Field(sa_type=JSON)
    created_at: datetime = Field(sa_type=Instant)
    auto: bool
    withdrawn: bool
    declined: int
    reservation_id: int | None = Field(sa_column=Column(Integer, ForeignKey("reservation.id")))
    held_until: datetime | None = Field(sa_type=Instant)
    end: str | None
    ended_at: datetime | None = Field(sa_type=Instant)


class QuestionRow(Row, table=True):
    """What `asker` asks of the holder of a reservation, for a request (JSON). `day` is the asker's local date.

    At most one of a pair a day, and one open one of a pair; `answer` is what the holder said, at `answered_at`.
    """

    __tablename__ = "question"
    __table_args__ = (
        CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answered"),
        UniqueConstraint("asker", "holder", "day"),
        Index(
            "ix_question_open",
            "id",
            sqlite_where=text("answer IS NULL"),
            postgresql_where=text("answer IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    reservation_id: int = Field(sa_column=Column(Integer, ForeignKey("reservation.id"), nullable=False))
    version: int
    holder: str
    asker: str
    day: str
    request: dict[str, Any] = Field(sa_type=JSON)
    asked_at: datetime = Field(sa_type=Instant)
    answer: str | None
    answered_at: datetime | None = Field(sa_type=Instant)


class SubscriptionRow(Row, table=True):
    """A member's subscription to the calendar of a pool, or ("") to that of their own reservations."""

    __tablename__ = "subscription"
    __table_args__ = (UniqueConstraint("member", "pool"),)

    token: str = Field(primary_key=True)
    member: str
    pool: str
    created_at: datetime = Field(sa_type=Instant)


class RefusalRow(Row, table=True):
    """A request that was refused for want of GPUs, by its size alone: none of its words. See storage/refusals.py."""

    __tablename__ = "refusal"
    __table_args__ = (CheckConstraint("gpu_minutes > 0", name="size"), Index(None, "at"), Index(None, "member", "at"))

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=Instant)
    member: str
    pool: str | None
    gpu_minutes: int
    wanted: datetime = Field(sa_type=Instant)
    deadline: datetime | None = Field(sa_type=Instant)


DEADLINE, WAITING, QUESTION, SUBSCRIPTION, REFUSAL = (
    METADATA.tables[name] for name in ("deadline", "waiting", "question", "subscription", "refusal")
)
