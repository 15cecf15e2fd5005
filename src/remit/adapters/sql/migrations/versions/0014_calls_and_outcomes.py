"""What callers at a distance need: answers that are given again, and decisions that are found by who asked."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0012"
branch_labels = None
depends_on = None

_LISTED = ("decision", "pack", "stage", "asker")
_ASKER = {"sqlite": "json_extract(actor, '$.id')", "postgresql": "CAST(actor AS json) ->> 'id'"}


def upgrade() -> None:
    op.add_column("decision", sa.Column("asker", sa.String(), nullable=True))
    op.execute(f"UPDATE decision SET asker = {_ASKER[op.get_bind().dialect.name]}")
    for name in ("decision", "pack", "stage"):
        op.drop_index(op.f(f"ix_decision_{name}"), table_name="decision")
    for name in _LISTED:
        op.create_index(f"ix_decision_by_{name}", "decision", [name, "id"])
    op.create_table(
        "answer",
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("decision_id", sa.String(), nullable=True),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"]),
        sa.PrimaryKeyConstraint("ref"),
    )
    op.create_index(op.f("ix_answer_decision_id"), "answer", ["decision_id"])
    op.create_index(op.f("ix_answer_expires_at"), "answer", ["expires_at"])


def downgrade() -> None:
    op.drop_table("answer")
    for name in _LISTED:
        op.drop_index(f"ix_decision_by_{name}", table_name="decision")
    for name in ("decision", "pack", "stage"):
        op.create_index(op.f(f"ix_decision_{name}"), "decision", [name])
    op.drop_column("decision", "asker")
