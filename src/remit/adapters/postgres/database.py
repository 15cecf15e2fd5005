"""A PostgreSQL database: many read and write it at once, and every write is a whole unit of work."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from remit.adapters.sql.ports import Observer
from remit.adapters.sql.urls import POSTGRES_HINT, parsed_url
from remit.core.errors import Corrupted, InputError, RemitError, SystemFailed, Transient
from remit.core.tracing import commits

STILLNESS_SECONDS = 10.0
"""How long a process may stand still in a transaction: well below anybody's patience."""

_PAUSE_SECONDS = 0.02


class PostgresDatabase:
    """A database of a PostgreSQL server, reached at the first use. It is a `remit.adapters.sql.ports.SqlDatabase`.

    A unit of work that writes is READ COMMITTED: what it reads in order to change is locked by whoever reads it (see
    `remit.adapters.sql.locks`). One that reads sees one snapshot. An answer to COMMIT is durable.

    Args:
        url: ``postgresql+psycopg://user:password@host:port/database``.
        connections: how many connections this process keeps at most.
        patience_seconds: how long a unit of work waits for a connection or for a lock.
        stillness_seconds: how long a process may stand still in a transaction before the server ends it; so what a
            frozen process or a lost machine had locked is free before anybody's patience is over.

    Raises:
        InputError: the URL names no PostgreSQL database.
    """

    def __init__(
        self,
        url: str,
        *,
        connections: int = 20,
        patience_seconds: float = 30.0,
        stillness_seconds: float = STILLNESS_SECONDS,
    ) -> None:
        parsed = parsed_url(url)
        if parsed.get_backend_name() != "postgresql" or not parsed.database:
            raise InputError(f"`{parsed.render_as_string()}` names no PostgreSQL database", mend=POSTGRES_HINT)
        self.url = parsed.set(drivername="postgresql+psycopg")
        self._connections = connections
        self._patience_seconds = patience_seconds
        self._stillness_seconds = stillness_seconds
        self._observers: list[Observer] = []
        self._begun = threading.local()
        self._opening = threading.Lock()
        self._engine: Engine | None = None
        self._aside: Engine | None = None
        self._written = False

    @property
    def place(self) -> str:
        return self.url.render_as_string(hide_password=True)

    @property
    def conninfo(self) -> str:
        """How libpq is told of it; holds the password."""
        return self.url.set(drivername="postgresql").render_as_string(hide_password=False)

    @property
    def kind(self) -> str:
        with self.read() as connection:
            return f"PostgreSQL {connection.exec_driver_sql('SHOW server_version').scalar_one()}"

    def exists(self) -> bool:
        return True

    def observe(self, observer: Observer) -> None:
        self._observers.append(observer)

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        with self._in_our_words(), self._engine_now().connect() as connection:
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                yield connection

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        if getattr(self._begun, "unit", False):
            raise SystemFailed("a unit of work was begun inside another one", code="nested_write")
        self._begun.unit = True
        try:
            with self._in_our_words(), self._engine_now().begin() as connection:
                yield connection
                commits()
        except BaseException:
            self._begun.unit = False
            self._tell(committed=False)
            raise
        self._begun.unit = False
        self._written = True
        self._tell(committed=True)

    @contextlib.contextmanager
    def alone(self, name: int) -> Iterator[Connection]:
        """A connection aside from those of the units of work, which alone in the world holds the lock `name`.

        It is outside of a transaction, and asks for the lock again and again: whoever waits in the server's queue holds
        a transaction open, and CREATE INDEX CONCURRENTLY waits for that one in turn.
        """
        self._engine_now()
        assert self._aside is not None
        with self._in_our_words(), self._aside.connect() as connection:
            self._ask_for(connection, name)
            try:
                yield connection
            finally:
                if connection.in_transaction():
                    connection.rollback()
                # A connection that broke has lost the lock with it.
                with contextlib.suppress(DBAPIError), connection.begin():
                    connection.exec_driver_sql("SELECT pg_advisory_unlock(%s)", (name,))

    @contextlib.contextmanager
    def turn(self, name: int) -> Iterator[Connection]:
        """One transaction, aside from the units of work, that alone in the world holds the lock `name` to its end.

        Raises:
            Transient: this process stood still for so long that the turn went to others; nothing was written.
        """
        self._engine_now()
        assert self._aside is not None
        with self._in_our_words(), self._aside.begin() as connection:
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (name,))
            try:
                yield connection
            except RemitError:
                # Whoever lost the turn may have judged what others have changed since: that says nothing.
                connection.exec_driver_sql("SELECT 1")
                raise

    def _ask_for(self, connection: Connection, name: int) -> None:
        deadline = time.monotonic() + self._patience_seconds
        while time.monotonic() < deadline:
            with connection.begin():
                if connection.exec_driver_sql("SELECT pg_try_advisory_lock(%s)", (name,)).scalar_one():
                    return
            time.sleep(_PAUSE_SECONDS)
        raise SystemFailed(f"{self.place}: another process has been setting up for too long", code="database_locked")

    def damage(self) -> str:
        """Nothing: the server keeps its own checksums, and reports damage when it reads."""
        with self.read() as connection:
            connection.exec_driver_sql("SELECT 1")
        return ""

    def purge(self, *, compact: bool = False, documents: bool = False) -> bool:
        """Write the keys of subjects anew without those that were deleted; what they had sealed is noise without them.

        With `documents`, theirs too; with `compact`, every table. What the server archives of its log is its operator's
        to let go.
        """
        with self._in_our_words(), self._engine_now().connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            tables = "" if compact else "subject, document, chunk, embedding" if documents else "subject"
            connection.exec_driver_sql(f"VACUUM FULL {tables}")
        return True

    def close(self) -> None:
        if self._engine is None:
            return
        try:
            if self._written:
                for observer in self._observers:
                    observer.closing()
        finally:
            engines, self._engine, self._aside = (self._engine, self._aside), None, None
            for engine in engines:
                if engine is not None:
                    engine.dispose()

    def _tell(self, *, committed: bool) -> None:
        for observer in self._observers:
            observer.ended(committed)

    def _engine_now(self) -> Engine:
        with self._opening:
            if self._engine is None:
                # Aside: a unit of work may wait for the sequencer, which must not wait for a unit of work's connection.
                self._aside = self._made(connections=2)
                self._engine = self._made(self._connections)
            return self._engine

    def _made(self, connections: int) -> Engine:
        return create_engine(
            self.url,
            pool_size=connections,
            max_overflow=0,
            pool_timeout=self._patience_seconds,
            pool_pre_ping=True,
            connect_args=bounded(
                self._stillness_seconds, f"timezone=UTC lock_timeout={int(self._patience_seconds * 1000)}"
            ),
        )

    @contextlib.contextmanager
    def _in_our_words(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            ours = _meaning(error, self.place)
            if ours is None:
                raise
            raise ours from error
        except UnicodeEncodeError as error:
            raise InputError("a text that is not valid Unicode cannot be stored", code="unstorable") from error
        except PoolTimeout as error:
            raise SystemFailed(
                f"all {self._connections} connections to the database are in use",
                code="database_busy",
                mend="try again",
            ) from error


def bounded(seconds: float = STILLNESS_SECONDS, settings: str = "") -> dict[str, Any]:
    """What psycopg is told so that nobody waits for long for a process that stands still, or for a server that is gone.

    The server ends a session that stands still in a transaction, or in the middle of an answer, which no time-out of
    statements ends; and each end notices within about that time that the other one's machine is gone.
    """
    milliseconds, idle, probe = int(seconds * 1000), max(1, int(seconds)), max(1, int(seconds / 5))
    bounds = (
        f"idle_in_transaction_session_timeout={milliseconds} tcp_user_timeout={milliseconds}"
        f" tcp_keepalives_idle={idle} tcp_keepalives_interval={probe} tcp_keepalives_count=5 {settings}"
    )
    return {
        "application_name": "remit",
        "connect_timeout": 10,
        "keepalives_idle": idle,
        "keepalives_interval": probe,
        "keepalives_count": 5,
        "tcp_user_timeout": milliseconds,
        "options": " ".join(f"-c {bound}" for bound in bounds.split()),
    }


def _meaning(error: DBAPIError, place: str) -> SystemFailed | InputError | None:
    """The error in Remit's words; None when it is the caller's to handle (a broken constraint, wrong SQL)."""
    cause = error.orig
    said = str(cause).strip().partition("\n")[0]
    if isinstance(cause, (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)):
        return Transient(
            f"{place}: two units of work stood in each other's way", mend="try again; nothing is half done"
        )
    if isinstance(cause, psycopg.errors.IdleInTransactionSessionTimeout) or "idle-in-transaction timeout" in str(cause):
        return Transient(
            f"{place}: this process stood still for so long that the server ended its unit of work",
            code="stood_still",
            mend="try again; nothing is half done",
        )
    if isinstance(cause, psycopg.errors.LockNotAvailable):
        return SystemFailed(
            f"{place}: another writer has held what is needed for too long",
            code="database_locked",
            mend="let the other process finish, or end it if it hangs",
        )
    if isinstance(cause, psycopg.errors.DiskFull):
        return SystemFailed(
            f"{place}: the disk is full", code="disk_full", mend="free some space and try again; nothing is half done"
        )
    if isinstance(cause, psycopg.errors.ReadOnlySqlTransaction):
        return SystemFailed(
            f"{place}: the database cannot be written", code="database_readonly", mend="connect to the primary server"
        )
    if isinstance(cause, (psycopg.errors.DataCorrupted, psycopg.errors.IndexCorrupted)):
        return Corrupted(
            f"{place}: the database is damaged ({said})", code="database_corrupted", mend="restore a backup"
        )
    if isinstance(cause, psycopg.errors.UndefinedTable):
        return SystemFailed(
            f"{place}: {said}", code="database_outdated", mend="bring the database up to date, or restore a backup"
        )
    if isinstance(cause, psycopg.DataError) and "NUL" in said:
        return InputError("a text with a NUL character cannot be stored", code="unstorable", mend="leave it out")
    if isinstance(cause, (psycopg.OperationalError, psycopg.InterfaceError)):
        return SystemFailed(
            f"{place}: the database cannot be reached: {said}",
            code="database_unreachable",
            mend="see that the server runs, and that REMIT_DATABASE_URL names it; nothing is half done",
        )
    return None
