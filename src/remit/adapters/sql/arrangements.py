"""Arrangements between people in SQL."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, insert, select, update

from remit.adapters.sql.json_text import from_text, to_text
from remit.adapters.sql.tables.decisions import ArrangementRow
from remit.approvals.arrangement import Arrangement
from remit.core.errors import Conflict, NotFound

ARRANGEMENT: Table = ArrangementRow.__table__  # type: ignore[attr-defined]


class SqlArrangements:
    """`remit.approvals.ports.Arrangements` over one connection, inside the caller's transaction."""

    def __init__(self, connection: Connection, *, writing: bool) -> None:
        self._connection = connection
        self._writing = writing

    def add(self, arrangement: Arrangement) -> None:
        self._connection.execute(insert(ARRANGEMENT), _columns(arrangement))

    def get(self, arrangement_id: str) -> Arrangement:
        query = select(ARRANGEMENT).where(ARRANGEMENT.c.id == arrangement_id)
        row = self._connection.execute(query.with_for_update() if self._writing else query).one_or_none()
        if row is None:
            raise NotFound(f"there is no arrangement {arrangement_id}", mend="`remit reviews arrangements` lists them")
        return _arrangement(row)

    def standing(self) -> list[Arrangement]:
        query = select(ARRANGEMENT).where(ARRANGEMENT.c.ended_at.is_(None)).order_by(ARRANGEMENT.c.id)
        return [_arrangement(row) for row in self._connection.execute(query)]

    def save(self, arrangement: Arrangement) -> None:
        before = update(ARRANGEMENT).where(
            ARRANGEMENT.c.id == arrangement.id, ARRANGEMENT.c.version == arrangement.version - 1
        )
        if self._connection.execute(before.values(_columns(arrangement))).rowcount != 1:
            raise Conflict(f"somebody else changed the arrangement {arrangement.id} first", mend="look again")


def _columns(arrangement: Arrangement) -> dict[str, Any]:
    return {
        "id": arrangement.id,
        "kind": arrangement.kind,
        "person": arrangement.person,
        "version": arrangement.version,
        "since": arrangement.since.isoformat(),
        "until": arrangement.until and arrangement.until.isoformat(),
        "deputy": arrangement.deputy,
        "roles": to_text(list(arrangement.roles)),
        "name": arrangement.name,
        "body": to_text(dict(arrangement.body)),
        "ended_at": arrangement.ended_at and arrangement.ended_at.isoformat(),
    }


def _arrangement(row: Row[Any]) -> Arrangement:
    return Arrangement(
        id=row.id,
        kind=row.kind,
        person=row.person,
        version=row.version,
        since=datetime.fromisoformat(row.since),
        until=row.until and datetime.fromisoformat(row.until),
        deputy=row.deputy,
        roles=tuple(from_text(row.roles)),
        name=row.name,
        body=from_text(row.body),
        ended_at=row.ended_at and datetime.fromisoformat(row.ended_at),
    )
