"""What the ledger wants from outside: a place that keeps events, and another that keeps the signed checkpoint."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, TypeVar

from remit.ledger.chain import Head, Receipt
from remit.ledger.event import Draft, Event
from remit.ledger.verifier import Entry

Unit = TypeVar("Unit", contravariant=True)
"""A unit of work: what the store's `write()` yields. Appending joins it; events and state become durable together."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A log at one moment: its head (None before the first event) and its entries, streamed once in order of place."""

    head: Head | None
    entries: Iterator[Entry]


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

    def receipt(self, event_id: str) -> Receipt:
        """The place and the leaf of a recorded event. Raises NotFound."""
        ...

    def snapshot(self) -> AbstractContextManager[Snapshot]:
        """Everything committed at one moment, to be read while the context is open."""
        ...

    def of_decision(self, decision_id: str) -> list[Event]:
        """Everything recorded of one decision, in order."""
        ...


class CheckpointSink(Protocol):
    """Keeps the newest signed checkpoint where a change of the database does not reach it."""

    def read(self) -> str | None:
        """The note; None when none was ever written."""
        ...

    def write(self, note: str) -> None:
        """Replace the note, durably and at once."""
        ...
