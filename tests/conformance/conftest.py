"""Every store there is, empty: the same tests run on each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from remit.adapters.checkpoint_file import CheckpointFile
from remit.adapters.memory.ledger import MemoryCheckpoint, MemoryLedger
from remit.adapters.memory.store import MemoryStore
from remit.adapters.sql.migrate import migrate
from remit.adapters.sql.store import SqlStore
from remit.adapters.sql.vault import open_vault
from remit.agents.ports import Store
from remit.core.system import FixedClock, SeededRandom, UlidIds
from remit.ledger.note import Signer
from remit.wiring.backend import open_backend

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SIGNER = Signer("remit/test", b"s" * 32)


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def empty_store(request: pytest.FixtureRequest, tmp_path: Path, database_url: Callable[[str], str]) -> Iterator[Store]:
    clock = FixedClock(NOW)
    ids = UlidIds(clock, SeededRandom(1))
    if request.param == "memory":
        yield MemoryStore(MemoryLedger(SIGNER, MemoryCheckpoint(), clock, ids))
        return
    backend = open_backend(database_url(request.param), tmp_path)
    migrate(backend.database)
    ledger = backend.ledger(SIGNER, CheckpointFile(tmp_path / "ledger.checkpoint"), clock, ids)
    vault = open_vault(backend.database, tmp_path, clock, UlidIds(clock, SeededRandom(2)), SeededRandom(3))
    yield SqlStore(backend.database, ledger, vault)
    backend.close()
