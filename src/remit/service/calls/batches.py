"""Many cases handed in at once. They are on the disk before anybody is told so, and become decisions one by one.

A row's request key is made of the batch and the row: whatever is cut off is done again, and nothing is decided twice.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Sequence
from typing import Any

from remit.agents.records import FINAL
from remit.core.errors import InputError, RemitError
from remit.core.words import Actor
from remit.packs.admit import CaseRejected
from remit.packs.pack import Decision
from remit.service.calls.ports import Batch, BatchRow, BatchStore
from remit.service.decide import Deciding
from remit.service.result import result_in
from remit.service.services import Services

_log = logging.getLogger(__name__)

ROWS_AT_ONCE = 200
"""So many rows are stored in one unit of work, and accepted in one turn of a worker: others have to write, too."""


def hand_in(
    services: Services,
    store: BatchStore,
    pack: str,
    decision: Decision,
    cases: Sequence[Any],
    actor: Actor,
    *,
    request_key: str,
    content: str,
) -> Batch:
    """Store a batch. Cut off and handed in again under the same request key, it goes on where it was.

    Args:
        content: the SHA-256 of what was handed in.

    Raises:
        InputError: the request key was used for another batch.
    """
    batch = _begun(
        services,
        store,
        Batch(services.ids.new(), actor, pack, decision.name, len(cases), services.clock.now(), request_key, content),
    )
    rows = ((number, _subject(decision, raw), raw) for number, raw in enumerate(cases, start=1))
    while some := list(itertools.islice(rows, ROWS_AT_ONCE)):
        with store.write() as unit:
            unit.batches.put(batch.id, some)
    return batch


def accept_some(store: BatchStore, submit: Deciding) -> int:
    """Let some of the rows that wait become decisions, of each batch as many. Gives how many were settled.

    One that fails for the moment is tried again at the next turn, and keeps no other back.
    """
    with store.read() as unit:
        batches = unit.batches.open()
    return sum(_accept(store, submit, batch_id) for batch_id in batches)


def batch_of(store: BatchStore, batch_id: str) -> Batch:
    """The batch. Raises NotFound."""
    with store.read() as unit:
        return unit.batches.get(batch_id)


def report_of(store: BatchStore, batch: Batch) -> dict[str, Any]:
    """How a batch gets on: rows by status, and ``done`` when only people may still have something to do."""
    with store.read() as unit:
        counts = unit.batches.counts(batch.id)
    stored, accepted = sum(counts.values()), batch.rows - counts.get("waiting", 0)
    settled = sum(count for status, count in counts.items() if status in {*FINAL, "invalid", "erased"})
    reviewing = settled + counts.get("awaiting_review", 0)
    status = (
        "accepting"
        if stored < batch.rows or accepted < batch.rows
        else "done"
        if settled == batch.rows
        else "reviewing"
        if reviewing == batch.rows
        else "deciding"
    )
    return {
        "batch_id": batch.id,
        "pack": batch.pack,
        "decision": batch.decision,
        "handed_in_at": batch.at.isoformat(),
        "status": status,
        "rows": batch.rows,
        "counts": dict(sorted(counts.items())),
    }


def results_of(services: Services, store: BatchStore, batch: Batch, after: int, limit: int) -> list[dict[str, Any]]:
    """The rows after that number as they stand, in order: each with the result of its decision, or why it has none."""
    with store.read() as unit:
        rows = unit.batches.rows(batch.id, after, limit)
    return [{"row": row.row, **_result(services, row)} for row in rows]


def _begun(services: Services, store: BatchStore, batch: Batch) -> Batch:
    with store.write() as unit:
        before = unit.batches.find(batch.request_key)
        if before is not None:
            if not unit.batches.is_of(before, batch.content):
                raise InputError(
                    "this idempotency key was used for another batch", code="request_key", mend="use a new key"
                )
            return before
        unit.batches.add(batch)
        unit.journal.append(
            "batch.begun",
            actor=batch.actor,
            step="intake",
            body={"batch_id": batch.id, "pack": batch.pack, "decision": batch.decision, "rows": batch.rows},
        )
    return batch


def _accept(store: BatchStore, submit: Deciding, batch_id: str) -> int:
    with store.read() as unit:
        batch = unit.batches.get(batch_id)
        rows = unit.batches.waiting(batch_id, ROWS_AT_ONCE)
    return sum(_accept_row(store, submit, batch, number, raw) for number, raw in rows)


def _accept_row(store: BatchStore, submit: Deciding, batch: Batch, number: int, raw: Any) -> bool:
    try:
        key = f"batch:{batch.id}:{number}"
        result = submit(batch.pack, raw, batch.actor, decision=batch.decision, request_key=key)
    except InputError as error:
        with store.write() as unit:
            unit.batches.refuse(batch.id, number, _why(error))
        return True
    except RemitError as error:
        _log.warning("row %d of batch %s is tried again: %s", number, batch.id, error.message)
        return False
    with store.write() as unit:
        unit.batches.accept(batch.id, number, result["decision_id"])
    return True


def _subject(decision: Decision, raw: Any) -> str:
    return str(raw.get(decision.subject) or "") if isinstance(raw, dict) else ""


def _why(error: InputError) -> dict[str, Any]:
    """Why a row became no decision: fields and rules, never what was in them."""
    if isinstance(error, CaseRejected):
        return {
            "code": error.code,
            "violations": [{"field": each.field, "rule": each.rule} for each in error.violations],
        }
    return {"code": error.code, "message": error.message}


def _result(services: Services, row: BatchRow) -> dict[str, Any]:
    if row.decision_id is not None:
        return result_in(services.store, row.decision_id)
    return {"status": row.state, **({"error": row.why} if row.why else {})}
