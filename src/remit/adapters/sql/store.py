"""The store: units of work in which decisions, reviews, effects and their ledger events are written together."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, Table, select
from sqlalchemy.dialects.postgresql import insert

from remit.adapters.sql.arrangements import SqlArrangements
from remit.adapters.sql.batches import SqlBatches
from remit.adapters.sql.chats import SqlChats
from remit.adapters.sql.decisions import SqlDecisions
from remit.adapters.sql.effects import SqlEffects
from remit.adapters.sql.identities import SqlIdentities
from remit.adapters.sql.models import SqlModels
from remit.adapters.sql.obligations import SqlObligations
from remit.adapters.sql.outbox import SqlOutbox
from remit.adapters.sql.outcomes import SqlOutcomes
from remit.adapters.sql.policy_changes import SqlPolicyChanges
from remit.adapters.sql.ports import SqlDatabase
from remit.adapters.sql.reviews import SqlReviews
from remit.adapters.sql.snapshots import SqlSnapshots
from remit.adapters.sql.subjects import SqlSubjects
from remit.adapters.sql.tables.decisions import PackVersionRow
from remit.adapters.sql.trainings import SqlTrainings
from remit.adapters.sql.trials import SqlTrials
from remit.adapters.sql.usage import SqlUsage
from remit.adapters.sql.vault import Sealer, Vault
from remit.adapters.sql.watches import SqlWatches
from remit.adapters.sql.webhooks import SqlWebhooks
from remit.core.ports import Clock
from remit.core.tracing import present_trace_id
from remit.core.words import Actor
from remit.ledger.event import Draft
from remit.ledger.ports import LedgerLog

PACK_VERSION: Table = PackVersionRow.__table__  # type: ignore[attr-defined]


class SqlUnit:
    """One transaction, seen as the repositories that share it; each is made when it is first asked for.

    Where several write at once, what a writing unit reads in order to change it stays as it was read.
    """

    def __init__(self, connection: Connection, ledger: LedgerLog[Connection], vault: Vault, *, writing: bool) -> None:
        self.connection = connection
        self._ledger = ledger
        self._vault = vault
        self._writing = writing

    @functools.cached_property
    def decisions(self) -> SqlDecisions:
        return SqlDecisions(self.connection, self._sealer)

    @functools.cached_property
    def reviews(self) -> SqlReviews:
        return SqlReviews(self.connection, self._sealer, writing=self._writing)

    @functools.cached_property
    def arrangements(self) -> SqlArrangements:
        return SqlArrangements(self.connection, writing=self._writing)

    @functools.cached_property
    def effects(self) -> SqlEffects:
        return SqlEffects(self.connection, self._sealer)

    @functools.cached_property
    def obligations(self) -> SqlObligations:
        return SqlObligations(self.connection, self._sealer)

    @functools.cached_property
    def batches(self) -> SqlBatches:
        return SqlBatches(self.connection, self._sealer)

    @functools.cached_property
    def snapshots(self) -> SqlSnapshots:
        return SqlSnapshots(self.connection)

    @functools.cached_property
    def outcomes(self) -> SqlOutcomes:
        return SqlOutcomes(self.connection, self._sealer)

    @functools.cached_property
    def models(self) -> SqlModels:
        return SqlModels(self.connection, writing=self._writing)

    @functools.cached_property
    def trainings(self) -> SqlTrainings:
        return SqlTrainings(self.connection)

    @functools.cached_property
    def trials(self) -> SqlTrials:
        return SqlTrials(self.connection, self._sealer)

    @functools.cached_property
    def watches(self) -> SqlWatches:
        return SqlWatches(self.connection)

    @functools.cached_property
    def subjects(self) -> SqlSubjects:
        return SqlSubjects(self.connection, self._vault)

    @functools.cached_property
    def usage(self) -> SqlUsage:
        return SqlUsage(self.connection, writing=self._writing)

    @functools.cached_property
    def policy_changes(self) -> SqlPolicyChanges:
        return SqlPolicyChanges(self.connection, writing=self._writing)

    @functools.cached_property
    def identities(self) -> SqlIdentities:
        return SqlIdentities(self.connection, writing=self._writing)

    @functools.cached_property
    def chats(self) -> SqlChats:
        return SqlChats(self.connection, self._vault)

    @functools.cached_property
    def webhooks(self) -> SqlWebhooks:
        return SqlWebhooks(self.connection, self._vault, writing=self._writing)

    @functools.cached_property
    def journal(self) -> SqlJournal:
        outbox = SqlOutbox(self.connection, self.webhooks, self._vault.clock)
        return SqlJournal(self.connection, self._ledger, outbox)

    @functools.cached_property
    def _sealer(self) -> Sealer:
        return self._vault.sealer(self.connection)


class SqlJournal:
    """`remit.agents.ports.Journal` over the ledger, inside the caller's transaction. The outbox hears every event."""

    def __init__(self, connection: Connection, ledger: LedgerLog[Connection], outbox: SqlOutbox) -> None:
        self._connection = connection
        self._ledger = ledger
        self._outbox = outbox

    def append(
        self, event_type: str, *, actor: Actor, body: Mapping[str, Any], decision_id: str | None = None, step: str = ""
    ) -> str:
        draft = Draft(
            type=event_type,
            body=body,
            decision_id=decision_id,
            step=step or None,
            actor=actor,
            trace_id=present_trace_id(),
        )
        event_id = self._ledger.append(self._connection, [draft])[0]
        self._outbox.heard(event_type, event_id, body, decision_id)
        return event_id


class SqlStore:
    """`remit.agents.ports.Store` over a migrated database."""

    def __init__(self, database: SqlDatabase, ledger: LedgerLog[Connection], vault: Vault) -> None:
        self._database = database
        self._ledger = ledger
        self._vault = vault

    @contextlib.contextmanager
    def write(self) -> Iterator[SqlUnit]:
        with self._database.write() as connection:
            yield SqlUnit(connection, self._ledger, self._vault, writing=True)

    @contextlib.contextmanager
    def read(self) -> Iterator[SqlUnit]:
        with self._database.read() as connection:
            yield SqlUnit(connection, self._ledger, self._vault, writing=False)

    def purge(self, *, documents: bool = False) -> bool:
        """`remit.service.ports.PrivateStore`: leave nothing of what was deleted behind."""
        return self._database.purge(documents=documents)


class SqlPackVersions:
    """`remit.service.ports.PackVersions`: the pack versions that ever decided, by content."""

    def __init__(self, database: SqlDatabase, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def keep(self, sha256: str, name: str, version: str, folder: str | None, files_zip: bytes) -> None:
        with self._database.read() as connection:
            known = connection.execute(select(PACK_VERSION.c.sha256).where(PACK_VERSION.c.sha256 == sha256)).first()
        if known is None:
            with self._database.write() as connection:
                connection.execute(
                    insert(PACK_VERSION).on_conflict_do_nothing(),
                    {
                        "sha256": sha256,
                        "name": name,
                        "version": version,
                        "folder": folder,
                        "files_zip": files_zip,
                        "stored_at": self._clock.now().isoformat(),
                    },
                )

    def find(self, sha256: str) -> tuple[str | None, bytes] | None:
        query = select(PACK_VERSION.c.folder, PACK_VERSION.c.files_zip).where(PACK_VERSION.c.sha256 == sha256)
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else (row.folder, row.files_zip)
