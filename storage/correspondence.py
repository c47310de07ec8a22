"""The rows of people and of how they are written to: mailboxes, what members have set, who was there."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Integer, Text
from sqlmodel import Field

from storage.instants import Instant
from storage.rows import METADATA, Row


class MemberRow(Row, table=True):
    """A person of a workspace as last seen there."""

    __tablename__ = "member"

    team: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    name: str
    zone: str
    bot: bool
    deleted: bool
    seen_at: datetime = Field(sa_type=Instant)


class MessageRow(Row, table=True):
    """A message that is edited in place: which one it is, and the ledger's version that it shows."""

    __tablename__ = "message"

    channel: str = Field(primary_key=True)
    purpose: str = Field(primary_key=True)
    ts: str
    drawn_version: int = Field(sa_type=BigInteger)


class MailboxRow(Row, table=True):
    """A member or channel that was written to. Nobody writes to it before `rests_until`.

    That is the lease of the one sender who writes to it now, or what Slack's Retry-After asks for. `told_at`: when a
    reminder went there last.
    """

    __tablename__ = "mailbox"

    recipient: str = Field(primary_key=True)
    rests_until: datetime = Field(sa_type=Instant)
    told_at: datetime | None = Field(sa_type=Instant)


class SettingsRow(Row, table=True):
    """What a member has set. `reminders`: their names, comma-separated. Quiet hours are minutes of the day, or NULL."""

    __tablename__ = "settings"
    __table_args__ = (
        CheckConstraint("(quiet_start IS NULL) = (quiet_end IS NULL)", name="quiet"),
        CheckConstraint("quiet_start <> quiet_end", name="quiet_length"),
    )

    member: str = Field(primary_key=True)
    reminders: str = Field(sa_type=Text)
    quiet_start: int | None
    quiet_end: int | None
    delegate: str
    auto: bool
    changed_at: datetime = Field(sa_type=Instant)


class PresenceRow(Row, table=True):
    """That the holder of a reservation has come: they said so (`said_by`), or the watch has seen it ("")."""

    __tablename__ = "presence"

    reservation_id: int = Field(
        sa_column=Column(Integer, ForeignKey("reservation.id"), primary_key=True, autoincrement=False)
    )
    said_by: str
    at: datetime = Field(sa_type=Instant)


MEMBER, MESSAGE, MAILBOX, SETTINGS, PRESENCE = (
    METADATA.tables[name] for name in ("member", "message", "mailbox", "settings", "presence")
)
