"""What jobs were measured to take, and the estimates that were booked."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import storage.instants

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "measurement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("pool", sa.String(), nullable=False),
        sa.Column("gpus", sa.Integer(), nullable=False),
        sa.Column("step_seconds", sa.Float(), nullable=True),
        sa.Column("ran_hours", sa.Float(), nullable=True),
        sa.Column("settings", sa.String(), nullable=False),
        sa.Column("reservation_id", sa.Integer(), nullable=True),
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("at", storage.instants.Instant(), nullable=False),
        sa.CheckConstraint("gpus > 0", name=op.f("ck_measurement_gpus")),
        sa.CheckConstraint("step_seconds > 0", name=op.f("ck_measurement_step_seconds")),
        sa.CheckConstraint("ran_hours >= 0", name=op.f("ck_measurement_ran_hours")),
        sa.ForeignKeyConstraint(["reservation_id"], ["reservation.id"], name=op.f("fk_measurement_reservation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measurement")),
        sa.UniqueConstraint("reservation_id", "job", name=op.f("uq_measurement_reservation_id_job")),
    )
    op.create_index(op.f("ix_measurement_at"), "measurement", ["at"])
    op.create_index(op.f("ix_measurement_member_at"), "measurement", ["member", "at"])
    op.create_table(
        "forecast",
        sa.Column("reservation_id", sa.Integer(), nullable=False),
        sa.Column("member", sa.String(), nullable=False),
        sa.Column("asked", sa.String(), nullable=False),
        sa.Column("pool", sa.String(), nullable=False),
        sa.Column("gpus", sa.Integer(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("optimistic", sa.Float(), nullable=False),
        sa.Column("typical", sa.Float(), nullable=False),
        sa.Column("pessimistic", sa.Float(), nullable=False),
        sa.Column("at", storage.instants.Instant(), nullable=False),
        sa.CheckConstraint(
            "0 < optimistic AND optimistic <= typical AND typical <= pessimistic", name=op.f("ck_forecast_band")
        ),
        sa.ForeignKeyConstraint(["reservation_id"], ["reservation.id"], name=op.f("fk_forecast_reservation_id")),
        sa.PrimaryKeyConstraint("reservation_id", name=op.f("pk_forecast")),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("forecast")
    op.drop_table("measurement")
