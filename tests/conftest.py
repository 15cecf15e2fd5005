"""What every test may ask for: a database of each kind that Remit keeps its data in."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from remit.adapters.postgres.database import PostgresDatabase
from remit.adapters.postgres.temporary import TemporaryServer, binaries, temporary_server
from remit.adapters.sql.migrate import migrate

_numbers = itertools.count(1)
_TEMPLATE = "remit_migrated"


@pytest.fixture(scope="session")
def postgres() -> Iterator[TemporaryServer]:
    """A PostgreSQL server on loopback, with one migrated database to copy. Skips loudly where there is none."""
    if binaries() is None:
        pytest.skip("NOTHING OF POSTGRESQL IS TESTED: it is not installed; install Debian's package postgresql-15")
    with temporary_server() as server:
        database = PostgresDatabase(server.create(_TEMPLATE))
        migrate(database)
        database.close()
        yield server


@pytest.fixture
def postgres_url(postgres: TemporaryServer) -> Iterator[str]:
    """A migrated database of its own on the server."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    yield postgres.create(name, template=_TEMPLATE)
    postgres.drop(name)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], str]:
    """The URL of a database of a kind, sqlite or postgres, that this test has for itself."""

    def of_kind(kind: str) -> str:
        if kind == "postgres":
            url: str = request.getfixturevalue("postgres_url")
            return url
        return f"sqlite:///{tmp_path}/remit.db"

    return of_kind
