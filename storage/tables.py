"""The rows of the ledger, with their constraints and indexes. Outside storage/ nobody sees them."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    func,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlmodel import Field

import storage.opinions
import storage.seen  # noqa: F401 - their tables are of the same schema
from bot.booking.lifecycle import State
from storage.correspondence import MEMBER, MESSAGE
from storage.estimating import FORECAST, MEASUREMENT
from storage.guards import OVERLAP, attach
from storage.instants import Instant
from storage.oversight import CARD, OUTAGE
from storage.rows import METADATA, Row
from storage.watched import FINDING, LOGIN
from storage.wishes import DEADLINE, QUESTION, WAITING

__all__ = [
    "ALLOCATION",
    "ANSWER",
    "AUDIT",
    "CARD",
    "DEADLINE",
    "FINDING",
    "FORECAST",
    "GPU",
    "LEDGER",
    "LOGIN",
    "MEASUREMENT",
    "MEMBER",
    "MESSAGE",
    "METADATA",
    "NOTICE",
    "OUTAGE",
    "QUESTION",
    "RESERVATION",
    "WAITING",
]

_STATES = ", ".join(f"'{state}'" for state in State)


class LedgerRow(Row, table=True):
    """The one row that every writer locks first. `version` counts the transactions that changed reservations."""

    __tablename__ = "ledger"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    version: int = Field(sa_type=BigInteger)


class GpuRow(Row, table=True):
    """A GPU that the lab file names, or (`retired`) once named. Never deleted: old allocations point to it."""

    __tablename__ = "gpu"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    pool: str
    model: str
    memory_gb: int
    retired: bool = False


class ReservationRow(Row, table=True):
    """A reservation as it is now. `starts` and `ends` are minutes since 1970, `[starts, ends)`.

    `ledger_version` is the ledger's version as of its last change. Its GPUs are the rows of `allocation`.
    """

    __tablename__ = "reservation"
    __table_args__ = (
        CheckConstraint("starts < ends", name="window"),
        CheckConstraint(f"state IN ({_STATES})", name="state"),
        CheckConstraint("(promise_at IS NULL) = (promise_by IS NULL)", name="promise"),
        Index(None, "state", "starts"),
        Index(None, "member", "ends"),
        Index(None, "ledger_version"),
        Index(None, "created_at"),
        Index(None, "promise_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    member: str
    state: str
    pool: str
    starts: int
    ends: int
    created_at: datetime = Field(sa_type=Instant)
    version: int
    movable: bool
    named: bool
    memory_gb: int
    not_before: datetime | None = Field(sa_type=Instant)
    promise_at: datetime | None = Field(sa_type=Instant)
    promise_by: datetime | None = Field(sa_type=Instant)
    promise_name: str | None
    group_id: int | None
    reason: str = Field(sa_type=Text)
    asked_by: str
    approved_by: str | None
    moved: int
    withdrawn: bool = Field(sa_column_kwargs={"server_default": text("false")})
    ledger_version: int = Field(sa_type=BigInteger)


class AllocationRow(Row, table=True):
    """One GPU of one reservation. `holds` keeps it from others; `counted` GPU-minutes are the member's.

    `place` is its place among the reservation's GPUs; NULL: given up while the reservation was active, and kept
    because the minutes up to then count. Times are integers on both databases, so that no spelling of an instant
    can slip past the guard; NULL would, and is refused.
    """

    __tablename__ = "allocation"
    __table_args__ = (
        CheckConstraint("starts < ends", name="window"),
        CheckConstraint("place IS NOT NULL OR NOT holds", name="given_up"),
        CheckConstraint(
            "typeof(gpu_id) = 'integer' AND typeof(starts) = 'integer' AND typeof(ends) = 'integer'"
            " AND typeof(holds) = 'integer'",
            name="integers",
        ).ddl_if(dialect="sqlite"),
        UniqueConstraint("reservation_id", "place"),
        ExcludeConstraint(
            (func.int8range(literal_column("gpu_id"), literal_column("gpu_id"), literal_column("'[]'")), "&&"),
            (func.int8range(literal_column("starts"), literal_column("ends")), "&&"),
            name=OVERLAP,
            using="gist",
            where=text("holds"),
        ).ddl_if(dialect="postgresql"),
        Index(
            "ix_allocation_held",
            "gpu_id",
            "starts",
            "ends",
            sqlite_where=text("holds"),
            postgresql_where=text("holds"),
        ),
        Index(None, "gpu_id", "ends"),
    )

    id: int | None = Field(default=None, primary_key=True)
    reservation_id: int = Field(sa_column=Column(Integer, ForeignKey("reservation.id"), nullable=False))
    gpu_id: int = Field(sa_column=Column(Integer, ForeignKey("gpu.id"), nullable=False))
    place: int | None
    starts: int
    ends: int
    holds: bool
    counted: bool


class AnswerRow(Row, table=True):
    """The answer that a delivery got: the same key gets it again. `digest` is the hash of what was asked."""

    __tablename__ = "answer"

    key: str = Field(primary_key=True)
    digest: str
    answer: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=Instant)


class AuditRow(Row, table=True):
    """Who did what to what, with its values before and after. The database refuses to change one.

    `reservation_id` NULL: it is no reservation's, and the values are `storage.audited`'s.
    """

    __tablename__ = "audit"
    __table_args__ = (Index(None, "reservation_id"), Index(None, "who"))

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=Instant)
    who: str
    act: str
    reservation_id: int | None = Field(sa_column=Column(Integer, ForeignKey("reservation.id")))
    before: dict[str, Any] | None = Field(sa_type=JSON(none_as_null=True))
    after: dict[str, Any] | None = Field(sa_type=JSON(none_as_null=True))


class NoticeRow(Row, table=True):
    """A notice that is owed until `sent_at` or `dead_at` is set.

    `next_at` is when it may be claimed: first when due, then when the lease ends or a retry is to be made. `attempt`
    counts the claims; with the id it tells one claim from the next. `failed` counts those that were not taken.
    """

    __tablename__ = "notice"
    __table_args__ = (
        Index(
            "ix_notice_open",
            "next_at",
            sqlite_where=text("sent_at IS NULL AND dead_at IS NULL"),
            postgresql_where=text("sent_at IS NULL AND dead_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    kind: str
    recipient: str
    reservation: int
    about: datetime = Field(sa_type=Instant)
    due_at: datetime = Field(sa_type=Instant)
    facts: dict[str, str] = Field(sa_type=JSON)
    next_at: datetime = Field(sa_type=Instant)
    attempt: int = 0
    failed: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    error: str | None = Field(sa_type=Text)
    sent_at: datetime | None = Field(sa_type=Instant)
    dead_at: datetime | None = Field(sa_type=Instant)


def _table(name: str) -> Table:
    return METADATA.tables[name]


LEDGER, GPU, RESERVATION, ALLOCATION = _table("ledger"), _table("gpu"), _table("reservation"), _table("allocation")
ANSWER, AUDIT, NOTICE = _table("answer"), _table("audit"), _table("notice")
attach(ALLOCATION, AUDIT, LEDGER)
