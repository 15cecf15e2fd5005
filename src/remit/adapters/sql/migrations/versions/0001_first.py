"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# REPLACE deletes rows without asking a DELETE trigger, so inserting is guarded as well.
_GUARDS = {
    "event_is_never_updated": "BEFORE UPDATE ON event",
    "event_is_never_deleted": "BEFORE DELETE ON event",
    "event_is_only_appended": (
        "BEFORE INSERT ON event WHEN NEW.seq IS NOT (SELECT COALESCE(MAX(seq) + 1, 0) FROM event)"
        " OR EXISTS (SELECT 1 FROM event WHERE event_id = NEW.event_id)"
    ),
    "ledger_head_is_never_deleted": "BEFORE DELETE ON ledger_head",
}
_POSTGRES_GUARDS = (
    """
    CREATE FUNCTION refuse_to_change_the_ledger() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$
    """,
    """
    CREATE FUNCTION only_append_to_the_ledger() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.seq IS DISTINCT FROM (SELECT COALESCE(MAX(seq) + 1, 0) FROM event) THEN
        RAISE EXCEPTION 'the ledger is append-only';
      END IF;
      RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER event_is_never_changed BEFORE UPDATE OR DELETE ON event"
    " FOR EACH ROW EXECUTE FUNCTION refuse_to_change_the_ledger()",
    "CREATE TRIGGER event_is_never_emptied BEFORE TRUNCATE ON event"
    " FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_the_ledger()",
    "CREATE TRIGGER event_is_only_appended BEFORE INSERT ON event"
    " FOR EACH ROW EXECUTE FUNCTION only_append_to_the_ledger()",
    "CREATE TRIGGER ledger_head_is_never_deleted BEFORE DELETE ON ledger_head"
    " FOR EACH ROW EXECUTE FUNCTION refuse_to_change_the_ledger()",
    "CREATE TRIGGER ledger_head_is_never_emptied BEFORE TRUNCATE ON ledger_head"
    " FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_the_ledger()",
)


def upgrade() -> None:
    _create_ledger()


def downgrade() -> None:
    op.drop_table("ledger_head")
    op.drop_table("event")


def _create_ledger() -> None:
    op.create_table(
        "event",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("ts", sa.String(), nullable=False),
        sa.Column("decision_id", sa.String(), nullable=True),
        sa.Column("leaf_sha256", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("event_id"),
    )
    op.create_index("ix_event_decision_id", "event", ["decision_id"])
    op.create_table(
        "ledger_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("log_id", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("frontier", sa.Text(), nullable=False),
        sa.Column("root", sa.String(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint("id = 1", name="one_head"),
        sa.PrimaryKeyConstraint("id"),
    )
    if op.get_bind().dialect.name == "postgresql":
        for statement in _POSTGRES_GUARDS:
            op.execute(statement)
        return
    for name, when in _GUARDS.items():
        op.execute(f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END")
