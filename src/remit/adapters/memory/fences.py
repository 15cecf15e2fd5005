"""Fences in memory: one thread at a time works on one decision."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from remit.core.errors import Conflict


class MemoryFences:
    """`remit.service.ports.Fences` for one process: the twin of the lock files."""

    def __init__(self) -> None:
        self._held: set[str] = set()
        self._changed = threading.Condition()

    @contextlib.contextmanager
    def around(self, decision_id: str, patience_seconds: float = 0.0) -> Iterator[None]:
        """Hold the decision for the block. Raises Conflict when somebody else is at work on it for too long."""
        with self._changed:
            if not self._changed.wait_for(lambda: decision_id not in self._held, patience_seconds):
                raise Conflict(
                    f"decision {decision_id} is being worked on by another process", mend="ask again in a moment"
                )
            self._held.add(decision_id)
        try:
            yield
        finally:
            with self._changed:
                self._held.discard(decision_id)
                self._changed.notify_all()
