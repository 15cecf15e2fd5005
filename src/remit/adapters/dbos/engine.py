"""DBOS's SQLite file as Remit opens it: in WAL mode, and one transaction at a time in the whole machine.

SQLite below 3.51.3 can corrupt a file in WAL mode when two connections write or checkpoint at the same moment (see
`remit.adapters.sql.sqlite`). A commit is not synced to the disk: what a power cut takes from the queue, the sweep puts
back, for the decisions' rows are the truth.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.pool import PoolProxiedConnection, QueuePool

from remit.adapters.sql.sqlite import FileLock, locked_too_long

_TIMEOUT_SECONDS = 30.0
_CHECKPOINT_EVERY_COMMITS = 256


class LockedFile:
    """A SQLAlchemy engine on one SQLite file, whose every transaction holds the file's lock from begin to end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = FileLock(path.with_name(path.name + ".lock"))
        # One handle on the file lock keeps other processes out, but not the threads of this one.
        self._turn = threading.RLock()
        self._depth = 0
        self._commits = 0
        self._holds: dict[int, contextlib.ExitStack] = {}
        self.engine = self._engine(path)

    def close(self) -> None:
        """Close every connection, under the lock: closing the last one copies the WAL home."""
        with self.alone():
            self.engine.dispose()
        self._lock.forget()

    def _engine(self, path: Path) -> Engine:
        engine = create_engine(
            f"sqlite:///{path}",
            poolclass=QueuePool,
            pool_size=4,
            max_overflow=0,
            connect_args={"timeout": _TIMEOUT_SECONDS},
        )
        event.listen(engine, "connect", self._open)
        # SQLAlchemy has no event for what comes after a commit. The dialect is this engine's own.
        dialect: Any = engine.dialect
        dialect.do_begin, dialect.do_commit, dialect.do_rollback = self._begin, self._commit, self._rollback
        return engine

    def _open(self, connection: sqlite3.Connection, _record: object) -> None:
        with self.alone():
            # The driver begins a transaction before the first statement that writes.
            connection.isolation_level = "IMMEDIATE"
            for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "wal_autocheckpoint=0"):
                connection.execute(f"PRAGMA {pragma}").close()

    def _begin(self, connection: PoolProxiedConnection) -> None:
        hold = contextlib.ExitStack()
        hold.enter_context(self.alone())
        self._holds[_key(connection)] = hold

    def _commit(self, connection: PoolProxiedConnection) -> None:
        with self._ending(connection):
            connection.commit()
            self._commits += 1
            if self._commits % _CHECKPOINT_EVERY_COMMITS == 0:
                raw: Any = connection.driver_connection
                raw.execute("PRAGMA wal_checkpoint(PASSIVE)").close()

    def _rollback(self, connection: PoolProxiedConnection) -> None:
        with self._ending(connection):
            connection.rollback()

    def _ending(self, connection: PoolProxiedConnection) -> contextlib.ExitStack:
        """What lets go of the lock; of nothing when this is the pool's own rollback, which follows no beginning."""
        return self._holds.pop(_key(connection), contextlib.ExitStack())

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else in the machine has a transaction open. A thread that is alone already stays so."""
        if not self._turn.acquire(timeout=_TIMEOUT_SECONDS):
            raise locked_too_long(self._path, _TIMEOUT_SECONDS)
        try:
            with contextlib.nullcontext() if self._depth else self._lock.held(_TIMEOUT_SECONDS):
                self._depth += 1
                try:
                    yield
                finally:
                    self._depth -= 1
        finally:
            self._turn.release()


def _key(connection: PoolProxiedConnection) -> int:
    return id(connection.dbapi_connection)
