"""The table of snapshots: which were made, and which may still be learnt from. The rows are in files."""

from __future__ import annotations

from sqlmodel import Field, SQLModel


class SnapshotRow(SQLModel, table=True):
    """One snapshot, by the SHA-256 of its content. `manifest` is JSON and tells of nobody."""

    __tablename__ = "snapshot"

    sha256: str = Field(primary_key=True)
    pack: str = Field(index=True)
    decision: str
    made_at: str
    manifest: str
    retired_at: str | None = None
    replaced_by: str | None = None
