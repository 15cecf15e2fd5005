"""The ledger in memory: the twin of the SQL one, for tests and for trying things out."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence

from remit.core.errors import NotFound, SystemFailed
from remit.core.ports import Clock, Ids
from remit.ledger.chain import Head, Link, Receipt, extend, rotate
from remit.ledger.checkpointer import Checkpointer
from remit.ledger.event import Draft, Event
from remit.ledger.note import Signer
from remit.ledger.ports import CheckpointSink, Snapshot
from remit.ledger.verifier import ROTATED, Entry, Note, Tile


class MemoryUnit:
    """A unit of work in memory: what it has appended so far, kept aside until it ends well."""

    def __init__(self, head: Head | None) -> None:
        self.head = head
        self.links: list[Link] = []
        self.checkpoints: list[Head] = []
        self.signer: Signer | None = None


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
        self.clock = clock
        self.ids = ids
        self._checkpointer = Checkpointer(sink, signer)
        self._turn = threading.RLock()
        self._unit: MemoryUnit | None = None
        self._head: Head | None = None
        self._links: list[Link] = []
        self._checkpoints: list[Head] = []

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
        links, unit.head = extend(unit.head, drafts, self._signer, self.clock, self.ids)
        unit.links += links
        if self._checkpointer.due(unit.head):
            unit.checkpoints.append(unit.head)
        return [link.event.event_id for link in links[-len(drafts) :]]

    def sequence(self) -> None:
        """Every event has its place from the commit on."""

    def receipt(self, event_id: str) -> Receipt:
        with self._turn:
            found = [link.receipt for link in self._links if link.event.event_id == event_id]
        if not found:
            raise NotFound(f"the ledger has no event {event_id}")
        return found[0]

    def rotate(self, unit: MemoryUnit, new: Signer, draft: Draft) -> None:
        if self._head is None:
            self._checkpointer.begin(None)
        self._checkpointer.settle()
        links, last, unit.head = rotate(unit.head, self._signer, new, draft, self.clock, self.ids)
        unit.links += links
        unit.checkpoints.append(last)
        unit.signer = new
        self._checkpointer.expect()

    def checkpoint(self, unit: MemoryUnit) -> str:
        if unit.head is None:
            raise NotFound("the ledger is empty: there is nothing to sign")
        unit.checkpoints.append(unit.head)
        self._checkpointer.expect()
        return unit.head.note

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        with self._turn:
            head, links, checkpoints = self._head, tuple(self._links), tuple(self._checkpoints)
        yield Snapshot(head, map(_entry, links), MemoryKept(links, checkpoints))

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
        if unit.signer is not None:
            self._signer = unit.signer
            self._checkpointer.signs_with(unit.signer)
        newest = self._checkpoints[-1].size if self._checkpoints else 0
        for head in unit.checkpoints:
            if head.size > newest:
                self._checkpoints.append(head)
                newest = head.size
        if unit.head is not None and (unit.head is not self._head or unit.checkpoints):
            self._head = unit.head
            self._checkpointer.committed(unit.head)


class MemoryKept:
    """`Kept` in memory, of one moment."""

    def __init__(self, links: Sequence[Link], checkpoints: Sequence[Head]) -> None:
        self._links = links
        self._checkpoints = checkpoints

    def hashes(self, level: int, first: int, count: int) -> list[bytes]:
        if level == 0:
            return [link.leaf for link in self._links[first : first + count]]
        return [tile.root for tile in self.tiles() if tile.level == level - 1][first : first + count]

    def tiles(self) -> Iterator[Tile]:
        return (tile for link in self._links for tile in link.tiles)

    def checkpoints(self) -> Iterator[Note]:
        return (Note(f"checkpoint of {head.size} events", head.note) for head in self._checkpoints)

    def rotations(self) -> list[str]:
        return [str(link.event.draft.body["note"]) for link in self._links if link.event.draft.type == ROTATED]

    def bodies(self, seqs: Sequence[int]) -> list[str]:
        for seq in seqs:
            if not 0 <= seq < len(self._links):
                raise NotFound(f"there is no event {seq}")
        return [self._links[seq].body.decode() for seq in seqs]

    def seqs(self, name: str) -> list[int]:
        events = [link.event for link in self._links]
        return [each.seq for each in events if name in (each.event_id, each.draft.decision_id)]


def _entry(link: Link) -> Entry:
    event = link.event
    columns = {
        "event_id": event.event_id,
        "type": event.draft.type,
        "ts": event.ts,
        "decision_id": event.draft.decision_id,
    }
    return Entry(event.seq, link.leaf.hex(), link.body, columns)
