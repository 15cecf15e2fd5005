"""What callers at a distance need: answers that are given again, and decisions that are found by who asked."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0012"
branch_labels = None
depends_on = None

_LISTED = ("decision", "pack", "stage", "asker")
_ASKER = {"sqlite": "json_extract(actor, '$.id')", "postgresql": "CAST(actor AS json) ->> 'id'"}

_WAITS = sa.text("state = 'waiting'")
_FIRST = sa.text("corrects IS NULL")


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
    op.create_table(
        "outcome",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("decision_id", sa.String(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=True),
        sa.Column("event_at", sa.String(), nullable=False),
        sa.Column("known_at", sa.String(), nullable=False),
        sa.Column("reporter", sa.String(), nullable=False),
        sa.Column("corrects", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"]),
        sa.ForeignKeyConstraint(["corrects"], ["outcome.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("ref"),
        sa.UniqueConstraint("corrects"),
    )
    op.create_index(op.f("ix_outcome_decision_id"), "outcome", ["decision_id"])
    op.create_index(
        "one_first_outcome",
        "outcome",
        ["decision_id", "name"],
        unique=True,
        sqlite_where=_FIRST,
        postgresql_where=_FIRST,
    )
    op.create_table(
        "batch",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("request_key", sa.String(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("pack", sa.String(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("request_key"),
    )
    op.create_table(
        "batch_case",
        sa.Column("batch_id", sa.String(), nullable=False),
        sa.Column("row", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("ref", sa.String(), nullable=True),
        sa.Column("raw", sa.Text(), nullable=True),
        sa.Column("decision_id", sa.String(), nullable=True),
        sa.Column("why", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"]),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"]),
        sa.PrimaryKeyConstraint("batch_id", "row"),
    )
    op.create_index("ix_batch_case_ref", "batch_case", ["ref"])
    op.create_index(
        "ix_batch_case_waiting", "batch_case", ["batch_id", "row"], sqlite_where=_WAITS, postgresql_where=_WAITS
    )


def downgrade() -> None:
    op.drop_table("batch_case")
    op.drop_table("batch")
    op.drop_table("outcome")
    op.drop_table("answer")
    for name in _LISTED:
        op.drop_index(f"ix_decision_by_{name}", table_name="decision")
    for name in ("decision", "pack", "stage"):
        op.create_index(op.f(f"ix_decision_{name}"), "decision", [name])
    op.drop_column("decision", "asker")
