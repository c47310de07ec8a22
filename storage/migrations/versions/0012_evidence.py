"""What was refused for want of GPUs, and the pulse."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import storage.instants

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the tables; who has settings of their own is asked like everybody until they say otherwise."""
    op.create_table(
        "refusal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", storage.instants.Instant(), nullable=False),
        sa.Column("member", sa.String(), nullable=False),
        sa.Column("pool", sa.String(), nullable=True),
        sa.Column("gpu_minutes", sa.Integer(), nullable=False),
        sa.Column("wanted", storage.instants.Instant(), nullable=False),
        sa.Column("deadline", storage.instants.Instant(), nullable=True),
        sa.CheckConstraint("gpu_minutes > 0", name=op.f("ck_refusal_size")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refusal")),
    )
    op.create_index(op.f("ix_refusal_at"), "refusal", ["at"])
    op.create_index(op.f("ix_refusal_member_at"), "refusal", ["member", "at"])
    op.create_table(
        "pulse",
        sa.Column("quarter", sa.String(), nullable=False),
        sa.Column("asked_at", storage.instants.Instant(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("quarter", name=op.f("pk_pulse")),
    )
    op.create_table(
        "pulse_asked",
        sa.Column("quarter", sa.String(), nullable=False),
        sa.Column("member", sa.String(), nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("quarter", "member", name=op.f("pk_pulse_asked")),
        sqlite_with_rowid=False,
    )
    op.execute("UPDATE settings SET reminders = reminders || ',pulse'")


def downgrade() -> None:
    """Drop them; an older version does not know the word in the settings, and passes over it."""
    op.drop_table("pulse_asked")
    op.drop_table("pulse")
    op.drop_table("refusal")
