"""Usage in SQL: one counter for each budget and window."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Table, bindparam, case, select
from sqlalchemy.dialects.postgresql import insert

from remit.adapters.sql.locks import take_turns
from remit.adapters.sql.tables.usage import UsageRow
from remit.core.scalars import INT64_MAX

USAGE: Table = UsageRow.__table__  # type: ignore[attr-defined]
# Built once: building a statement anew costs more than running it.
_READ = select(USAGE.c.used).where(USAGE.c.key == bindparam("of"), USAGE.c.window == bindparam("since"))
_NEW = insert(USAGE)
_ADD = _NEW.on_conflict_do_update(
    index_elements=[USAGE.c.key, USAGE.c.window],
    # SQLite would turn a sum beyond 64 bits into a float, and PostgreSQL refuse it.
    set_={
        "used": case(
            (USAGE.c.used > INT64_MAX - _NEW.excluded.used, INT64_MAX), else_=USAGE.c.used + _NEW.excluded.used
        )
    },
)


class SqlUsage:
    """`remit.agents.ports.Usage` over one connection, inside the caller's transaction."""

    def __init__(self, connection: Connection, *, writing: bool) -> None:
        self._connection = connection
        self._writing = writing

    def read(self, budgets: Sequence[tuple[str, str]]) -> list[int]:
        if self._writing:
            take_turns(self._connection, (f"usage {key}" for key, _ in budgets))
        return [
            self._connection.execute(_READ, {"of": key, "since": window}).scalar_one_or_none() or 0
            for key, window in budgets
        ]

    def add(self, key: str, window: str, amount: int) -> None:
        self._connection.execute(_ADD, {"key": key, "window": window, "used": amount})
