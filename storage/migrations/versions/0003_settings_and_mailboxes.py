"""What members have set; the mailboxes of who is written to; who has come; how often a notice was not taken."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import storage.instants

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_INSTANT = storage.instants.Instant()


def upgrade() -> None:
    """Make the three tables and the column."""
    # Not batch_alter_table, which would drop the triggers on SQLite.
    op.add_column("notice", sa.Column("failed", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.create_table(
        "mailbox",
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("rests_until", _INSTANT, nullable=False),
        sa.Column("told_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("recipient", name=op.f("pk_mailbox")),
    )
    op.create_table(
        "settings",
        sa.Column("member", sa.String(), nullable=False),
        sa.Column("reminders", sa.Text(), nullable=False),
        sa.Column("quiet_start", sa.Integer(), nullable=True),
        sa.Column("quiet_end", sa.Integer(), nullable=True),
        sa.Column("delegate", sa.String(), nullable=False),
        sa.Column("auto", sa.Boolean(), nullable=False),
        sa.Column("changed_at", _INSTANT, nullable=False),
        sa.CheckConstraint("(quiet_start IS NULL) = (quiet_end IS NULL)", name=op.f("ck_settings_quiet")),
        sa.CheckConstraint("quiet_start <> quiet_end", name=op.f("ck_settings_quiet_length")),
        sa.PrimaryKeyConstraint("member", name=op.f("pk_settings")),
    )
    op.create_table(
        "presence",
        sa.Column("reservation_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("said_by", sa.String(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["reservation_id"], ["reservation.id"], name=op.f("fk_presence_reservation_id")),
        sa.PrimaryKeyConstraint("reservation_id", name=op.f("pk_presence")),
    )


def downgrade() -> None:
    """Take it all back."""
    op.drop_table("presence")
    op.drop_table("settings")
    op.drop_table("mailbox")
    op.drop_column("notice", "failed")
