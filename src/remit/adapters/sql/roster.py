"""The workers that are at work, in SQL. Each call is a unit of work of its own."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Table, delete, insert, select, update

from remit.adapters.sql.ports import SqlDatabase
from remit.adapters.sql.tables.worker import WorkerRow
from remit.service.work.ports import Member

WORKER: Table = WorkerRow.__table__  # type: ignore[attr-defined]


class SqlRoster:
    """`remit.service.work.ports.Roster` over a migrated database."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database

    def join(self, member: Member) -> None:
        with self._database.write() as connection:
            connection.execute(delete(WORKER).where(WORKER.c.id == member.id))
            connection.execute(insert(WORKER), _columns(member))

    def beat(self, member_id: str, now: datetime) -> bool:
        beaten = update(WORKER).where(WORKER.c.id == member_id)
        with self._database.write() as connection:
            row = connection.execute(beaten.values(beats=WORKER.c.beats + 1, beat_at=now.isoformat()))
        return row.rowcount == 1

    def leave(self, member_id: str) -> None:
        with self._database.write() as connection:
            connection.execute(delete(WORKER).where(WORKER.c.id == member_id))

    def all(self) -> list[Member]:
        with self._database.read() as connection:
            rows = connection.execute(select(WORKER).order_by(WORKER.c.id)).all()
        return [
            Member(
                row.id,
                row.host,
                row.pid,
                datetime.fromisoformat(row.since),
                row.beats,
                datetime.fromisoformat(row.beat_at),
            )
            for row in rows
        ]


def _columns(member: Member) -> dict[str, object]:
    return {
        "id": member.id,
        "host": member.host,
        "pid": member.pid,
        "since": member.since.isoformat(),
        "beats": member.beats,
        "beat_at": member.beat_at.isoformat(),
    }
