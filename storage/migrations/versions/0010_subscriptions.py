"""Subscriptions to calendars."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import storage.instants

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "subscription",
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("member", sa.String(), nullable=False),
        sa.Column("pool", sa.String(), nullable=False),
        sa.Column("created_at", storage.instants.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_subscription")),
        sa.UniqueConstraint("member", "pool", name=op.f("uq_subscription_member_pool")),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("subscription")
