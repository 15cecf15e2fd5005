"""The tables of tiles, checkpoints and subjects; when a decision's case has to go."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from remit.ledger.verifier import Frontier

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_GUARDED = ("ledger_tile", "ledger_checkpoint")
_PARTIAL = (
    ("ix_event_rotation", "event", "seq", "type = 'ledger.key_rotated'"),
    ("ix_payload_unsealed", "payload", "decision_id", "salt <> ''"),
)
_COLUMNS = ("retention_class", "keep_until", "erased_at")


def upgrade() -> None:
    op.create_table(
        "ledger_tile",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("root", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("level", "number"),
    )
    op.create_table(
        "ledger_checkpoint",
        sa.Column("size", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("size"),
    )
    op.create_table(
        "subject",
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("wrapped", sa.String(), nullable=False),
        sa.Column("wrapped_by", sa.String(), nullable=False),
        sa.Column("made_at", sa.String(), nullable=False),
        sa.Column("held_since", sa.String(), nullable=True),
        sa.Column("held_by", sa.String(), nullable=True),
        sa.Column("hold_reason", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("ref"),
        sa.UniqueConstraint("id"),
    )
    for name in _COLUMNS:
        op.add_column("decision", sa.Column(name, sa.String(), nullable=True))
    for name, table, column, where in _PARTIAL:
        condition = sa.text(where)
        op.create_index(name, table, [column], sqlite_where=condition, postgresql_where=condition)
    _keep_tiles_of_what_is_there()
    if op.get_bind().dialect.name == "postgresql":
        for table in _GUARDED:
            op.execute(
                f"CREATE TRIGGER {table}_is_never_changed BEFORE UPDATE OR DELETE ON {table}"
                " FOR EACH ROW EXECUTE FUNCTION refuse_to_change_the_ledger()"
            )
            op.execute(
                f"CREATE TRIGGER {table}_is_never_emptied BEFORE TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_the_ledger()"
            )
    else:
        for table in _GUARDED:
            for verb in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}"
                    " BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
                )


def downgrade() -> None:
    for name, table, _, _ in _PARTIAL:
        op.drop_index(name, table)
    for name in _COLUMNS:
        op.drop_column("decision", name)
    for table in ("subject", "ledger_checkpoint", "ledger_tile"):
        op.drop_table(table)


def _keep_tiles_of_what_is_there() -> None:
    """The tiles of the events that an older Remit recorded."""
    frontier = Frontier()
    for leaf in _leaves():
        try:
            tiles = frontier.append(bytes.fromhex(leaf))
        except ValueError:
            return  # it was tampered with; verification says so
        for tile in tiles:
            row = {"level": tile.level, "number": tile.number, "root": tile.root.hex()}
            op.get_bind().execute(
                sa.text("INSERT INTO ledger_tile (level, number, root) VALUES (:level, :number, :root)"), row
            )


def _leaves() -> Iterator[str]:
    yield from op.get_bind().execute(sa.text("SELECT leaf_sha256 FROM event ORDER BY seq")).scalars()
