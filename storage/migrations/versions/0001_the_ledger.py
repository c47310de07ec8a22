"""The ledger: GPUs, reservations and allocations with their guard; answers, audit, notices, members, messages."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ExcludeConstraint

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_SQLITE_GUARDS = (
    """CREATE TRIGGER allocation_overlap_insert BEFORE INSERT ON allocation WHEN NEW.holds BEGIN
    SELECT RAISE(ABORT, 'allocation_overlap') WHERE EXISTS (
        SELECT 1 FROM allocation AS other
        WHERE other.holds AND other.gpu_id = NEW.gpu_id AND other.starts < NEW.ends AND NEW.starts < other.ends
    ); END""",
    """CREATE TRIGGER allocation_overlap_update BEFORE UPDATE ON allocation WHEN NEW.holds BEGIN
    SELECT RAISE(ABORT, 'allocation_overlap') WHERE EXISTS (
        SELECT 1 FROM allocation AS other
        WHERE other.holds AND other.gpu_id = NEW.gpu_id AND other.starts < NEW.ends AND NEW.starts < other.ends
        AND other.id <> OLD.id
    ); END""",
    """CREATE TRIGGER audit_update BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END""",
    """CREATE TRIGGER audit_delete BEFORE DELETE ON audit
    BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END""",
    """CREATE TRIGGER audit_replace BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END""",
)
_POSTGRESQL_GUARDS = (
    """CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'audit is append-only' USING ERRCODE = 'insufficient_privilege'; END $$""",
    """CREATE TRIGGER audit_change BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_refuse()""",
    """CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()""",
)


def _guard() -> list[sa.Constraint]:
    """What keeps two reservations off one GPU on PostgreSQL; SQLite has its triggers, and needs integers for them."""
    if op.get_bind().dialect.name == "sqlite":
        columns = ("gpu_id", "starts", "ends", "holds")
        integers = " AND ".join(f"typeof({column}) = 'integer'" for column in columns)
        return [sa.CheckConstraint(integers, name=op.f("ck_allocation_integers"))]
    gpu, minutes = sa.text("int8range(gpu_id, gpu_id, '[]')"), sa.text("int8range(starts, ends)")
    return [
        ExcludeConstraint((gpu, "&&"), (minutes, "&&"), where=sa.text("holds"), using="gist", name="allocation_overlap")
    ]


def upgrade() -> None:
    """Make everything."""
    op.create_table(
        "answer",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_answer")),
    )

    op.create_table(
        "gpu",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("pool", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("memory_gb", sa.Integer(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gpu")),
        sa.UniqueConstraint("name", name=op.f("uq_gpu_name")),
    )

    op.create_table(
        "ledger",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_ledger_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger")),
    )

    op.create_table(
        "member",
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("bot", sa.Boolean(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("team", "id", name=op.f("pk_member")),
    )

    op.create_table(
        "message",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("ts", sa.String(), nullable=False),
        sa.Column("drawn_version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "purpose", name=op.f("pk_message")),
    )

    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("reservation", sa.Integer(), nullable=False),
        sa.Column("about", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("dead_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("key", name=op.f("uq_notice_key")),
    )
    op.create_index(
        "ix_notice_open",
        "notice",
        ["next_at"],
        unique=False,
        sqlite_where=sa.text("sent_at IS NULL AND dead_at IS NULL"),
        postgresql_where=sa.text("sent_at IS NULL AND dead_at IS NULL"),
    )

    op.create_table(
        "reservation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("pool", sa.String(), nullable=False),
        sa.Column("starts", sa.Integer(), nullable=False),
        sa.Column("ends", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("movable", sa.Boolean(), nullable=False),
        sa.Column("named", sa.Boolean(), nullable=False),
        sa.Column("memory_gb", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=True),
        sa.Column("promise_at", sa.BigInteger(), nullable=True),
        sa.Column("promise_by", sa.BigInteger(), nullable=True),
        sa.Column("promise_name", sa.String(), nullable=True),
        sa.Column("group_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("approved_by", sa.String(), nullable=True),
        sa.Column("moved", sa.Integer(), nullable=False),
        sa.Column("ledger_version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "state IN ('pending', 'offered', 'booked', 'active', 'ended', 'released', 'cancelled', 'denied', 'expired',"
            " 'no_show', 'revoked', 'displaced')",
            name=op.f("ck_reservation_state"),
        ),
        sa.CheckConstraint("(promise_at IS NULL) = (promise_by IS NULL)", name=op.f("ck_reservation_promise")),
        sa.CheckConstraint("starts < ends", name=op.f("ck_reservation_window")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservation")),
    )
    op.create_index(op.f("ix_reservation_ledger_version"), "reservation", ["ledger_version"], unique=False)
    op.create_index(op.f("ix_reservation_member_starts"), "reservation", ["member", "starts"], unique=False)
    op.create_index(op.f("ix_reservation_state_starts"), "reservation", ["state", "starts"], unique=False)

    op.create_table(
        "allocation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reservation_id", sa.Integer(), nullable=False),
        sa.Column("gpu_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.Column("starts", sa.Integer(), nullable=False),
        sa.Column("ends", sa.Integer(), nullable=False),
        sa.Column("holds", sa.Boolean(), nullable=False),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.CheckConstraint("place IS NOT NULL OR NOT holds", name=op.f("ck_allocation_given_up")),
        sa.CheckConstraint("starts < ends", name=op.f("ck_allocation_window")),
        sa.ForeignKeyConstraint(["gpu_id"], ["gpu.id"], name=op.f("fk_allocation_gpu_id")),
        sa.ForeignKeyConstraint(["reservation_id"], ["reservation.id"], name=op.f("fk_allocation_reservation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocation")),
        sa.UniqueConstraint("reservation_id", "place", name=op.f("uq_allocation_reservation_id_place")),
        *_guard(),
    )
    op.create_index(
        "ix_allocation_held",
        "allocation",
        ["gpu_id", "starts", "ends"],
        unique=False,
        sqlite_where=sa.text("holds"),
        postgresql_where=sa.text("holds"),
    )

    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("reservation_id", sa.Integer(), nullable=True),
        sa.Column("before", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("after", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(["reservation_id"], ["reservation.id"], name=op.f("fk_audit_reservation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_reservation_id"), "audit", ["reservation_id"], unique=False)

    op.execute("INSERT INTO ledger (id, version) VALUES (1, 0)")
    for statement in _SQLITE_GUARDS if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL_GUARDS:
        op.execute(statement)


def downgrade() -> None:
    """Drop everything."""
    for table in ("audit", "allocation", "reservation", "notice", "message", "member", "ledger", "gpu", "answer"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_refuse()")
