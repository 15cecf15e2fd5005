"""One process in the world works on one decision: an advisory lock of one session, gone when its process is."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator

import psycopg

from remit.adapters.postgres.database import PostgresDatabase
from remit.core.errors import Conflict, SystemFailed

_FIRST_PAUSE_SECONDS = 0.005
_LONGEST_PAUSE_SECONDS = 0.1
_TAKE = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))"
_LEAVE = "SELECT pg_advisory_unlock(hashtextextended(%s, 0))"


class PostgresFences:
    """`remit.service.ports.Fences` on one connection of this process, which holds the locks of all its threads.

    A session may take the same lock twice; the threads of one process are kept apart here.
    """

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database
        self._turn = threading.Lock()
        self._held: set[str] = set()
        self._connection: psycopg.Connection | None = None

    @contextlib.contextmanager
    def around(self, decision_id: str, patience_seconds: float = 0.0) -> Iterator[None]:
        """Hold the decision for the block. Raises Conflict when another process is at work on it for too long."""
        deadline = time.monotonic() + patience_seconds
        pause = _FIRST_PAUSE_SECONDS
        while not self._taken(decision_id):
            if time.monotonic() >= deadline:
                raise Conflict(
                    f"decision {decision_id} is being worked on by another process", mend="ask again in a moment"
                )
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
        try:
            yield
        finally:
            self._leave(decision_id)

    def close(self) -> None:
        """Let go of everything."""
        with self._turn:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _taken(self, decision_id: str) -> bool:
        with self._turn:
            if decision_id in self._held or not self._asked(_TAKE, decision_id):
                return False
            self._held.add(decision_id)
            return True

    def _leave(self, decision_id: str) -> None:
        with self._turn:
            self._held.discard(decision_id)
            # A session that broke has let go of it already; what was done meanwhile, the rows' own guards kept right.
            with contextlib.suppress(SystemFailed):
                self._asked(_LEAVE, decision_id)

    def _asked(self, query: str, decision_id: str) -> bool:
        try:
            if self._connection is None or self._connection.closed:
                self._connection = psycopg.connect(self._database.conninfo, autocommit=True, connect_timeout=10)
            row = self._connection.execute(query, (f"decision {decision_id}",)).fetchone()
        except psycopg.Error as error:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
            raise SystemFailed(
                f"{self._database.place}: the database cannot be reached: {error}", code="database_unreachable"
            ) from error
        return bool(row and row[0])
