"""The tables of the watch over decisions: how far it was fed, its state, what it waits for, and its alarms."""

from __future__ import annotations

from sqlalchemy import Index, Text
from sqlmodel import Field, SQLModel


class WatchPlaceRow(SQLModel, table=True):
    """The one row that says up to which place in the ledger decisions that became final were fed."""

    __tablename__ = "watch_place"

    id: int = Field(default=1, primary_key=True, sa_column_kwargs={"autoincrement": False})
    place: int


class WatchRow(SQLModel, table=True):
    """The watch over a decision. `version` guards every change; `state` is JSON of what no query looks for."""

    __tablename__ = "watch"

    pack: str = Field(primary_key=True)
    decision: str = Field(primary_key=True)
    version: int
    decisions: int
    labels: int
    self_caused: int
    state: str = Field(sa_type=Text)


class WatchDueRow(SQLModel, table=True):
    """A decision whose outcome is waited for. `late_until` is there once it was due and not known."""

    __tablename__ = "watch_due"
    __table_args__ = (Index("ix_watch_due", "pack", "decision", "late_until", "due_at", "place"),)

    decision_id: str = Field(primary_key=True, foreign_key="decision.id")
    pack: str
    decision: str
    place: int
    due_at: str
    late_until: str | None = None


class DriftAlarmRow(SQLModel, table=True):
    """An alarm, which is open until a person has acknowledged it. `found` is JSON of its numbers."""

    __tablename__ = "drift_alarm"
    __table_args__ = (Index("ix_drift_alarm", "pack", "decision", "acknowledged_at"),)

    id: str = Field(primary_key=True)
    pack: str
    decision: str
    series: str
    found: str
    raised_at: str
    acknowledged_by: str | None = None
    acknowledged_at: str | None = None
    reason: str | None = None
