"""The place of a review in the queue, as text of one length: a page of a long queue is read by its index."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

NEVER = "9999-12-31T23:59:59.999999+00:00"


def upgrade() -> None:
    op.add_column("review", sa.Column("queue_at", sa.String(), nullable=False, server_default=NEVER))
    # A moment without a fraction of a second is the shorter text.
    op.execute(
        "UPDATE review SET queue_at = CASE WHEN length(due_at) = 25"
        " THEN substr(due_at, 1, 19) || '.000000' || substr(due_at, 20) ELSE due_at END WHERE due_at IS NOT NULL"
    )
    op.create_index("ix_review_queue", "review", ["state", "queue_at", "id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_review_queue", "review")
    op.drop_column("review", "queue_at")
