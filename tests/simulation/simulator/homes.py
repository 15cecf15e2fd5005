"""Where a history is kept: in memory, or in a database that every process opens for itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from remit.adapters.checkpoint_file import CheckpointFile
from remit.adapters.memory.ledger import MemoryCheckpoint, MemoryLedger
from remit.adapters.memory.store import MemoryStore
from remit.adapters.sql.migrate import migrate
from remit.adapters.sql.store import SqlStore
from remit.adapters.sql.vault import open_vault
from remit.agents.ports import Store
from remit.core.ports import Clock, Ids
from remit.core.system import FixedClock, SeededRandom, UlidIds
from remit.ledger.note import Signer
from remit.ledger.ports import LedgerLog
from remit.ledger.verify import Report, verify
from remit.wiring.backend import Backend, open_backend
from simulator.company import BEGINNING

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


class SqlHome:
    """Every process has connections of its own; what a killed one leaves open is closed at the end of the history."""

    def __init__(self, url: str, folder: Path, clock: Clock, ids: Ids) -> None:
        self._url, self._folder, self._clock, self._ids = url, folder, clock, ids
        self._opened: list[Backend] = []
        self._outside = CheckpointFile(folder / "ledger.checkpoint")
        self.log, _ = self._open()

    def open(self) -> Store:
        return self._open()[1]

    def verify(self) -> Report:
        return verify(self.log, self._outside.read(), SIGNER.verifier)

    def close(self) -> None:
        for backend in self._opened:
            backend.close()

    def _open(self) -> tuple[LedgerLog[Any], Store]:
        backend = open_backend(self._url, self._folder)
        migrate(backend.database)
        self._opened.append(backend)
        log = backend.ledger(SIGNER, self._outside, self._clock, self._ids)
        # Time and chance of its own: the keys of subjects are not part of the history.
        clock, chance = FixedClock(BEGINNING), SeededRandom(len(self._opened))
        vault = open_vault(backend.database, self._folder, clock, UlidIds(clock, chance), chance)
        return log, SqlStore(backend.database, log, vault)
