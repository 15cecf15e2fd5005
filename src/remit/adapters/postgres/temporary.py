"""A PostgreSQL server of one's own: on loopback, in a folder of its own, gone when the block ends.

For tests, benchmarks and trying things out, from the server that Debian's package `postgresql-15` installs.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from remit.core.errors import SystemFailed

USER = "postgres"
"""The server refuses to run as root; then it runs as this account, which Debian's package makes."""


def binaries() -> Path | None:
    """The folder of the newest server installed here; None when there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("postgres")
    return Path(on_path).resolve().parent if on_path else None


@dataclass(frozen=True)
class TemporaryServer:
    """A running server."""

    folder: Path
    port: int
    _bin: Path

    def url(self, database: str = "postgres") -> str:
        return f"postgresql+psycopg://{USER}@127.0.0.1:{self.port}/{database}"

    def create(self, database: str, *, template: str = "template1") -> str:
        """Make a database, empty or as a copy of another one that nobody uses; gives its URL."""
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self._run(statement.format(sql.Identifier(database), sql.Identifier(template)))
        return self.url(database)

    def drop(self, database: str) -> None:
        """Remove a database, whoever is still connected to it."""
        self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))

    def restart(self, mode: str = "immediate") -> None:
        """Stop the server as a crash would (`immediate`), or in order (`fast`), and start it again."""
        _call(self._bin, "pg_ctl", "restart", "-D", self.folder / "data", "-m", mode, "-w", "-l", self.folder / "log")

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(f"host=127.0.0.1 port={self.port} user={USER} dbname=postgres", autocommit=True) as link:
            link.execute(statement)


@contextlib.contextmanager
def temporary_server(*, durable: bool = False, max_connections: int = 200) -> Iterator[TemporaryServer]:
    """Start a server for the block.

    Args:
        durable: wait for the disk at each commit, as in production. Without it, commits survive a crash of the
            server, but not of the machine.

    Raises:
        SystemFailed: there is no server installed here, or it does not start; with what it said.
    """
    here = binaries()
    if here is None:
        raise SystemFailed("PostgreSQL is not installed here", mend="install Debian's package postgresql-15")
    folder = Path(tempfile.mkdtemp(prefix="remit-postgres-"))
    if os.geteuid() == 0:
        account = pwd.getpwnam(USER)
        os.chown(folder, account.pw_uid, account.pw_gid)
    data = folder / "data"
    server = TemporaryServer(folder, _free_port(), here)
    settings = {
        "port": server.port,
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "max_connections": max_connections,
        "fsync": "on" if durable else "off",
    }
    try:
        _call(here, "initdb", "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        with (data / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
        _call(here, "pg_ctl", "start", "-D", data, "-w", "-l", folder / "log")
        yield server
    finally:
        with contextlib.suppress(SystemFailed):
            _call(here, "pg_ctl", "stop", "-D", data, "-m", "immediate", "-w")
        shutil.rmtree(folder, ignore_errors=True)


def _call(here: Path, program: str, *arguments: str | Path) -> None:
    as_account = ["runuser", "-u", USER, "--"] if os.geteuid() == 0 else []
    command = [*as_account, str(here / program), *map(str, arguments)]
    # Its output goes to a file: the server inherits it and would hold a pipe open for as long as it lives.
    with tempfile.TemporaryFile() as said:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, check=False, cwd="/", start_new_session=True
        )
        if done.returncode != 0:
            said.seek(0)
            raise SystemFailed(f"{program} failed: {said.read().decode('utf-8', 'replace').strip()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
