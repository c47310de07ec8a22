"""Deadlines, the waitlist and questions to holders; claims that an admin has withdrawn."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import storage.instants

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_INSTANT = storage.instants.Instant()


def upgrade() -> None:
    """Make the three tables and the column."""
    # Not batch_alter_table, which would drop the triggers on SQLite.
    op.add_column("reservation", sa.Column("withdrawn", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.create_table(
        "deadline",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("member", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("changed_at", _INSTANT, nullable=False),
        sa.Column("dropped_at", _INSTANT, nullable=True),
        sa.CheckConstraint("source IN ('file', 'feed', 'admin', 'member')", name=op.f("ck_deadline_source")),
        sa.CheckConstraint("(source = 'member') = (member <> '')", name=op.f("ck_deadline_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadline")),
        sa.UniqueConstraint("name", "kind", "member", "source", name=op.f("uq_deadline_name_kind_member_source")),
    )
    op.create_table(
        "waiting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member", sa.String(), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("auto", sa.Boolean(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("declined", sa.Integer(), nullable=False),
        sa.Column("reservation_id", sa.Integer(), nullable=True),
        sa.Column("held_until", _INSTANT, nullable=True),
        sa.Column("end", sa.String(), nullable=True),
        sa.Column("ended_at", _INSTANT, nullable=True),
        sa.CheckConstraint('("end" IS NULL) = (ended_at IS NULL)', name=op.f("ck_waiting_ended")),
        sa.CheckConstraint(
            "(reservation_id IS NULL) = (held_until IS NULL) OR ended_at IS NOT NULL", name=op.f("ck_waiting_offered")
        ),
        sa.ForeignKeyConstraint(["reservation_id"], ["reservation.id"], name=op.f("fk_waiting_reservation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting")),
    )
    op.create_index(
        "ix_waiting_open",
        "waiting",
        ["created_at"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reservation_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("asker", sa.String(), nullable=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("asked_at", _INSTANT, nullable=False),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("answered_at", _INSTANT, nullable=True),
        sa.CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name=op.f("ck_question_answered")),
        sa.ForeignKeyConstraint(["reservation_id"], ["reservation.id"], name=op.f("fk_question_reservation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
        sa.UniqueConstraint("asker", "holder", "day", name=op.f("uq_question_asker_holder_day")),
    )


def downgrade() -> None:
    """Take it all back."""
    op.drop_table("question")
    op.drop_table("waiting")
    op.drop_table("deadline")
    op.drop_column("reservation", "withdrawn")
