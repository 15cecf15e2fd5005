"""The table of the trainings that were asked for."""

from __future__ import annotations

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

_OPEN = text("ended_at IS NULL")


class TrainingRow(SQLModel, table=True):
    """A training and how it gets on. `actor` and `problem` are JSON text; times are RFC 3339 text in UTC."""

    __tablename__ = "training"
    __table_args__ = (Index("ix_training_open", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),)

    id: str = Field(primary_key=True)
    pack: str
    decision: str
    snapshot: str
    strategy: str
    seed: int
    actor: str
    asked_at: str
    state: str
    version: int
    tries: int
    holder: str | None = None
    held_until: str | None = None
    ended_at: str | None = None
    model: str | None = None
    problem: str | None = None
