"""The table of obligations."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "obligation",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("decision_id", sa.String(), nullable=False),
        sa.Column("duty", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("result", sa.String(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"]),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index(op.f("ix_obligation_decision_id"), "obligation", ["decision_id"], unique=False)
    op.create_index(op.f("ix_obligation_state"), "obligation", ["state"], unique=False)


def downgrade() -> None:
    op.drop_table("obligation")
