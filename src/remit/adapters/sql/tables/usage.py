"""The table of usage: what each limit of a policy has counted, by window."""

from __future__ import annotations

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel


class UsageRow(SQLModel, table=True):
    """What one budget has counted in one window; `window` is its beginning, RFC 3339 in UTC."""

    __tablename__ = "usage"

    key: str = Field(primary_key=True)
    window: str = Field(primary_key=True)
    used: int = Field(sa_type=BigInteger)
