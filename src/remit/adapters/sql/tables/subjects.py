"""The table of those whom cases are about: the key under which everything that is known of them is sealed."""

from __future__ import annotations

from sqlmodel import Field, SQLModel


class SubjectRow(SQLModel, table=True):
    """One subject. `ref` is keyed, so that it tells nobody who it is; without `wrapped` nothing of theirs can be read.

    `id` is the name under which the ledger speaks of them. A hold blocks erasure.
    """

    __tablename__ = "subject"

    ref: str = Field(primary_key=True)
    id: str = Field(unique=True)
    wrapped: str
    wrapped_by: str
    made_at: str
    held_since: str | None = None
    held_by: str | None = None
    hold_reason: str | None = None
