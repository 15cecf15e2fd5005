"""Answers in memory."""

from __future__ import annotations

import threading
from datetime import datetime

from remit.agents.ports import Unit
from remit.core.errors import Conflict
from remit.service.calls.ports import Answer, Call, Kept


class MemoryAnswers:
    """`remit.service.calls.ports.Answers`, the twin of those in SQL."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], tuple[str, Answer, datetime]] = {}
        self._turn = threading.Lock()

    def find(self, call: Call, now: datetime) -> Kept | None:
        with self._turn:
            row = self._rows.get((call.caller, call.key))
        if row is None or row[2] <= now:
            return None
        same = row[0] == call.fingerprint
        return Kept(same, row[1] if same else None)

    def keep(self, call: Call, answer: Answer, now: datetime, until: datetime) -> None:
        with self._turn:
            row = self._rows.get((call.caller, call.key))
            if row is not None and row[2] > now:
                raise Conflict("another answer is kept under this key", code="in_flight")
            self._rows[call.caller, call.key] = (call.fingerprint, answer, until)

    def keep_within(self, unit: Unit, call: Call, answer: Answer, now: datetime, until: datetime) -> bool:
        return False  # what is kept here could not be rolled back with the unit

    def forget(self, now: datetime) -> int:
        with self._turn:
            expired = [name for name, row in self._rows.items() if row[2] <= now]
            for name in expired:
                del self._rows[name]
        return len(expired)
