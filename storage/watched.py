"""The rows of what the watch finds, and of whose Linux logins are whose."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, text
from sqlmodel import Field

from bot.booking.members import LinkState
from bot.booking.observed import FindingKind
from storage.instants import Instant
from storage.rows import METADATA, Row

_KINDS = ", ".join(f"'{kind}'" for kind in FindingKind)
_STATES = ", ".join(f"'{state}'" for state in LinkState)


class FindingRow(Row, table=True):
    """A finding until `closed_at`, and what has been done about it; see `bot.booking.findings.Open`.

    One open one of a kind on a GPU.
    """

    __tablename__ = "finding"
    __table_args__ = (
        CheckConstraint(f"kind IN ({_KINDS})", name="kind"),
        Index(
            "uq_finding_open",
            "gpu",
            "kind",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    gpu: str
    reservation_id: int | None = Field(sa_column=Column(Integer, ForeignKey("reservation.id")))
    login: str | None
    fault: str | None
    since: datetime = Field(sa_type=Instant)
    opened_at: datetime = Field(sa_type=Instant)
    told_at: datetime | None = Field(sa_type=Instant)
    answer_by: datetime | None = Field(sa_type=Instant)
    answered_at: datetime | None = Field(sa_type=Instant)
    admins_at: datetime | None = Field(sa_type=Instant)
    closed_at: datetime | None = Field(sa_type=Instant)


class LoginRow(Row, table=True):
    """That a member says a Linux login is theirs, and what an admin (`decided_by`) says to it.

    A login is confirmed for one member at most, and asked for by each once at a time.
    """

    __tablename__ = "login"
    __table_args__ = (
        CheckConstraint(f"state IN ({_STATES})", name="state"),
        CheckConstraint("(state = 'asked') = (decided_at IS NULL)", name="decided"),
        Index(
            "uq_login_confirmed",
            "login",
            unique=True,
            sqlite_where=text("state = 'confirmed'"),
            postgresql_where=text("state = 'confirmed'"),
        ),
        Index(
            "uq_login_asked",
            "login",
            "member",
            unique=True,
            sqlite_where=text("state = 'asked'"),
            postgresql_where=text("state = 'asked'"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    login: str
    member: str
    state: str
    asked_at: datetime = Field(sa_type=Instant)
    decided_by: str | None
    decided_at: datetime | None = Field(sa_type=Instant)


FINDING, LOGIN = METADATA.tables["finding"], METADATA.tables["login"]
