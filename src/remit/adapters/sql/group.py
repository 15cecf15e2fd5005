"""Group commit: units of work that come together share one transaction, and so one wait for the disk.

The threads of a process queue for the writer's turn. Who has done its work lines up once more, for the commit; who is
first in that line commits for everybody whose work is in the transaction by then. So nobody waits for company that does
not come, a lone writer commits at once, and each unit of work keeps its all-or-nothing by a savepoint.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator

from sqlalchemy import Connection

from remit.adapters.sql.sqlite import in_transaction
from remit.core.errors import SystemFailed


class Turns:
    """A lock that is handed on in the order of asking."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._line: deque[object] = deque()
        self._taken = False

    def take(self, timeout_seconds: float, unless: Callable[[], bool] = lambda: False) -> bool:
        """Wait for the turn. False when `unless` came true before, or when it took too long."""
        me = object()
        deadline = time.monotonic() + timeout_seconds
        with self._changed:
            self._line.append(me)
            try:
                while self._taken or self._line[0] is not me:
                    left = deadline - time.monotonic()
                    if unless() or left <= 0:
                        return False
                    self._changed.wait(left)
                if unless():
                    return False
                self._taken = True
                return True
            finally:
                self._line.remove(me)
                self._changed.notify_all()

    def leave(self) -> None:
        """Hand the turn on, and let everybody look at their `unless`."""
        with self._changed:
            self._taken = False
            self._changed.notify_all()

    @property
    def waiting(self) -> int:
        """How many wait for the turn."""
        return len(self._line)


class Group:
    """Units of work in one transaction. Everything here is done by whoever has the turn."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._transaction = connection.begin()
        self._kept = 0
        self.ended = False
        self.error: BaseException | None = None

    @property
    def is_over(self) -> bool:
        """Whether there is nothing to commit: nobody's work was kept, or the database has rolled it back on its own.

        On a full or failing disk SQLite ends the whole transaction. What ran after that would be committed by itself.
        """
        return self._kept == 0 or not in_transaction(self._connection)

    @contextlib.contextmanager
    def unit(self) -> Iterator[Connection]:
        """One unit of work. The first needs no savepoint: nobody else's work would be rolled back with it."""
        try:
            with self._connection.begin_nested() if self._kept else contextlib.nullcontext():
                yield self._connection
        except BaseException as error:
            self.error = error if self.is_over else None
            raise
        self._kept += 1

    def roll_back(self) -> None:
        """End the group without its work."""
        try:
            self._transaction.rollback()
        finally:
            self.ended = True

    def commit(self) -> None:
        """End the group: its work is durable. If not, `error` says why and is raised, and the connection is spoilt."""
        try:
            if self.is_over:
                raise SystemFailed("the database ended the transaction on its own", code="commit_failed")
            self._transaction.commit()
        except BaseException as error:
            self.error = error
            raise
        finally:
            # Last: from here on others go by what is said.
            self.ended = True
