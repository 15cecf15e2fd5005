"""The tables of the ledger: the events, append-only, the one row that is the log's head, and what is kept beside."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, Text, text
from sqlmodel import Field, SQLModel

_ROTATIONS = text("type = 'ledger.key_rotated'")


class EventRow(SQLModel, table=True):
    """One event. `body` is its exact canonical text; the other columns repeat what it says, so that SQL can search."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_rotation", "seq", sqlite_where=_ROTATIONS, postgresql_where=_ROTATIONS),)

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


class LedgerTileRow(SQLModel, table=True):
    """The root (hex) over one complete tile of 256 hashes: of leaves at level 0, of such roots above."""

    __tablename__ = "ledger_tile"

    level: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    root: str


class LedgerCheckpointRow(SQLModel, table=True):
    """A signed checkpoint: the note that names so many events."""

    __tablename__ = "ledger_checkpoint"

    size: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    note: str = Field(sa_type=Text)
