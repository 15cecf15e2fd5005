"""The tables of the ledger: the events, append-only, and the one row that is the log's head."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Text
from sqlmodel import Field, SQLModel


class EventRow(SQLModel, table=True):
    """One event. `body` is its exact canonical text; the other columns repeat what it says, so that SQL can search."""

    __tablename__ = "event"

    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    event_id: str = Field(unique=True)
    type: str
    ts: str
    decision_id: str | None = Field(default=None, index=True)
    leaf_sha256: str
    body: str = Field(sa_type=Text)


class LedgerHeadRow(SQLModel, table=True):
    """The head: size, frontier (JSON list of hex) and root (hex) of the tree, and the note that signs them."""

    __tablename__ = "ledger_head"
    __table_args__ = (CheckConstraint("id = 1", name="one_head"),)

    id: int = Field(default=1, primary_key=True, sa_column_kwargs={"autoincrement": False})
    log_id: str
    size: int
    frontier: str = Field(sa_type=Text)
    root: str
    note: str = Field(sa_type=Text)
