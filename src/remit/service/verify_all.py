"""Verify everything that is recorded, one at a time in a process: it reads the whole log and every decision."""

from __future__ import annotations

import threading
from typing import Any, Protocol

from remit.core.errors import Conflict
from remit.ledger.verify import Report
from remit.service.verify_records import Differing

_verifying = threading.Lock()


class Verifying(Protocol):
    """What is verified: the log by itself, and the tables by the log. `Engine` does both."""

    def verify(self) -> Report:
        """Every event against the signed checkpoint."""
        ...

    def verify_records(self) -> tuple[int, list[Differing]]:
        """How many decisions were looked at, and those that are not what a sound log says of them."""
        ...


def verify_all(records: Verifying) -> dict[str, Any]:
    """The report on the log, and under `records` how many decisions were held against it and which of them differ.

    Raises:
        Conflict: it is under way already.
    """
    if not _verifying.acquire(blocking=False):
        raise Conflict("the ledger is being verified already", code="verifying", mend="wait for it, then ask again")
    try:
        report = records.verify()
        looked_at, differing = records.verify_records() if report.sound else (0, [])
    finally:
        _verifying.release()
    found = [[each.decision_id, each.what] for each in differing]
    return {**report.to_json(), "records": {"decisions": looked_at, "differing": found}}
