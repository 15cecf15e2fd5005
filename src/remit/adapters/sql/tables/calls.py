"""The tables of calls: what was answered under which key, and cases that were handed in many at once."""

from __future__ import annotations

from sqlalchemy import Index, Text, text
from sqlmodel import Field, SQLModel

_WAITS = text("state = 'waiting'")


class AnswerRow(SQLModel, table=True):
    """An answer that was given. `ref` and `fingerprint` are keyed: they tell neither the key nor what was asked.

    `body` is sealed, under the key of the decision's subject or, where it is about none, under one made of the caller's
    idempotency key. `headers` is JSON.
    """

    __tablename__ = "answer"

    ref: str = Field(primary_key=True)
    fingerprint: str
    decision_id: str | None = Field(default=None, foreign_key="decision.id", index=True)
    status: int
    headers: str
    body: str = Field(sa_type=Text)
    expires_at: str = Field(index=True)


class BatchRow(SQLModel, table=True):
    """A batch: who handed it in (`actor`, JSON), for which decision. `request_key` and `content` are references."""

    __tablename__ = "batch"

    id: str = Field(primary_key=True)
    request_key: str = Field(unique=True)
    content: str
    actor: str
    pack: str
    decision: str
    rows: int
    at: str


class BatchCaseRow(SQLModel, table=True):
    """One row of a batch. `raw` is the case while it waits, sealed under the key of the subject that `ref` refers to.

    `why` is JSON of why it became no decision; it does not tell of the case.
    """

    __tablename__ = "batch_case"
    __table_args__ = (
        Index("ix_batch_case_waiting", "batch_id", "row", sqlite_where=_WAITS, postgresql_where=_WAITS),
        Index("ix_batch_case_ref", "ref"),
    )

    batch_id: str = Field(primary_key=True, foreign_key="batch.id")
    row: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    state: str
    ref: str | None = None
    raw: str | None = Field(default=None, sa_type=Text)
    decision_id: str | None = Field(default=None, foreign_key="decision.id")
    why: str | None = None
