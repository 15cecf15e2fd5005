"""Whom documents are about, who was erased, and which revisions went with them."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("document", sa.Column("erased_at", sa.String(), nullable=True))
    op.create_table(
        "document_subject",
        sa.Column("doc_id", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("doc_id", "revision", "ref"),
    )
    op.create_index(op.f("ix_document_subject_ref"), "document_subject", ["ref"], unique=False)
    op.create_table(
        "erased_subject",
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("erased_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("mark"),
    )


def downgrade() -> None:
    op.drop_table("erased_subject")
    op.drop_table("document_subject")
    op.drop_column("document", "erased_at")
