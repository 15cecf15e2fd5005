"""Decide many cases from a file, each exactly once, however often the batch is cut off and started again.

A row's request key is made of the batch and the row. What has been decided is read back from the store, what was cut
off is carried on, the rest is decided; the output file is written anew each time and put in place when it is whole.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from remit.core.canonical import digest
from remit.core.errors import Conflict, InputError, SystemFailed
from remit.core.words import Actor
from remit.packs.admit import CaseRejected
from remit.packs.pack import Decision, Pack
from remit.service.decide import decide_in
from remit.service.services import Services
from remit.service.tables import CaseFile


@dataclass
class BatchReport:
    """What a batch did: rows by status, and how many of them had been decided before this start."""

    batch: str
    rows: int
    out: str
    statuses: Counter[str] = field(default_factory=Counter)

    def to_json(self) -> dict[str, Any]:
        return {
            "batch": self.batch,
            "rows": self.rows,
            "out": self.out,
            "statuses": dict(sorted(self.statuses.items())),
        }


def batch(
    services: Services,
    pack_ref: str,
    source: Path,
    out: Path,
    actor: Actor,
    *,
    decision: str | None = None,
    name: str | None = None,
    limit: int | None = None,
    on_row: Callable[[int, int], None] = lambda done, rows: None,
) -> BatchReport:
    """Decide the cases of a CSV, JSONL or Parquet file and write one JSON line for each, in order.

    Args:
        name: the batch's name; by default the file's content names it, so that the same file is the same batch.
        limit: only the first so many rows.
        on_row: told after each row how many are done, and how many there are.

    Raises:
        InputError: the file is missing, empty, malformed, or would be overwritten; nothing was decided.
        SystemFailed: the output cannot be written. What was decided stays decided.
    """
    pack = services.pack(pack_ref)
    chosen = services.decision(pack, decision)
    cases = CaseFile(source, chosen.contract.record)
    if out.exists() and out.samefile(source):
        raise InputError(f"{out} is the file of the cases", mend="write the decisions to another file")
    rows = len(cases) if limit is None else min(limit, len(cases))
    batch_id = name or digest([pack.name, chosen.name, cases.sha256])[:16]
    report = BatchReport(batch_id, rows, str(out))
    draft = out.with_name(f".{out.name}.partial")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("wb") as file:
            for number, raw in cases.cases():
                if number > rows:
                    break
                # A policy that came into force meanwhile counts from the next row on.
                pack = services.at_present(pack)
                line = _decide_row(services, pack, pack.decisions[chosen.name], raw, actor, batch_id, number)
                report.statuses[line["status"]] += 1
                file.write(orjson.dumps({"row": number, **line}) + b"\n")
                on_row(number, rows)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(out)
    except OSError as error:
        raise SystemFailed(
            f"cannot write {out}: {error.strerror}", mend="choose an output that can be written, and start again"
        ) from error
    return report


def _decide_row(
    services: Services, pack: Pack, decision: Decision, raw: dict[str, Any], actor: Actor, batch_id: str, number: int
) -> dict[str, Any]:
    key = f"batch:{batch_id}:{number}"
    try:
        return decide_in(services, pack, decision, raw, actor, key)
    except CaseRejected as error:
        violations = [item.to_json() for item in error.violations]
        return {"status": "invalid", "error": {"code": error.code, "violations": violations}}
    except Conflict as error:
        return {"status": "busy", "error": {"code": error.code, "message": error.message}}
    except InputError as error:
        return {"status": "invalid", "error": {"code": error.code, "message": error.message}}
