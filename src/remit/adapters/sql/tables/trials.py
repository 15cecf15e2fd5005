"""The table of trials: what a prompt version said of decisions that it did not decide."""

from __future__ import annotations

from sqlmodel import Field, SQLModel


class TrialRow(SQLModel, table=True):
    """The tape of one proposal that was only tried. `calls` is sealed; an erasure takes the row away."""

    __tablename__ = "prompt_trial"

    version: str = Field(primary_key=True, foreign_key="model_artefact.sha256")
    decision_id: str = Field(primary_key=True, foreign_key="decision.id", index=True)
    calls: str
