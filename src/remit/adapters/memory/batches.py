"""Batches in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from remit.adapters.memory.tables import Tables, copied
from remit.core.errors import Conflict, NotFound
from remit.service.calls.ports import Batch, BatchRow


class MemoryBatches:
    """`remit.service.calls.ports.Batches` over the tables of one unit of work."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def add(self, batch: Batch) -> None:
        if batch.request_key in self._tables.batch_requests:
            raise Conflict("this batch was begun already", mend="go on with that one")
        self._tables.batch_requests[batch.request_key] = batch.id
        self._tables.batches[batch.id] = replace(batch, request_key="")

    def put(self, batch_id: str, rows: Sequence[tuple[int, str, Any]]) -> None:
        for number, _, raw in rows:
            if (batch_id, number) not in self._tables.batch_rows:
                self._tables.batch_rows[batch_id, number] = (BatchRow(number, "waiting"), copied(raw))

    def get(self, batch_id: str) -> Batch:
        found = self._tables.batches.get(batch_id)
        if found is None:
            raise NotFound(f"there is no batch {batch_id[:80]}", mend="its id is in the answer to who handed it in")
        return found

    def find(self, request_key: str) -> Batch | None:
        found = self._tables.batch_requests.get(request_key)
        return None if found is None else self.get(found)

    def is_of(self, batch: Batch, content: str) -> bool:
        return batch.content == content

    def open(self) -> list[str]:
        rows = self._tables.batch_rows.items()
        return sorted({batch_id for (batch_id, _), (row, _) in rows if row.state == "waiting"})

    def waiting(self, batch_id: str, limit: int) -> list[tuple[int, Any]]:
        found = [(row.row, copied(raw)) for row, raw in self._of(batch_id) if row.state == "waiting"]
        return found[:limit]

    def accept(self, batch_id: str, row: int, decision_id: str) -> None:
        self._settle(batch_id, BatchRow(row, "accepted", decision_id))

    def refuse(self, batch_id: str, row: int, why: Mapping[str, Any]) -> None:
        self._settle(batch_id, BatchRow(row, "invalid", why=copied(dict(why))))

    def counts(self, batch_id: str) -> dict[str, int]:
        return dict(Counter(self._status(row) for row, _ in self._of(batch_id)))

    def rows(self, batch_id: str, after: int, limit: int) -> list[BatchRow]:
        return [row for row, _ in self._of(batch_id) if row.row > after][:limit]

    def _of(self, batch_id: str) -> list[tuple[BatchRow, Any]]:
        return [row for (of, _), row in sorted(self._tables.batch_rows.items()) if of == batch_id]

    def _status(self, row: BatchRow) -> str:
        return row.state if row.decision_id is None else self._tables.decisions[row.decision_id].stage

    def _settle(self, batch_id: str, row: BatchRow) -> None:
        before = self._tables.batch_rows.get((batch_id, row.row))
        if before is not None and before[0].state == "waiting":
            self._tables.batch_rows[batch_id, row.row] = (row, None)
