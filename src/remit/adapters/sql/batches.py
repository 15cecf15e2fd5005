"""Batches in SQL. A case that waits is sealed under its subject's key; once it is a decision, only that has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, bindparam, case, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from remit.adapters.sql.json_text import from_text, to_text
from remit.adapters.sql.tables.calls import BatchCaseRow
from remit.adapters.sql.tables.calls import BatchRow as BatchTable
from remit.adapters.sql.tables.decisions import DecisionRow
from remit.adapters.sql.vault import SUBJECT, Sealer
from remit.core.errors import Conflict, NotFound
from remit.core.words import Actor
from remit.service.calls.ports import Batch, BatchRow

BATCH: Table = BatchTable.__table__  # type: ignore[attr-defined]
CASE: Table = BatchCaseRow.__table__  # type: ignore[attr-defined]
DECISION: Table = DecisionRow.__table__  # type: ignore[attr-defined]
_PUT = upsert(CASE).on_conflict_do_nothing()
_OPEN = select(CASE.c.batch_id).where(CASE.c.state == "waiting").distinct().order_by(CASE.c.batch_id)
_WAITING = (
    select(CASE.c.row, CASE.c.ref, CASE.c.raw, SUBJECT.c.wrapped, SUBJECT.c.wrapped_by)
    .join(SUBJECT, SUBJECT.c.ref == CASE.c.ref)
    .where(CASE.c.batch_id == bindparam("of"), CASE.c.state == "waiting")
    .order_by(CASE.c.row)
)
_SETTLE = update(CASE).where(
    CASE.c.batch_id == bindparam("of"), CASE.c.row == bindparam("number"), CASE.c.state == "waiting"
)
_STATUS = case((CASE.c.state == "accepted", DECISION.c.stage), else_=CASE.c.state)
_COUNTS = (
    select(_STATUS, func.count())
    .select_from(CASE)
    .outerjoin(DECISION, DECISION.c.id == CASE.c.decision_id)
    .where(CASE.c.batch_id == bindparam("of"))
    .group_by(_STATUS)
)


class SqlBatches:
    """`remit.service.calls.ports.Batches` over one connection, inside the caller's transaction."""

    def __init__(self, connection: Connection, sealer: Sealer) -> None:
        self._connection = connection
        self._sealer = sealer

    def add(self, batch: Batch) -> None:
        row = {
            "id": batch.id,
            "request_key": self._sealer.request_ref(batch.request_key),
            "content": self._sealer.request_ref(f"content:{batch.content}"),
            "actor": to_text(batch.actor.to_json()),
            "pack": batch.pack,
            "decision": batch.decision,
            "rows": batch.rows,
            "at": batch.at.isoformat(),
        }
        try:
            self._connection.execute(insert(BATCH), row)
        except IntegrityError as error:
            raise Conflict("this batch was begun already", mend="go on with that one") from error

    def put(self, batch_id: str, rows: Sequence[tuple[int, str, Any]]) -> None:
        for number, subject, raw in rows:
            # A case that names nobody is about nobody else: it has a key of its own.
            ref, seal = self._sealer.known(subject or f"batch:{batch_id}:{number}")
            sealed = self._sealer.close_with(seal, _place(batch_id, number), to_text(raw))
            row = {"batch_id": batch_id, "row": number, "state": "waiting", "ref": ref, "raw": sealed}
            self._connection.execute(_PUT, row)

    def get(self, batch_id: str) -> Batch:
        row = self._connection.execute(select(BATCH).where(BATCH.c.id == batch_id)).one_or_none()
        if row is None:
            raise NotFound(f"there is no batch {batch_id[:80]}", mend="its id is in the answer to who handed it in")
        return _batch(row)

    def find(self, request_key: str) -> Batch | None:
        wanted = self._sealer.request_ref(request_key)
        row = self._connection.execute(select(BATCH).where(BATCH.c.request_key == wanted)).one_or_none()
        return None if row is None else _batch(row)

    def is_of(self, batch: Batch, content: str) -> bool:
        return batch.content == self._sealer.request_ref(f"content:{content}")

    def open(self) -> list[str]:
        return list(self._connection.execute(_OPEN).scalars())

    def waiting(self, batch_id: str, limit: int) -> list[tuple[int, Any]]:
        rows = self._connection.execute(_WAITING.limit(limit), {"of": batch_id})
        return [
            (row.row, from_text(self._sealer.unwrapped(row.wrapped_by, row.wrapped, row.ref).open(row.raw, place)))
            for row in rows
            if (place := _place(batch_id, row.row))
        ]

    def accept(self, batch_id: str, row: int, decision_id: str) -> None:
        self._settle(batch_id, row, state="accepted", decision_id=decision_id)

    def refuse(self, batch_id: str, row: int, why: Mapping[str, Any]) -> None:
        self._settle(batch_id, row, state="invalid", why=to_text(dict(why)))

    def counts(self, batch_id: str) -> dict[str, int]:
        return {str(row[0]): int(row[1]) for row in self._connection.execute(_COUNTS, {"of": batch_id})}

    def rows(self, batch_id: str, after: int, limit: int) -> list[BatchRow]:
        query = select(CASE.c.row, CASE.c.state, CASE.c.decision_id, CASE.c.why).where(
            CASE.c.batch_id == batch_id, CASE.c.row > after
        )
        rows = self._connection.execute(query.order_by(CASE.c.row).limit(limit))
        return [BatchRow(row.row, row.state, row.decision_id, from_text(row.why)) for row in rows]

    def _settle(self, batch_id: str, number: int, **columns: Any) -> None:
        gone = {"of": batch_id, "number": number, "raw": None, "ref": None}
        self._connection.execute(_SETTLE, {**gone, **columns})


def _place(batch_id: str, row: int) -> str:
    return f"batch_case.raw:{batch_id}:{row}"


def _batch(row: Row[Any]) -> Batch:
    return Batch(
        id=row.id,
        actor=Actor.from_json(from_text(row.actor)),
        pack=row.pack,
        decision=row.decision,
        rows=row.rows,
        at=datetime.fromisoformat(row.at),
        request_key="",
        content=row.content,
    )
