"""Group commit: units of work that come together share one transaction, and so one wait for the disk.

The threads of a process queue for the writer's turn. Who has done its work lines up once more, for the commit; who is
first in that line commits for everybody whose work is in the transaction by then. So nobody waits for company that does
not come, a lone writer commits at once, and each unit of work keeps its all-or-nothing by a savepoint.
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Iterator

from sqlalchemy import Connection

from remit.adapters.sql.sqlite import in_transaction
from remit.core.errors import SystemFailed

FOREVER = -1.0
"""How long to wait for a turn that must come."""


class Turns:
    """A lock that is handed on in the order of asking."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._line: deque[_Waiter] = deque()
        self._taken = False

    def take(self, timeout_seconds: float, unless: Callable[[], bool] = lambda: False) -> bool:
        """Wait for the turn. False when `unless` has come true (see `leave`), or when it took too long."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return True
            me = _Waiter(unless)
            self._line.append(me)
        try:
            me.called.acquire(timeout=timeout_seconds)
        finally:
            with self._guard:
                if me in self._line:
                    self._line.remove(me)
        return me.has_turn

    def leave(self) -> None:
        """Let those go whose `unless` has come true, and hand the turn to the first of the others."""
        with self._guard:
            for waiter in [waiter for waiter in self._line if waiter.unless()]:
                self._line.remove(waiter)
                waiter.called.release()
            self._taken = bool(self._line)
            if self._taken:
                following = self._line.popleft()
                following.has_turn = True
                following.called.release()

    @property
    def waiting(self) -> int:
        """How many wait for the turn."""
        return len(self._line)


class _Waiter:
    """One in the line: `called` is released when the wait is over."""

    def __init__(self, unless: Callable[[], bool]) -> None:
        self.unless = unless
        self.has_turn = False
        self.called = threading.Lock()
        self.called.acquire()


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
        savepoint = self._connection.begin_nested() if self._kept else None
        try:
            yield self._connection
        except BaseException as error:
            if self.is_over:
                self.error = error
            elif savepoint is not None:
                savepoint.rollback()
            raise
        if savepoint is not None:
            savepoint.commit()
        self._kept += 1

    def roll_back(self) -> None:
        """End the group without its work."""
        try:
            self._transaction.rollback()
        finally:
            self.ended = True

    def commit(self, before: Callable[[Connection], None]) -> None:
        """End the group: its work is durable. If not, `error` says why and is raised, and the connection is spoilt.

        Args:
            before: does what is done once for all of them, last.
        """
        try:
            if self.is_over:
                raise SystemFailed("the database ended the transaction on its own", code="commit_failed")
            before(self._connection)
            self._transaction.commit()
        except BaseException as error:
            self.error = error
            raise
        finally:
            # Last: from here on others go by what is said.
            self.ended = True
