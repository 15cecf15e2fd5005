"""The table of the trainings that were asked for and that a worker carries out."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_OPEN = sa.text("ended_at IS NULL")


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=nullable)


def _integer(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "training",
        *(_text(name) for name in ("id", "pack", "decision", "snapshot", "strategy")),
        _integer("seed"),
        *(_text(name) for name in ("actor", "asked_at", "state")),
        *(_integer(name) for name in ("version", "tries")),
        *(_text(name, nullable=True) for name in ("holder", "held_until", "ended_at", "model", "problem")),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_training_open", "training", ["id"], unique=False, sqlite_where=_OPEN, postgresql_where=_OPEN)


def downgrade() -> None:
    op.drop_table("training")
