"""The ledger in memory: the twin of the SQL one, for tests and for trying things out."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence

from remit.core.errors import NotFound, SystemFailed
from remit.core.ports import Clock, Ids
from remit.ledger.chain import Head, Link, Receipt, extend
from remit.ledger.checkpointer import Checkpointer
from remit.ledger.event import Draft, Event
from remit.ledger.note import Signer
from remit.ledger.ports import CheckpointSink, Snapshot
from remit.ledger.verifier import Entry


class MemoryUnit:
    """A unit of work in memory: what it has appended so far, kept aside until it ends well."""

    def __init__(self, head: Head | None) -> None:
        self.head = head
        self.links: list[Link] = []


class MemoryCheckpoint:
    """`CheckpointSink` in memory."""

    def __init__(self) -> None:
        self.note: str | None = None

    def read(self) -> str | None:
        return self.note

    def write(self, note: str) -> None:
        self.note = note


class MemoryLedger:
    """`LedgerLog` in memory; `write` gives its units of work, one at a time."""

    def __init__(self, signer: Signer, sink: CheckpointSink, clock: Clock, ids: Ids) -> None:
        self._signer = signer
        self._clock = clock
        self._ids = ids
        self._checkpointer = Checkpointer(sink, signer)
        self._turn = threading.RLock()
        self._unit: MemoryUnit | None = None
        self._head: Head | None = None
        self._links: list[Link] = []

    @contextlib.contextmanager
    def write(self) -> Iterator[MemoryUnit]:
        """One unit of work: kept when the block ends, as if it never was when the block raises."""
        with self._turn:
            if self._unit is not None:
                raise SystemFailed("a unit of work was begun inside another one", code="nested_write")
            self._unit = MemoryUnit(self._head)
            try:
                yield self._unit
                self._keep(self._unit)
            finally:
                self._unit = None

    def append(self, unit: MemoryUnit, drafts: Sequence[Draft]) -> list[str]:
        if not drafts:
            return []
        if self._head is None:
            self._checkpointer.begin(None)
        self._checkpointer.settle()
        links, unit.head = extend(unit.head, drafts, self._signer, self._clock, self._ids)
        unit.links += links
        return [link.event.event_id for link in links[-len(drafts) :]]

    def receipt(self, event_id: str) -> Receipt:
        with self._turn:
            found = [link.receipt for link in self._links if link.event.event_id == event_id]
        if not found:
            raise NotFound(f"the ledger has no event {event_id}")
        return found[0]

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        with self._turn:
            head, links = self._head, tuple(self._links)
        yield Snapshot(head, map(_entry, links))

    def of_decision(self, decision_id: str) -> list[Event]:
        with self._turn:
            return [link.event for link in self._links if link.event.draft.decision_id == decision_id]

    def close(self) -> None:
        """Write the last checkpoint."""
        with self._turn:
            if self._head is not None:
                self._checkpointer.write(self._head)

    def _keep(self, unit: MemoryUnit) -> None:
        self._links += unit.links
        if unit.head is not None and unit.head is not self._head:
            self._head = unit.head
            self._checkpointer.committed(unit.head)


def _entry(link: Link) -> Entry:
    event = link.event
    columns = {
        "event_id": event.event_id,
        "type": event.draft.type,
        "ts": event.ts,
        "decision_id": event.draft.decision_id,
    }
    return Entry(event.seq, link.leaf.hex(), link.body, columns)
