"""The tables of models: artefacts, champions, what the gate said, rollouts, and what a challenger would have proposed.

JSON columns hold text; times are RFC 3339 text in UTC.
"""

from __future__ import annotations

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

_RUNNING = text("state = 'running'")


class ModelArtefactRow(SQLModel, table=True):
    """The bytes of a model and of its card, by the content of the first."""

    __tablename__ = "model_artefact"

    sha256: str = Field(primary_key=True)
    onnx: bytes
    card: bytes


class ModelRow(SQLModel, table=True):
    """A model that was registered for a decision."""

    __tablename__ = "model"

    pack: str = Field(primary_key=True)
    decision: str = Field(primary_key=True)
    sha256: str = Field(primary_key=True, foreign_key="model_artefact.sha256")
    card_sha256: str
    snapshot: str | None = None
    state: str
    registered_by: str
    registered_at: str


class ModelChampionRow(SQLModel, table=True):
    """One move of the pointer to a decision's champion. Rows are only added; the highest version counts."""

    __tablename__ = "model_champion"

    pack: str = Field(primary_key=True)
    decision: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    sha256: str = Field(foreign_key="model_artefact.sha256")
    rollout: str | None = None
    by: str
    reason: str
    since: str


class ModelGateRow(SQLModel, table=True):
    """What the gate said of a challenger. `report` is canonical text, whose SHA-256 the ledger names."""

    __tablename__ = "model_gate"

    id: str = Field(primary_key=True)
    pack: str = Field(index=True)
    decision: str
    challenger: str
    champion: str
    word: str
    report: str
    report_sha256: str
    by: str
    at: str


class ModelRolloutRow(SQLModel, table=True):
    """One rollout. `version` guards every move; of a decision one rollout runs at a time."""

    __tablename__ = "model_rollout"
    __table_args__ = (
        Index(
            "one_running_rollout",
            "pack",
            "decision",
            unique=True,
            sqlite_where=_RUNNING,
            postgresql_where=_RUNNING,
        ),
    )

    id: str = Field(primary_key=True)
    pack: str
    decision: str
    challenger: str
    champion: str
    salt: str
    plan: str
    version: int
    state: str = Field(index=True)
    step: int
    step_since: str
    reason: str
    started_by: str
    started_at: str
    floor: int
    ended_by: str | None = None
    ended_at: str | None = None
    said: str | None = None


class ModelComparisonRow(SQLModel, table=True):
    """What both models of a rollout proposed for a case.

    `took_us` is what the challenger took of the processor, in microseconds.
    """

    __tablename__ = "model_comparison"

    rollout: str = Field(primary_key=True, foreign_key="model_rollout.id")
    decision_id: str = Field(primary_key=True, foreign_key="decision.id")
    step: int
    arm: str
    champion: str | None = None
    challenger: str | None = None
    failed: str | None = None
    took_us: int
    at: str
