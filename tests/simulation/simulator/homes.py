"""Where a history is kept: in memory, or in a SQLite database that every process opens for itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from remit.adapters.checkpoint_file import CheckpointFile
from remit.adapters.memory.ledger import MemoryCheckpoint, MemoryLedger
from remit.adapters.memory.store import MemoryStore
from remit.adapters.sql.database import Database
from remit.adapters.sql.ledger import SqlLedger
from remit.adapters.sql.migrate import migrate
from remit.adapters.sql.store import SqlStore
from remit.agents.ports import Store
from remit.core.ports import Clock, Ids
from remit.ledger.note import Signer
from remit.ledger.ports import LedgerLog
from remit.ledger.verify import Report, verify

SIGNER = Signer("remit/simulation", b"s" * 32)


class Home(Protocol):
    """Keeps decisions and ledger."""

    log: LedgerLog[Any]

    def open(self) -> Store:
        """The store, as one more process opens it."""
        ...

    def verify(self) -> Report:
        """Whether the ledger is sound."""
        ...

    def close(self) -> None:
        """Close whatever was opened."""
        ...


class MemoryHome:
    """All processes share one store."""

    def __init__(self, clock: Clock, ids: Ids) -> None:
        self._outside = MemoryCheckpoint()
        self.log = MemoryLedger(SIGNER, self._outside, clock, ids)
        self._store = MemoryStore(self.log)

    def open(self) -> Store:
        return self._store

    def verify(self) -> Report:
        return verify(self.log, self._outside.read(), SIGNER.verifier)

    def close(self) -> None:
        self.log.close()


class SqliteHome:
    """Every process has connections of its own; what a killed one leaves open is closed at the end of the history."""

    def __init__(self, folder: Path, clock: Clock, ids: Ids) -> None:
        self._folder, self._clock, self._ids = folder, clock, ids
        self._opened: list[Database] = []
        self._outside = CheckpointFile(folder / "ledger.checkpoint")
        self.log = self._log(self._database())

    def open(self) -> Store:
        database = self._database()
        return SqlStore(database, self._log(database))

    def verify(self) -> Report:
        return verify(self.log, self._outside.read(), SIGNER.verifier)

    def close(self) -> None:
        for database in self._opened:
            database.close()

    def _database(self) -> Database:
        database = Database(f"sqlite:///{self._folder}/remit.db")
        migrate(database)
        self._opened.append(database)
        return database

    def _log(self, database: Database) -> SqlLedger:
        return SqlLedger(database, SIGNER, self._outside, self._clock, self._ids)
