"""The store in memory: the twin of the SQL one, for tests, for simulations, and for records that came in an export."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from remit.adapters.memory.arrangements import MemoryArrangements
from remit.adapters.memory.batches import MemoryBatches
from remit.adapters.memory.chats import MemoryChats
from remit.adapters.memory.decisions import MemoryDecisions
from remit.adapters.memory.effects import MemoryEffects, MemoryObligations, MemoryUsage
from remit.adapters.memory.identities import MemoryIdentities
from remit.adapters.memory.ledger import MemoryLedger, MemoryUnit
from remit.adapters.memory.models import MemoryModels
from remit.adapters.memory.outcomes import MemoryOutcomes
from remit.adapters.memory.policy_changes import MemoryPolicyChanges
from remit.adapters.memory.reviews import MemoryReviews
from remit.adapters.memory.snapshots import MemorySnapshots
from remit.adapters.memory.tables import Tables
from remit.adapters.memory.trainings import MemoryTrainings
from remit.adapters.memory.trials import MemoryTrials
from remit.adapters.memory.watches import MemoryWatches
from remit.adapters.memory.webhooks import MemoryOutbox, MemoryWebhooks
from remit.core.errors import SystemFailed
from remit.core.tracing import present_trace_id
from remit.core.words import Actor
from remit.ledger.event import Draft


class MemoryStoreUnit:
    """One unit of work, seen as the repositories that share it. Without `events` it only reads."""

    def __init__(self, tables: Tables, ledger: MemoryLedger, events: MemoryUnit | None) -> None:
        self.decisions = MemoryDecisions(tables, events.links if events else ())
        self.reviews = MemoryReviews(tables)
        self.arrangements = MemoryArrangements(tables)
        self.effects = MemoryEffects(tables)
        self.obligations = MemoryObligations(tables)
        self.batches = MemoryBatches(tables)
        self.snapshots = MemorySnapshots(tables)
        self.outcomes = MemoryOutcomes(tables)
        self.models = MemoryModels(tables)
        self.trainings = MemoryTrainings(tables)
        self.trials = MemoryTrials(tables)
        self.watches = MemoryWatches(tables, ledger)
        self.usage = MemoryUsage(tables)
        self.policy_changes = MemoryPolicyChanges(tables)
        self.identities = MemoryIdentities(tables)
        self.chats = MemoryChats(tables)
        self.webhooks = MemoryWebhooks(tables, ledger.ids)
        self.journal = MemoryJournal(ledger, events, MemoryOutbox(tables, self.webhooks, ledger.clock))


class MemoryJournal:
    """`remit.agents.ports.Journal` over the ledger in memory, inside the unit of work."""

    def __init__(self, ledger: MemoryLedger, events: MemoryUnit | None, outbox: MemoryOutbox) -> None:
        self._ledger = ledger
        self._events = events
        self._outbox = outbox

    def append(
        self, event_type: str, *, actor: Actor, body: Mapping[str, Any], decision_id: str | None = None, step: str = ""
    ) -> str:
        if self._events is None:
            raise SystemFailed("a unit of work that only reads wrote something", code="database_readonly")
        draft = Draft(
            type=event_type,
            body=body,
            decision_id=decision_id,
            step=step or None,
            actor=actor,
            trace_id=present_trace_id(),
        )
        event_id = self._ledger.append(self._events, [draft])[0]
        self._outbox.heard(event_type, event_id, body, decision_id)
        return event_id


class MemoryStore:
    """`remit.agents.ports.Store`: one writer at a time, whole units or nothing, and readers that see one moment.

    The units of work are those of the ledger, so that rows and events are kept together or not at all.
    """

    def __init__(self, ledger: MemoryLedger) -> None:
        self._ledger = ledger
        self._tables = Tables().sealed()

    @contextlib.contextmanager
    def write(self) -> Iterator[MemoryStoreUnit]:
        with self._ledger.write() as events:
            tables = self._tables.draft()
            yield MemoryStoreUnit(tables, self._ledger, events)
            self._tables = tables.sealed()

    @contextlib.contextmanager
    def read(self) -> Iterator[MemoryStoreUnit]:
        yield MemoryStoreUnit(self._tables, self._ledger, None)


class MemoryPackVersions:
    """`remit.service.ports.PackVersions` in memory."""

    def __init__(self) -> None:
        self._versions: dict[str, tuple[str | None, bytes]] = {}

    def keep(self, sha256: str, name: str, version: str, folder: str | None, files_zip: bytes) -> None:
        self._versions.setdefault(sha256, (folder, files_zip))

    def find(self, sha256: str) -> tuple[str | None, bytes] | None:
        return self._versions.get(sha256)
