"""What the watch finds; whose Linux logins are whose."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import storage.instants

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_INSTANT = storage.instants.Instant()


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "finding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("gpu", sa.String(), nullable=False),
        sa.Column("reservation_id", sa.Integer(), nullable=True),
        sa.Column("login", sa.String(), nullable=True),
        sa.Column("fault", sa.String(), nullable=True),
        sa.Column("since", _INSTANT, nullable=False),
        sa.Column("opened_at", _INSTANT, nullable=False),
        sa.Column("told_at", _INSTANT, nullable=True),
        sa.Column("answer_by", _INSTANT, nullable=True),
        sa.Column("answered_at", _INSTANT, nullable=True),
        sa.Column("admins_at", _INSTANT, nullable=True),
        sa.Column("closed_at", _INSTANT, nullable=True),
        sa.CheckConstraint(
            "kind IN ('unused', 'parked', 'partly_used', 'squatter', 'overrun', 'no_show', 'missing', 'lost')",
            name=op.f("ck_finding_kind"),
        ),
        sa.ForeignKeyConstraint(["reservation_id"], ["reservation.id"], name=op.f("fk_finding_reservation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
    )
    _one("uq_finding_open", "finding", ["gpu", "kind"], "closed_at IS NULL")
    op.create_table(
        "login",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("login", sa.String(), nullable=False),
        sa.Column("member", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("asked_at", _INSTANT, nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", _INSTANT, nullable=True),
        sa.CheckConstraint("state IN ('asked', 'confirmed', 'refused', 'dropped')", name=op.f("ck_login_state")),
        sa.CheckConstraint("(state = 'asked') = (decided_at IS NULL)", name=op.f("ck_login_decided")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login")),
    )
    _one("uq_login_confirmed", "login", ["login"], "state = 'confirmed'")
    _one("uq_login_asked", "login", ["login", "member"], "state = 'asked'")


def downgrade() -> None:
    """Take them back."""
    op.drop_table("login")
    op.drop_table("finding")


def _one(name: str, table: str, columns: list[str], where: str) -> None:
    """An index that lets one row a key be as `where` says."""
    only = sa.text(where)
    op.create_index(name, table, columns, unique=True, sqlite_where=only, postgresql_where=only)
