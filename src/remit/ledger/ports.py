"""What the ledger wants from outside: a place that keeps events, and another that keeps the signed checkpoint."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, TypeVar

from remit.ledger.chain import Head, Receipt
from remit.ledger.event import Draft, Event
from remit.ledger.note import Signer
from remit.ledger.verifier import Entry, Note, Tile

Unit = TypeVar("Unit", contravariant=True)
"""A unit of work: what the store's `write()` yields. Appending joins it; events and state become durable together."""


class Kept(Protocol):
    """What is kept of a log besides its entries in order, at the same moment."""

    def hashes(self, level: int, first: int, count: int) -> list[bytes]:
        """So many hashes of a tile level, from that one on: leaf hashes at level 0, roots of tiles above."""
        ...

    def tiles(self) -> Iterator[Tile]:
        """Every tile whose root is kept."""
        ...

    def checkpoints(self) -> Iterator[Note]:
        """The checkpoints that are kept, in the order of the sizes under which they are kept."""
        ...

    def rotations(self) -> list[str]:
        """The signed notes by which one key named the next, in order."""
        ...

    def bodies(self, seqs: Sequence[int]) -> list[str]:
        """The exact texts of events, in the order of these places. Raises NotFound."""
        ...

    def seqs(self, name: str) -> list[int]:
        """The places of the event of that id, or of all events of the decision of that id, in order."""
        ...


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A log at one moment: its head (None before the first event) and its entries, streamed once in order of place."""

    head: Head | None
    entries: Iterator[Entry]
    kept: Kept


class LedgerLog(Protocol[Unit]):
    """Keeps events in order, for good."""

    def append(self, unit: Unit, drafts: Sequence[Draft]) -> list[str]:
        """Record the drafts, in order, as part of the unit of work. Gives the ids of their events.

        An event has a place in the log once the unit of work is committed; `receipt` names it.

        Raises:
            InputError: a draft cannot be recorded; nothing was.
            SystemFailed: the ledger cannot be trusted or signed, so nothing may happen ("no audit, no action").
        """
        ...

    def sequence(self) -> None:
        """Give every event of a committed unit of work its place, if one has none yet: a crash may have left it so.

        Raises:
            Corrupted: the ledger was tampered with; nothing is added to it.
            SystemFailed: the ledger cannot be written.
        """
        ...

    def receipt(self, event_id: str) -> Receipt:
        """The place and the leaf of a recorded event. Raises NotFound."""
        ...

    def snapshot(self) -> AbstractContextManager[Snapshot]:
        """Everything committed at one moment, to be read while the context is open."""
        ...

    def of_decision(self, decision_id: str) -> list[Event]:
        """Everything recorded of one decision, in order."""
        ...

    def rotate(self, unit: Unit, new: Signer, draft: Draft) -> None:
        """Let another key of the same name take over, as part of the unit of work: `draft` tells who wanted it and why.

        The event that names the new key is the last that the present key signs; one more follows under the new key,
        which signs everything from then on once the unit is committed.
        """
        ...

    def checkpoint(self, unit: Unit) -> str:
        """The newest signed note, kept among the checkpoints and outside when the unit ends. Raises NotFound."""
        ...


class CheckpointSink(Protocol):
    """Keeps the newest signed checkpoint where a change of the database does not reach it."""

    def read(self) -> str | None:
        """The note; None when none was ever written."""
        ...

    def write(self, note: str) -> None:
        """Replace the note, durably and at once."""
        ...
