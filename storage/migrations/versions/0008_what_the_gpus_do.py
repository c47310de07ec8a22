"""What was seen of the GPUs: their UUIDs, readings of two days, hourly sums."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the four tables."""
    op.create_table(
        "device",
        sa.Column("uuid", sa.String(), nullable=False),
        sa.Column("node", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("uuid", name=op.f("pk_device")),
    )
    op.create_index("ix_device_node_place", "device", ["node", "place"], unique=True)
    op.create_table(
        "reading",
        sa.Column("minute", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("gpu_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("utilisation", sa.SmallInteger(), nullable=True),
        sa.Column("busy", sa.SmallInteger(), nullable=True),
        sa.Column("memory_mb", sa.Integer(), nullable=True),
        sa.Column("temperature", sa.SmallInteger(), nullable=True),
        sa.Column("power", sa.Integer(), nullable=True),
        sa.Column("mig", sa.Boolean(), nullable=False),
        sa.Column("fault", sa.String(), nullable=True),
        sa.Column("processes_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("fault IS NULL OR utilisation IS NULL", name=op.f("ck_reading_fault")),
        sa.ForeignKeyConstraint(["gpu_id"], ["gpu.id"], name=op.f("fk_reading_gpu_id")),
        sa.PrimaryKeyConstraint("minute", "gpu_id", name=op.f("pk_reading")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "processes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("listed", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_processes")),
        sa.UniqueConstraint("listed", name=op.f("uq_processes_listed")),
    )
    op.create_table(
        "usage",
        sa.Column("hour", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("gpu_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reservation_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("used", sa.SmallInteger(), nullable=False),
        sa.Column("idle", sa.SmallInteger(), nullable=False),
        sa.Column("unknown", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(["gpu_id"], ["gpu.id"], name=op.f("fk_usage_gpu_id")),
        sa.PrimaryKeyConstraint("hour", "gpu_id", "reservation_id", name=op.f("pk_usage")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Take them back."""
    op.drop_table("usage")
    op.drop_table("processes")
    op.drop_table("reading")
    op.drop_table("device")
