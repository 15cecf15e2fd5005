"""The table of workers: who is at work, by signs of life."""

from __future__ import annotations

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel


class WorkerRow(SQLModel, table=True):
    """One worker process; times are RFC 3339 in UTC, by the worker's own clock."""

    __tablename__ = "worker"

    id: str = Field(primary_key=True)
    host: str
    pid: int
    since: str
    beats: int = Field(sa_type=BigInteger)
    beat_at: str
