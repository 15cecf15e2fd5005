"""Snapshots in SQL: which there are. The rows of each lie in a file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, insert, select, update
from sqlalchemy.exc import IntegrityError

from remit.adapters.sql.json_text import from_text, to_text
from remit.adapters.sql.tables.snapshots import SnapshotRow
from remit.core.errors import Conflict, NotFound
from remit.learning.snapshot import MadeSnapshot

SNAPSHOT: Table = SnapshotRow.__table__  # type: ignore[attr-defined]


class SqlSnapshots:
    """`remit.learning.ports.Snapshots` over one connection, inside the caller's transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, made: MadeSnapshot) -> None:
        row = {
            "sha256": made.sha256,
            "pack": made.pack,
            "decision": made.decision,
            "made_at": _text(made.made_at),
            "manifest": to_text(dict(made.manifest)),
            "retired_at": made.retired_at and _text(made.retired_at),
            "replaced_by": made.replaced_by,
        }
        try:
            self._connection.execute(insert(SNAPSHOT), row)
        except IntegrityError as error:
            raise Conflict("somebody else has just made this snapshot", mend="take that one") from error

    def find(self, sha256: str) -> MadeSnapshot | None:
        row = self._connection.execute(select(SNAPSHOT).where(SNAPSHOT.c.sha256 == sha256)).one_or_none()
        return None if row is None else _made(row)

    def all(self) -> list[MadeSnapshot]:
        rows = self._connection.execute(select(SNAPSHOT).order_by(SNAPSHOT.c.made_at, SNAPSHOT.c.sha256))
        return [_made(row) for row in rows]

    def retire(self, sha256: str, at: datetime, replaced_by: str | None) -> None:
        change = {"retired_at": _text(at), "replaced_by": replaced_by}
        retired = self._connection.execute(update(SNAPSHOT).where(SNAPSHOT.c.sha256 == sha256).values(change))
        if retired.rowcount != 1:
            raise NotFound(f"there is no snapshot {sha256[:80]}")


def _made(row: Row[Any]) -> MadeSnapshot:
    return MadeSnapshot(
        sha256=row.sha256,
        pack=row.pack,
        decision=row.decision,
        made_at=datetime.fromisoformat(row.made_at),
        manifest=from_text(row.manifest),
        retired_at=None if row.retired_at is None else datetime.fromisoformat(row.retired_at),
        replaced_by=row.replaced_by,
    )


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
