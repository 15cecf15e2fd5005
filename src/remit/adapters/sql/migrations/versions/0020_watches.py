"""The tables of the watch over decisions: its place, its states, what it waits for, and its alarms."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0017"
branch_labels = None
depends_on = None


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=nullable)


def _integer(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def upgrade() -> None:
    op.create_table("watch_place", _integer("id"), _integer("place"), sa.PrimaryKeyConstraint("id"))
    op.create_table(
        "watch",
        *(_text(name) for name in ("pack", "decision")),
        *(_integer(name) for name in ("version", "decisions", "labels", "self_caused")),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("pack", "decision"),
    )
    op.create_table(
        "watch_due",
        *(_text(name) for name in ("decision_id", "pack", "decision")),
        _integer("place"),
        _text("due_at"),
        _text("late_until", nullable=True),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"]),
        sa.PrimaryKeyConstraint("decision_id"),
    )
    op.create_index("ix_watch_due", "watch_due", ["pack", "decision", "late_until", "due_at", "place"], unique=False)
    op.create_table(
        "drift_alarm",
        *(_text(name) for name in ("id", "pack", "decision", "series", "found", "raised_at")),
        *(_text(name, nullable=True) for name in ("acknowledged_by", "acknowledged_at", "reason")),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_drift_alarm", "drift_alarm", ["pack", "decision", "acknowledged_at"], unique=False)


def downgrade() -> None:
    for table in ("drift_alarm", "watch_due", "watch", "watch_place"):
        op.drop_table(table)
