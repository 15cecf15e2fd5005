"""Waiting one's turn inside a unit of work, where several may write at once.

Where a row is written unless it is there, its INSERT is built by `sqlalchemy.dialects.postgresql`: SQLite took the
clause over from PostgreSQL word for word, and that construct compiles for both.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, text

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


def take_turns(unit: Connection, names: Iterable[str]) -> None:
    """Hold each name until the unit of work ends. SQLite needs none of it: there, one unit of work writes at a time.

    Names are taken in order, so that two units of work that want the same ones never wait for each other.
    """
    if unit.dialect.name == "postgresql":
        for name in sorted(set(names)):
            unit.execute(_LOCK, {"name": name})
