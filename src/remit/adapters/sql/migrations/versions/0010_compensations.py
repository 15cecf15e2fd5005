"""Compensations: effects of another kind, at most one of each kind for a decision, with who asked for it."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# The constraint of the first table had no name of its own: each database gave it one.
_UNNAMED = {"postgresql": "effect_decision_id_key", "sqlite": "uq_effect_decision_id"}
_NAMING = {"uq": "uq_%(table_name)s_%(column_0_name)s"}


def upgrade() -> None:
    with op.batch_alter_table("effect", naming_convention=_NAMING) as effect:
        effect.add_column(sa.Column("kind", sa.String(), nullable=False, server_default="action"))
        effect.add_column(sa.Column("by", sa.String(), nullable=True))
        effect.drop_constraint(_UNNAMED[op.get_bind().dialect.name], type_="unique")
        effect.create_unique_constraint("one_effect", ["decision_id", "kind"])


def downgrade() -> None:
    op.execute("DELETE FROM effect WHERE kind <> 'action'")
    with op.batch_alter_table("effect") as effect:
        effect.drop_constraint("one_effect", type_="unique")
        effect.create_unique_constraint("uq_effect_decision_id", ["decision_id"])
        effect.drop_column("by")
        effect.drop_column("kind")
