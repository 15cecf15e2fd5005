"""Bring a database to the tables that this Remit knows."""

from __future__ import annotations

from sqlalchemy import Connection, inspect, text

from remit.adapters.sql.locks import take_turns
from remit.adapters.sql.migrations import HEAD
from remit.adapters.sql.ports import SqlDatabase
from remit.core.errors import SystemFailed


def migrate(database: SqlDatabase) -> None:
    """Create the database, or bring it up to date, in one transaction; nothing is done when it is.

    Asking costs two SELECTs; Alembic is imported only when there is something to do.

    Raises:
        SystemFailed: the database is newer than this Remit, or it cannot be opened or written.
        Corrupted: the file is damaged or is no database.
    """
    if database.exists():
        with database.read() as connection:
            if _version(connection) == HEAD:
                return
    with database.write() as connection:
        take_turns(connection, ["migrate"])
        version = _version(connection)
        if version != HEAD:
            _upgrade(connection, version, database)


def hold_writable(database: SqlDatabase) -> None:
    """Hold that a unit of work could be written now, in the tables that this Remit knows. Nothing is.

    Raises:
        SystemFailed: the database cannot be reached or written, or has other tables by now.
        Corrupted: it is damaged.
    """
    with database.write() as connection:
        # The lock is refused where nothing may be written; SQLite has said so at the beginning of the transaction.
        lock = "" if connection.dialect.name == "sqlite" else " FOR UPDATE"
        version = connection.execute(text(f"SELECT version_num FROM alembic_version{lock}")).scalar()
    if version != HEAD:
        raise SystemFailed(
            f"{database.place} has tables of version {version}; this Remit works on those of {HEAD}",
            code="database_newer",
            mend="start the Remit that fits them",
        )


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(connection: Connection, version: str | None, database: SqlDatabase) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", "remit.adapters.sql:migrations")
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if version is not None and version not in known:
        raise SystemFailed(
            f"{database.place} has tables of version {version}; this Remit knows them up to {HEAD}",
            code="database_newer",
            mend="use a newer Remit, or another home folder",
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
