"""The tables of those whom cases and documents are about: the key under which what is known of them is sealed."""

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


class ErasedSubjectRow(SQLModel, table=True):
    """Somebody who was erased. `mark` is keyed: it tells nobody who it was, and only recognises them by their name."""

    __tablename__ = "erased_subject"

    mark: str = Field(primary_key=True)
    erased_at: str
