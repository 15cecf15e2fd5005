"""What a queue is filtered by, with an index each: such a page is read along it, as one of the whole queue is."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("review", sa.Column("decision", sa.String(), nullable=False, server_default=""))
    op.execute(
        "UPDATE review SET decision = (SELECT decision.decision FROM decision WHERE decision.id = review.decision_id)"
    )
    for name in ("decision", "claimed_by"):
        op.create_index(f"ix_review_queue_by_{name}", "review", [name, "state", "queue_at", "id"], unique=False)


def downgrade() -> None:
    for name in ("claimed_by", "decision"):
        op.drop_index(f"ix_review_queue_by_{name}", "review")
    op.drop_column("review", "decision")
