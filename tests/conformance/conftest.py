"""Every store there is, empty: the same tests run on each. Another one is another function in `STORES`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from remit.adapters.checkpoint_file import CheckpointFile
from remit.adapters.memory.ledger import MemoryCheckpoint, MemoryLedger
from remit.adapters.memory.store import MemoryStore
from remit.adapters.sql.database import Database
from remit.adapters.sql.ledger import SqlLedger
from remit.adapters.sql.migrate import migrate
from remit.adapters.sql.store import SqlStore
from remit.agents.ports import Store
from remit.core.system import FixedClock, SeededRandom, UlidIds
from remit.ledger.note import Signer

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SIGNER = Signer("remit/test", b"s" * 32)


def memory(folder: Path) -> Iterator[Store]:
    clock = FixedClock(NOW)
    yield MemoryStore(MemoryLedger(SIGNER, MemoryCheckpoint(), clock, UlidIds(clock, SeededRandom(1))))


def sql(folder: Path) -> Iterator[Store]:
    clock = FixedClock(NOW)
    database = Database(f"sqlite:///{folder}/remit.db")
    migrate(database)
    file = CheckpointFile(folder / "ledger.checkpoint")
    yield SqlStore(database, SqlLedger(database, SIGNER, file, clock, UlidIds(clock, SeededRandom(1))))
    database.close()


STORES: dict[str, Callable[[Path], Iterator[Store]]] = {each.__name__: each for each in (memory, sql)}


@pytest.fixture(params=sorted(STORES))
def empty_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    yield from STORES[request.param](tmp_path)
