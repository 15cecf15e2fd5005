"""The whole approval queue: what reviews wait for, words on edited actions, notes, arrangements between people."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# The constraint of the first table had no name of its own: each database gave it one.
_UNNAMED = {"postgresql": "vote_review_id_reviewer_key", "sqlite": "uq_vote_review_id"}
_NAMING = {"uq": "uq_%(table_name)s_%(column_0_name)s"}


def upgrade() -> None:
    op.add_column("review", sa.Column("wakes_at", sa.String(), nullable=True))
    op.add_column("review", sa.Column("details", sa.String(), nullable=True))
    op.create_index(op.f("ix_review_wakes_at"), "review", ["wakes_at"], unique=False)
    with op.batch_alter_table("vote", naming_convention=_NAMING) as vote:
        vote.add_column(sa.Column("details", sa.String(), nullable=True))
        vote.drop_constraint(_UNNAMED[op.get_bind().dialect.name], type_="unique")
        vote.create_unique_constraint("one_word", ["review_id", "reviewer", "action_digest"])
    op.create_table(
        "review_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("action_digest", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_review_note_review_id"), "review_note", ["review_id"], unique=False)
    op.create_table(
        "arrangement",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("since", sa.String(), nullable=False),
        sa.Column("until", sa.String(), nullable=True),
        sa.Column("deputy", sa.String(), nullable=True),
        sa.Column("roles", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("ended_at", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_arrangement_ended_at"), "arrangement", ["ended_at"], unique=False)


def downgrade() -> None:
    op.drop_table("arrangement")
    op.drop_table("review_note")
    with op.batch_alter_table("vote") as vote:
        vote.drop_constraint("one_word", type_="unique")
        vote.create_unique_constraint("uq_vote_review_id", ["review_id", "reviewer"])
        vote.drop_column("details")
    op.drop_index(op.f("ix_review_wakes_at"), "review")
    op.drop_column("review", "details")
    op.drop_column("review", "wakes_at")
