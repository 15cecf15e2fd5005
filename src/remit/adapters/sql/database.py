"""A SQLite database: many may read it, one at a time writes it, and every write is a whole unit of work."""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from remit.adapters.sql import sqlite
from remit.adapters.sql.group import FOREVER, Group, Turns
from remit.adapters.sql.ports import Observer
from remit.adapters.sql.urls import SQLITE_HINT, parsed_url
from remit.core.errors import InputError, RemitError, SystemFailed
from remit.core.tracing import commits

_log = logging.getLogger(__name__)


class Database:
    """A SQLite database file, opened at the first use. It is a `SqlDatabase`.

    `write` gives the one writing connection of this process, one thread and one process at a time; `read` gives a
    connection that cannot write and sees one snapshot. Threads that write at once share commits (see
    `remit.adapters.sql.group`). A process may be killed anywhere: its lock goes with it and a transaction that was not
    committed never was. A forked child starts afresh.

    Args:
        url: ``sqlite:///relative/path`` or ``sqlite:////absolute/path``.
        lock_file: the file that all writers lock; beside the database, with ``.lock`` added, when not given.
        lock_timeout_seconds: how long a writer waits for the others.
        checkpoint_every_commits: after how many commits the WAL is copied into the database.
        readers: how many connections may read at once in this process.

    Raises:
        InputError: the URL names no SQLite file.
    """

    _holder: int | None
    _group: Group | None
    _writer: Connection | None
    _readers: sqlite.Readers | None

    def __init__(
        self,
        url: str,
        *,
        lock_file: Path | None = None,
        lock_timeout_seconds: float = 30.0,
        checkpoint_every_commits: int = 256,
        readers: int = 8,
    ) -> None:
        self.url = url
        self.path = _path_of(url)
        self._timeout_seconds = lock_timeout_seconds
        self._checkpoint_every_commits = checkpoint_every_commits
        self._readers_max = readers
        self._observers: list[Observer] = []
        self._lock_path = lock_file or self.path.with_name(self.path.name + ".lock")
        self._openings = 0
        self._start_afresh()

    @property
    def place(self) -> str:
        return str(self.path)

    @property
    def kind(self) -> str:
        return f"SQLite {sqlite3.sqlite_version}"

    def exists(self) -> bool:
        return self.path.exists()

    def observe(self, observer: Observer) -> None:
        """Tell `observer` how every unit of work of this process ends, while the writing lock is still held."""
        self._observers.append(observer)

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for reading: one snapshot for the whole block, and nothing can be written through it.

        Raises:
            SystemFailed: the database is missing, locked or unreadable.
            Corrupted: the file is damaged or is no database.
        """
        with self._in_our_words(), self._reading().one() as connection:
            yield connection

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        """One unit of work: committed and durable when the block ends, as if it never was when the block raises.

        Raises:
            SystemFailed: the disk is full or read-only, or another writer took too long.
            Corrupted: the file is damaged or is no database.
            sqlalchemy.exc.IntegrityError: the block broke a constraint; it is the caller's to understand.
        """
        with self._in_our_words():
            group = self._join()
            try:
                with group.unit() as connection:
                    yield connection
            except BaseException:
                self._left(group, kept=False)
                raise
            commits()
            self._left(group, kept=True)

    def damage(self) -> str:
        """What SQLite's own quick check finds wrong with the file's pages; empty when they are in order."""
        with self.read() as connection:
            found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
        return "" if found == "ok" else str(found)

    def purge(self, *, compact: bool = False, documents: bool = False) -> bool:
        """Leave nothing of deleted rows behind: empty the WAL and, for what was not sealed, write the whole file anew.

        Returns:
            False when somebody who reads keeps the WAL from being emptied.
        """
        with self._in_our_words(), self._alone():
            return sqlite.purge(self._writing_connection(), compact=compact or documents)

    def close(self) -> None:
        """Tell the observers and close every connection, which copies the WAL home. The next use opens anew.

        Raises:
            SystemFailed: an observer could not finish its work; the database is closed all the same.
        """
        if self not in _open_databases:
            return
        with self._in_our_words(), self._alone(), contextlib.ExitStack() as stack:
            stack.callback(self._shut)
            if self._writer is not None:
                for observer in self._observers:
                    observer.closing()
        self._lock.forget()

    def version(self, connection: Connection) -> tuple[int, int]:
        """What differs from the last time it was asked in a `write` when any other connection has committed since."""
        return self._openings, sqlite.data_version(connection)

    # The writing side

    def _join(self) -> Group:
        """Wait for the turn and join the group that is open, or begin one; it holds the lock on the file."""
        if self._holder == threading.get_ident():
            raise SystemFailed("a unit of work was begun inside another one", code="nested_write")
        self._take_turn()
        try:
            if self._group is None:
                with contextlib.ExitStack() as stack:
                    stack.enter_context(self._lock.held(self._timeout_seconds))
                    _open_databases.add(self)
                    self._group = Group(self._writing_connection())
                    self._unlock = stack.pop_all()
            self._holder = threading.get_ident()
            return self._group
        except BaseException:
            self._turns.leave()
            raise

    def _left(self, group: Group, *, kept: bool) -> None:
        """A unit of work of this thread has ended. When it is kept, the group is committed before this returns."""
        self._holder = None
        for observer in self._observers:
            observer.unit_ended(kept)
        if not kept:
            try:
                if group.is_over:
                    self._give_up(group)
            finally:
                self._turns.leave()
            return
        has_turn = True
        if self._turns.waiting:
            self._turns.leave()
            # For as long as it takes: the work is in the transaction, and it would be wrong to say that it failed.
            has_turn = self._turns.take(FOREVER, unless=lambda: group.ended)
        if has_turn:
            try:
                self._commit(group)
            finally:
                self._turns.leave()
        # Also for who had the turn: the group may have ended badly before that turn came.
        if group.error is not None:
            raise SystemFailed(
                f"{self.path}: the commit that this work was part of failed: {group.error}",
                code="commit_failed",
                mend="nothing of it was done; look at the disk, then try again",
            ) from group.error

    def _commit(self, group: Group) -> None:
        """End the group, by whoever has the turn."""
        if group.ended:
            return
        self._group = None
        try:
            group.commit(self._before_commit)
        except BaseException:
            # What is still open on this connection ends with it.
            self._close_writer()
            self._tell(committed=False)
            raise
        else:
            self._tell(committed=True)
            self._commits += 1
            if self._commits % self._checkpoint_every_commits == 0:
                self._checkpoint(self._writing_connection())
        finally:
            self._unlock.close()

    def _before_commit(self, connection: Connection) -> None:
        for observer in self._observers:
            observer.committing(connection)

    def _give_up(self, group: Group) -> None:
        """End a group of which nothing is to be kept, or can be."""
        self._group = None
        try:
            group.roll_back()
        except BaseException:
            self._close_writer()
            raise
        finally:
            self._tell(committed=False)
            self._unlock.close()

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody writes, and no transaction is open."""
        self._take_turn()
        try:
            if self._group is not None:
                self._commit(self._group)
            with self._lock.held(self._timeout_seconds):
                yield
        finally:
            self._turns.leave()

    def _take_turn(self) -> None:
        if not self._turns.take(self._timeout_seconds):
            raise sqlite.locked_too_long(self.path, self._timeout_seconds)

    def _writing_connection(self) -> Connection:
        if self._writer is None:
            self._openings += 1
            self._writer = sqlite.writing_engine(self.path, self._timeout_seconds).connect()
        return self._writer

    def _checkpoint(self, connection: Connection) -> None:
        try:
            sqlite.checkpoint(connection)
        except sqlite3.Error as error:
            # The work is committed and safe in the WAL; copying it home can wait for the next time.
            _log.warning("%s: the WAL could not be copied home: %s", self.path, error)

    def _shut(self) -> None:
        with self._reader_turn:
            _open_databases.discard(self)
            if self._readers is not None:
                self._readers.close()
                self._readers = None
        self._close_writer()

    def _close_writer(self) -> None:
        if self._writer is not None:
            writer, self._writer = self._writer, None
            # Closed below SQLAlchemy first: a transaction that could not be committed is not asked to end in order.
            sqlite.close(writer)
            writer.engine.dispose()

    def _tell(self, *, committed: bool) -> None:
        for observer in self._observers:
            observer.ended(committed)

    # The reading side

    def _reading(self) -> sqlite.Readers:
        with self._reader_turn:
            if self._readers is None:
                self._readers = sqlite.Readers(self.path, self._timeout_seconds, self._readers_max)
                _open_databases.add(self)
            return self._readers

    # Both

    @contextlib.contextmanager
    def _in_our_words(self) -> Iterator[None]:
        try:
            yield
        except (DBAPIError, sqlite3.Error) as error:
            ours = sqlite.meaning(error, self.path)
            if ours is None:
                raise
            raise ours from error
        except UnicodeEncodeError as error:
            raise InputError("a text that is not valid Unicode cannot be stored", code="unstorable") from error

    def _start_afresh(self) -> None:
        """The state of a database that nobody has used yet in this process."""
        self._lock = sqlite.FileLock(self._lock_path)
        self._turns = Turns()
        self._group = None
        self._unlock = contextlib.ExitStack()
        self._reader_turn = threading.Lock()
        self._holder = None
        self._writer = None
        self._readers = None
        self._commits = 0

    def _after_fork(self) -> None:
        """A child may neither use nor close its parent's connections; it lets go of the lock's handle."""
        _left_to_the_parent.append((self._writer, self._readers))
        self._lock.forget()
        self._start_afresh()
        self._tell(committed=False)


def _path_of(url: str) -> Path:
    parsed = parsed_url(url)
    if parsed.get_backend_name() != "sqlite":
        raise InputError(f"databases of kind `{parsed.drivername}` are not supported here", mend=SQLITE_HINT)
    if not parsed.database or parsed.database == ":memory:":
        raise InputError("a database in memory cannot be shared or kept", mend=SQLITE_HINT)
    return Path(parsed.database)


_open_databases: set[Database] = set()
"""Databases in use. They are kept alive until closed, so that no connection is ever closed without the lock."""

_left_to_the_parent: list[object] = []


def _close_all_at_exit() -> None:
    for database in list(_open_databases):
        try:
            database.close()
        except (RemitError, OSError) as error:
            _log.warning("%s was not closed in order: %s", database.path, error)


def _forget_all_after_fork() -> None:
    for database in list(_open_databases):
        database._after_fork()
    _open_databases.clear()


atexit.register(_close_all_at_exit)
os.register_at_fork(after_in_child=_forget_all_after_fork)
