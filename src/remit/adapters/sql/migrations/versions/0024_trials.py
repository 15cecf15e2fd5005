"""The table of what prompt versions said of decisions that they did not decide."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "prompt_trial",
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("decision_id", sa.String(), nullable=False),
        sa.Column("calls", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["version"], ["model_artefact.sha256"]),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"]),
        sa.PrimaryKeyConstraint("version", "decision_id"),
    )
    op.create_index(op.f("ix_prompt_trial_decision_id"), "prompt_trial", ["decision_id"])


def downgrade() -> None:
    op.drop_table("prompt_trial")
