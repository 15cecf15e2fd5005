"""The tables of calls: what was answered under which key."""

from __future__ import annotations

from sqlalchemy import Text
from sqlmodel import Field, SQLModel


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
