"""What the tables' code asks of a database: units of work that read, and units of work that write."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import Connection


class Observer(Protocol):
    """Is told how units of work end. Must not raise when it is told of an end."""

    def unit_ended(self, kept: bool) -> None:
        """A unit of work of this thread has ended, and is to be committed, or was rolled back."""
        ...

    def committing(self, connection: Connection) -> None:
        """What was kept is about to be committed; this can still write, and may raise: then nothing is committed."""
        ...

    def ended(self, committed: bool) -> None:
        """What was kept since the last time was committed (and is durable) or was rolled back."""
        ...

    def closing(self) -> None:
        """The database, which was written to, is about to be closed."""
        ...


class SqlDatabase(Protocol):
    """A database, SQLite's or PostgreSQL's. Both speak SQLAlchemy Core."""

    @property
    def place(self) -> str:
        """Where it is, for people: never with a password."""
        ...

    @property
    def kind(self) -> str:
        """What it is, with its version."""
        ...

    def exists(self) -> bool:
        """Whether there is something to read from yet."""
        ...

    def read(self) -> AbstractContextManager[Connection]:
        """A connection for reading: one snapshot for the whole block, and nothing can be written through it.

        Raises:
            SystemFailed: the database is missing, locked or unreachable.
            Corrupted: it is damaged.
        """
        ...

    def write(self) -> AbstractContextManager[Connection]:
        """One unit of work: committed and durable when the block ends, as if it never was when the block raises.

        Raises:
            SystemFailed: the disk is full or read-only, the server is gone, or another writer took too long.
            Transient: two units of work stood in each other's way; the same one may succeed when tried again.
            Corrupted: it is damaged.
            sqlalchemy.exc.IntegrityError: the block broke a constraint; it is the caller's to understand.
        """
        ...

    def observe(self, observer: Observer) -> None:
        """Tell `observer` how every unit of work of this process ends."""
        ...

    def damage(self) -> str:
        """What the database's own check finds wrong with it; empty when it is in order."""
        ...

    def purge(self, *, compact: bool = False, documents: bool = False) -> bool:
        """Leave nothing of deleted rows behind that could be read; `compact` where old rows were never sealed.

        Documents are not sealed: say `documents` when some were deleted.

        Returns:
            False when somebody who reads keeps it from being done.
        """
        ...

    def close(self) -> None:
        """Tell the observers and close every connection. The next use opens anew."""
        ...
