"""Which database stands behind Remit, and the parts that go with it: SQLite on one machine, PostgreSQL for many."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import Connection

from remit.adapters.sql.ports import SqlDatabase
from remit.adapters.sql.urls import parsed_url
from remit.core.errors import SystemFailed
from remit.core.ports import Clock, Ids
from remit.ledger.note import Signer
from remit.ledger.ports import CheckpointSink, LedgerLog
from remit.service.ports import Fences

if TYPE_CHECKING:
    from remit.adapters.checkpoints import PausedRuns
    from remit.adapters.dbos.queue import DbosQueue
    from remit.adapters.postgres.checkpoints import PostgresPausedRuns

    Paused = PausedRuns | PostgresPausedRuns


class MakeLedger(Protocol):
    """Makes the ledger; see `SqlLedger` and `PostgresLedger` for the arguments."""

    def __call__(
        self,
        signer: Signer,
        sink: CheckpointSink,
        clock: Clock,
        ids: Ids,
        signer_of: Callable[[bytes], Signer] | None = None,
    ) -> LedgerLog[Connection]: ...


@dataclass(frozen=True)
class Backend:
    """A database and what depends on its kind. `ledger` is to be made once; `paused` opens LangGraph's checkpoints.

    `queue` opens the queue of work, and brings DBOS with it.
    """

    database: SqlDatabase
    ledger: MakeLedger
    fences: Fences
    paused: Callable[[], Paused]
    queue: Callable[[], DbosQueue]
    close: Callable[[], None]


def open_backend(url: str, home: Path) -> Backend:
    """The backend of a database's URL. Nothing is reached before it is used.

    Raises:
        InputError: the URL names no database that Remit knows.
        SystemFailed: PostgreSQL is wanted, and its driver is not installed.
    """
    return _postgres(url) if parsed_url(url).get_backend_name() == "postgresql" else _sqlite(url, home)


def _sqlite(url: str, home: Path) -> Backend:
    from remit.adapters.fences import FileFences
    from remit.adapters.sql.database import Database
    from remit.adapters.sql.ledger import SqlLedger

    database = Database(url)

    def paused() -> Paused:
        from remit.adapters.checkpoints import PausedRuns

        return PausedRuns(home / "checkpoints.db")

    return Backend(
        database=database,
        ledger=functools.partial(SqlLedger, database),
        fences=FileFences(home / "locks"),
        paused=paused,
        queue=lambda: _queue(f"sqlite:///{home / 'queue.db'}"),
        close=database.close,
    )


def _postgres(url: str) -> Backend:
    try:
        from remit.adapters.postgres.database import PostgresDatabase
        from remit.adapters.postgres.fences import PostgresFences
        from remit.adapters.postgres.ledger import PostgresLedger
    except ImportError as error:
        raise SystemFailed(
            f"PostgreSQL's driver is not installed: {error}", code="driver", mend="pip install 'remit[postgres]'"
        ) from error
    database = PostgresDatabase(url)
    fences = PostgresFences(database)

    def paused() -> Paused:
        from remit.adapters.postgres.checkpoints import PostgresPausedRuns

        return PostgresPausedRuns(database)

    def close() -> None:
        fences.close()
        database.close()

    return Backend(
        database=database,
        ledger=functools.partial(PostgresLedger, database),
        fences=fences,
        paused=paused,
        queue=lambda: _queue(database.url.render_as_string(hide_password=False)),
        close=close,
    )


def _queue(url: str) -> DbosQueue:
    from remit.adapters.dbos.queue import DbosQueue

    return DbosQueue(url)
