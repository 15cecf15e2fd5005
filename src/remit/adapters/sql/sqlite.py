"""What is peculiar to SQLite: how a connection is opened, the lock beside the file, and what its errors mean.

SQLite below 3.51.3 can corrupt a database in WAL mode when two connections write or checkpoint at the same moment
(the "WAL-reset" bug). So everything that writes or checkpoints holds one file lock, no connection checkpoints on its
own, and connections that only read are opened read-only: closing them cannot checkpoint.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import cast
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool, PoolProxiedConnection, StaticPool

from remit.core.errors import Corrupted, SystemFailed

_FIRST_PAUSE_SECONDS = 0.0002
_LONGEST_PAUSE_SECONDS = 0.005


def writing_engine(path: Path, busy_seconds: float) -> Engine:
    """An engine with exactly one connection, whose transactions begin as IMMEDIATE."""

    def connect() -> sqlite3.Connection:
        connection = _open(path, "rwc", busy_seconds)
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA foreign_keys=ON")
            connection.execute("PRAGMA wal_autocheckpoint=0")
            # What is deleted is overwritten: an erased subject's key must not linger in a free page.
            connection.execute("PRAGMA secure_delete=ON")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    return _beginning(create_engine("sqlite://", creator=connect, poolclass=StaticPool), "BEGIN IMMEDIATE")


class Readers:
    """Connections that are opened read-only, each lent to one thread at a time; a transaction sees one snapshot.

    They are kept, as SQLAlchemy sees them too: to take one out of its pool anew costs more than a short read.

    Args:
        size: how many may be lent at once; whoever finds none waits for `busy_seconds`.
    """

    def __init__(self, path: Path, busy_seconds: float, size: int) -> None:
        self._path = path
        self._busy_seconds = busy_seconds
        self._size = size
        self._free = threading.Semaphore(size)
        self._idle: list[Connection] = []
        self._engine = _beginning(create_engine("sqlite://", creator=self._open, poolclass=NullPool), "BEGIN")

    @contextlib.contextmanager
    def one(self) -> Iterator[Connection]:
        """A connection in a transaction, for the block. Raises SystemFailed: all are lent."""
        if not self._free.acquire(timeout=self._busy_seconds):
            raise SystemFailed(
                f"all {self._size} reading connections are in use", code="database_busy", mend="try again"
            )
        try:
            connection = self._idle.pop() if self._idle else self._engine.connect()
            try:
                with connection.begin():
                    yield connection
            except (DBAPIError, sqlite3.Error):
                connection.close()  # whatever state it may be in
                raise
            finally:
                if not connection.closed:
                    self._idle.append(connection)
        finally:
            self._free.release()

    def close(self) -> None:
        """Close what is not lent. What is lent is closed when nobody refers to it any more."""
        while self._idle:
            self._idle.pop().close()

    def _open(self) -> sqlite3.Connection:
        return _open(self._path, "ro", self._busy_seconds)


def _beginning(engine: Engine, how: str) -> Engine:
    """The engine, whose transactions begin so. An event would do it, too, and slow every statement by a quarter."""

    def begin(connection: PoolProxiedConnection) -> None:
        connection.execute(how)  # of sqlite3, not of the DB-API

    engine.dialect.do_begin = begin  # type: ignore[method-assign, assignment]
    return engine


def checkpoint(connection: Connection) -> None:
    """Copy the WAL into the database as far as readers allow. The caller holds the file lock."""
    _raw(connection).execute("PRAGMA wal_checkpoint(PASSIVE)").close()


def in_transaction(connection: Connection) -> bool:
    """Whether a transaction is open. On a full or failing disk SQLite may have ended it on its own."""
    return _raw(connection).in_transaction


def close(connection: Connection) -> None:
    """Close the connection, whatever is open on it. The caller holds the file lock: closing may copy the WAL home."""
    _raw(connection).close()
    connection.detach()


def purge(connection: Connection, *, compact: bool) -> bool:
    """Copy the whole WAL home and empty it; with `compact`, write the file anew first. The caller holds the lock."""
    raw = _raw(connection)
    if compact:
        raw.execute("VACUUM")
    row: tuple[int, int, int] = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return row[0] == 0


def data_version(connection: Connection) -> int:
    """A number that differs from the last one asked for when any other connection has committed in between."""
    row: tuple[int] = _raw(connection).execute("PRAGMA data_version").fetchone()
    return row[0]


class FileLock:
    """An exclusive `flock` on one file: held by one open `FileLock` in the world, gone when its process is killed.

    The file is opened at the first use and stays open; `forget` lets a forked child drop its parent's handle.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._handle: int | None = None

    @contextlib.contextmanager
    def held(self, timeout_seconds: float) -> Iterator[None]:
        """Hold the lock for the block.

        Raises:
            SystemFailed: the file cannot be opened, or somebody held the lock for longer than the timeout.
        """
        if self._handle is None:
            self._handle = self._opened()
        self._acquire(self._handle, timeout_seconds)
        try:
            yield
        finally:
            fcntl.flock(self._handle, fcntl.LOCK_UN)

    def forget(self) -> None:
        """Close the file."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def _opened(self) -> int:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            return os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise cannot_write(self.path, error) from error

    def _acquire(self, handle: int, timeout_seconds: float) -> None:
        deadline = time.monotonic() + timeout_seconds
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise locked_too_long(self.path, timeout_seconds) from None
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)


def locked_too_long(path: Path, timeout_seconds: float) -> SystemFailed:
    return SystemFailed(
        f"another writer has held {path} for more than {timeout_seconds:g} seconds",
        code="database_locked",
        mend="let the other process finish, or end it if it hangs; its lock goes with it",
    )


def cannot_write(path: Path, error: OSError) -> SystemFailed:
    return SystemFailed(
        f"cannot write {path}: {error.strerror}",
        code="database_readonly",
        mend="choose a folder that can be written, or mend its permissions",
    )


def meaning(error: DBAPIError | sqlite3.Error, path: Path) -> SystemFailed | None:
    """The error in Remit's words; None when it is the caller's to handle (a broken constraint, wrong SQL)."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if str(cause).startswith("Could not decode to UTF-8"):
        name: object = "SQLITE_CORRUPT"
    else:
        name = getattr(cause, "sqlite_errorname", None)
    if not isinstance(name, str):
        return None
    for prefix, (kind, code, text, mend) in _MEANINGS.items():
        if name.startswith(prefix):
            return kind(f"{path}: {text} ({cause})", code=code, mend=mend)
    if name == "SQLITE_ERROR" and str(cause).startswith("no such table"):
        return SystemFailed(
            f"{path}: {cause}", code="database_outdated", mend="bring the database up to date, or restore a backup"
        )
    return None


