"""The tables of models, champions, gates, rollouts and comparisons."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_RUNNING = sa.text("state = 'running'")


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=nullable)


def _integer(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "model_artefact",
        _text("sha256"),
        sa.Column("onnx", sa.LargeBinary(), nullable=False),
        sa.Column("card", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_table(
        "model",
        *(_text(name) for name in ("pack", "decision", "sha256", "card_sha256")),
        _text("snapshot", nullable=True),
        *(_text(name) for name in ("state", "registered_by", "registered_at")),
        sa.ForeignKeyConstraint(["sha256"], ["model_artefact.sha256"]),
        sa.PrimaryKeyConstraint("pack", "decision", "sha256"),
    )
    op.create_table(
        "model_champion",
        *(_text(name) for name in ("pack", "decision")),
        _integer("version"),
        _text("sha256"),
        _text("rollout", nullable=True),
        *(_text(name) for name in ("by", "reason", "since")),
        sa.ForeignKeyConstraint(["sha256"], ["model_artefact.sha256"]),
        sa.PrimaryKeyConstraint("pack", "decision", "version"),
    )
    op.create_table(
        "model_gate",
        *(_text(name) for name in ("id", "pack", "decision", "challenger", "champion")),
        *(_text(name) for name in ("word", "report", "report_sha256", "by", "at")),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_model_gate_pack"), "model_gate", ["pack"], unique=False)
    op.create_table(
        "model_rollout",
        *(_text(name) for name in ("id", "pack", "decision", "challenger", "champion", "salt", "plan")),
        _integer("version"),
        _text("state"),
        _integer("step"),
        *(_text(name) for name in ("step_since", "reason", "started_by", "started_at")),
        _integer("floor"),
        *(_text(name, nullable=True) for name in ("ended_by", "ended_at", "said")),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_model_rollout_state"), "model_rollout", ["state"], unique=False)
    op.create_index(
        "one_running_rollout",
        "model_rollout",
        ["pack", "decision"],
        unique=True,
        sqlite_where=_RUNNING,
        postgresql_where=_RUNNING,
    )
    op.create_table(
        "model_comparison",
        *(_text(name) for name in ("rollout", "decision_id")),
        _integer("step"),
        _text("arm"),
        *(_text(name, nullable=True) for name in ("champion", "challenger", "failed")),
        _integer("took_us"),
        _text("at"),
        sa.ForeignKeyConstraint(["rollout"], ["model_rollout.id"]),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"]),
        sa.PrimaryKeyConstraint("rollout", "decision_id"),
    )


def downgrade() -> None:
    for table in ("model_comparison", "model_rollout", "model_gate", "model_champion", "model", "model_artefact"):
        op.drop_table(table)
