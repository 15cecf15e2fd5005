"""A decision names the event that is its receipt; on PostgreSQL, events come in by an intake of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("decision", sa.Column("receipt_event", sa.String(), nullable=True))
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "UPDATE decision SET receipt_event ="
            " (SELECT event_id FROM event WHERE event.seq = json_extract(decision.receipt, '$.seq'))"
        )
    op.drop_column("decision", "receipt")
    if op.get_bind().dialect.name == "postgresql":
        op.create_table(
            "event_intake",
            sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
            sa.Column("event_id", sa.String(), nullable=False, unique=True),
            sa.Column("body", sa.Text(), nullable=False),
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_table("event_intake")
    op.add_column("decision", sa.Column("receipt", sa.String(), nullable=True))
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "UPDATE decision SET receipt = (SELECT json_object('seq', seq, 'leaf_sha256', leaf_sha256)"
            " FROM event WHERE event_id = decision.receipt_event)"
        )
    op.drop_column("decision", "receipt_event")
