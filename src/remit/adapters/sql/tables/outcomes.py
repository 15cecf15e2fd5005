"""The table of outcomes: what became of decisions, as it was reported."""

from __future__ import annotations

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

_FIRST = text("corrects IS NULL")


class OutcomeRow(SQLModel, table=True):
    """One report, which is never changed. `value` is sealed; an erasure takes it away.

    `ref` is the keyed reference of the reporter's own id for it. A decision has one first report of each name, and each
    report is corrected once at most.
    """

    __tablename__ = "outcome"
    __table_args__ = (
        Index("one_first_outcome", "decision_id", "name", unique=True, sqlite_where=_FIRST, postgresql_where=_FIRST),
    )

    id: str = Field(primary_key=True)
    decision_id: str = Field(foreign_key="decision.id", index=True)
    ref: str = Field(unique=True)
    name: str
    value: str | None = None
    event_at: str
    known_at: str
    reporter: str
    corrects: str | None = Field(default=None, foreign_key="outcome.id", unique=True)
