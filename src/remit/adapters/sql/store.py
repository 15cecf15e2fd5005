"""The store: units of work in which decisions, reviews, effects and their ledger events are written together."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, Table, insert, select

from remit.adapters.sql.arrangements import SqlArrangements
from remit.adapters.sql.database import Database
from remit.adapters.sql.decisions import SqlDecisions
from remit.adapters.sql.effects import SqlEffects
from remit.adapters.sql.ledger import SqlLedger
from remit.adapters.sql.policy_changes import SqlPolicyChanges
from remit.adapters.sql.reviews import SqlReviews
from remit.adapters.sql.tables.decisions import PackVersionRow
from remit.adapters.sql.usage import SqlUsage
from remit.core.ports import Clock
from remit.core.words import Actor
from remit.ledger.event import Draft

PACK_VERSION: Table = PackVersionRow.__table__  # type: ignore[attr-defined]


class SqlUnit:
    """One transaction, seen as the repositories that share it."""

    def __init__(self, connection: Connection, ledger: SqlLedger) -> None:
        self.decisions = SqlDecisions(connection)
        self.reviews = SqlReviews(connection)
        self.arrangements = SqlArrangements(connection)
        self.effects = SqlEffects(connection)
        self.usage = SqlUsage(connection)
        self.policy_changes = SqlPolicyChanges(connection)
        self.journal = SqlJournal(connection, ledger)


class SqlJournal:
    """`remit.agents.ports.Journal` over the ledger, inside the caller's transaction."""

    def __init__(self, connection: Connection, ledger: SqlLedger) -> None:
        self._connection = connection
        self._ledger = ledger

    def append(
        self, event_type: str, *, actor: Actor, body: Mapping[str, Any], decision_id: str | None = None, step: str = ""
    ) -> dict[str, Any]:
        draft = Draft(type=event_type, body=body, decision_id=decision_id, step=step or None, actor=actor)
        receipt = self._ledger.append(self._connection, [draft])[0]
        return {"seq": receipt.seq, "leaf_sha256": receipt.leaf_sha256}


class SqlStore:
    """`remit.agents.ports.Store` over a migrated database."""

    def __init__(self, database: Database, ledger: SqlLedger) -> None:
        self._database = database
        self._ledger = ledger

    @contextlib.contextmanager
    def write(self) -> Iterator[SqlUnit]:
        with self._database.write() as connection:
            yield SqlUnit(connection, self._ledger)

    @contextlib.contextmanager
    def read(self) -> Iterator[SqlUnit]:
        with self._database.read() as connection:
            yield SqlUnit(connection, self._ledger)


class SqlPackVersions:
    """`remit.service.ports.PackVersions`: the pack versions that ever decided, by content."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def keep(self, sha256: str, name: str, version: str, folder: str | None, files_zip: bytes) -> None:
        with self._database.read() as connection:
            known = connection.execute(select(PACK_VERSION.c.sha256).where(PACK_VERSION.c.sha256 == sha256)).first()
        if known is None:
            with self._database.write() as connection:
                connection.execute(
                    insert(PACK_VERSION).prefix_with("OR IGNORE", dialect="sqlite"),
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
