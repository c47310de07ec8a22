"""Indexes for what looks into the past: whose a GPU was, what members have had, and what somebody did."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0014"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make them. None of these drops a guard: no table is made anew."""
    op.create_index(op.f("ix_allocation_gpu_id_ends"), "allocation", ["gpu_id", "ends"])
    op.create_index(op.f("ix_audit_who"), "audit", ["who"])
    op.create_index(op.f("ix_reservation_member_ends"), "reservation", ["member", "ends"])
    op.drop_index(op.f("ix_reservation_member_starts"), "reservation")
    op.create_index(op.f("ix_reservation_created_at"), "reservation", ["created_at"])
    op.create_index(op.f("ix_reservation_promise_at"), "reservation", ["promise_at"])
    unanswered = sa.text("answer IS NULL")
    op.create_index("ix_question_open", "question", ["id"], sqlite_where=unanswered, postgresql_where=unanswered)
    # SQLite makes use of it only where it says what the question says: "open = 1".
    op.drop_index("ix_card_open", "card")
    op.create_index(
        "ix_card_open", "card", ["next_at"], sqlite_where=sa.text("open = 1"), postgresql_where=sa.text("open")
    )


def downgrade() -> None:
    """Have those from before."""
    op.drop_index("ix_card_open", "card")
    op.create_index("ix_card_open", "card", ["next_at"], sqlite_where=sa.text("open"), postgresql_where=sa.text("open"))
    op.drop_index("ix_question_open", "question")
    op.drop_index(op.f("ix_reservation_promise_at"), "reservation")
    op.drop_index(op.f("ix_reservation_created_at"), "reservation")
    op.create_index(op.f("ix_reservation_member_starts"), "reservation", ["member", "starts"])
    op.drop_index(op.f("ix_reservation_member_ends"), "reservation")
    op.drop_index(op.f("ix_audit_who"), "audit")
    op.drop_index(op.f("ix_allocation_gpu_id_ends"), "allocation")
