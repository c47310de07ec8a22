"""Cards that ask admins, so that they can be redrawn; GPUs that are out of service."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import storage.instants

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_INSTANT = storage.instants.Instant()


def upgrade() -> None:
    """Make the two tables."""
    op.create_table(
        "card",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("ts", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("reservation_id", sa.Integer(), nullable=False),
        sa.Column("drawn_version", sa.BigInteger(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("next_at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["reservation_id"], ["reservation.id"], name=op.f("fk_card_reservation_id")),
        sa.PrimaryKeyConstraint("channel", "ts", name=op.f("pk_card")),
    )
    op.create_index(op.f("ix_card_reservation_id"), "card", ["reservation_id"], unique=False)
    op.create_index(
        "ix_card_open",
        "card",
        ["next_at"],
        unique=False,
        sqlite_where=sa.text("open"),
        postgresql_where=sa.text("open"),
    )
    op.create_table(
        "outage",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("gpu_id", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Integer(), nullable=False),
        sa.Column("ends", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("added_at", _INSTANT, nullable=False),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("ended_at", _INSTANT, nullable=True),
        sa.CheckConstraint("starts < ends", name=op.f("ck_outage_window")),
        sa.ForeignKeyConstraint(["gpu_id"], ["gpu.id"], name=op.f("fk_outage_gpu_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outage")),
    )
    op.create_index(
        "ix_outage_open",
        "outage",
        ["ends"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("outage")
    op.drop_table("card")