_DISK_FULL: tuple[type[SystemFailed], str, str, str] = (
    SystemFailed,
    "disk_full",
    "the disk is full",
    "free some space and try again; nothing is half done",
)

_MEANINGS: dict[str, tuple[type[SystemFailed], str, str, str]] = {
    "SQLITE_NOTADB": (
        Corrupted,
        "database_corrupted",
        "this is not a Remit database",
        "move the file away and restore a backup",
    ),
    "SQLITE_CORRUPT": (
        Corrupted,
        "database_corrupted",
        "the database is damaged",
        "move the file and its -wal away and restore a backup; `remit ledger verify` says what the backup holds",
    ),
    "SQLITE_FULL": _DISK_FULL,
    # The index of the WAL finds no room: on a full disk this comes before SQLITE_FULL does.
    "SQLITE_IOERR_SHMSIZE": _DISK_FULL,
    "SQLITE_READONLY": (
        SystemFailed,
        "database_readonly",
        "the database cannot be written",
        "mend the permissions of the file and its folder, or mount the disk for writing",
    ),
    "SQLITE_CANTOPEN": (
        SystemFailed,
        "database_unreachable",
        "the database cannot be opened",
        "see that the folder exists and can be read and written, and that the home folder is the right one",
    ),
    "SQLITE_BUSY": (
        SystemFailed,
        "database_locked",
        "another program holds the database",
        "close the other program, then try again",
    ),
    "SQLITE_IOERR": (SystemFailed, "disk_failed", "the disk failed", "look at the disk, then try again"),
}


def _raw(connection: Connection) -> sqlite3.Connection:
    """The driver's own connection, for statements that need no translation."""
    return cast(sqlite3.Connection, connection.connection.driver_connection)


def _open(path: Path, mode: str, busy_seconds: float) -> sqlite3.Connection:
    return sqlite3.connect(
        f"file:{quote(str(path))}?mode={mode}",
        uri=True,
        timeout=busy_seconds,
        isolation_level=None,
        check_same_thread=False,
    )
