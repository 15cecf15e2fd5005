"""What every test may ask for: a database of each kind, the compiled embedding model, and the command, forked."""

from __future__ import annotations

import functools
import itertools
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from remit.adapters.embedding.model import MiniLmEmbedder
from remit.adapters.postgres.database import PostgresDatabase
from remit.adapters.postgres.temporary import TemporaryServer, binaries, temporary_server
from remit.adapters.sql.migrate import migrate

sys.path.insert(0, str(Path(__file__).parent / "forks"))

from alone import alone
from warm import Warm, warm_remit

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.scheduler import LoadScopeScheduling

_numbers = itertools.count(1)
_TEMPLATE = "remit_migrated"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Where tests run side by side: those of a file that share what takes long to make stay in one process.

    xdist's own marks for that (``xdist_group``) do not reach it from pytest 9.2 on. Larger files go first.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByWhatTheyShare(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.split("::")[0]
            return file if _shares(config.rootpath / file) else nodeid

    return ByWhatTheyShare(config, log)


@functools.cache
def _shares(file: Path) -> bool:
    return not {"acceptance", "browser"}.isdisjoint(file.parts) or 'scope="module"' in file.read_text("utf-8")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is marked so, here or in a folder's own conftest, is left to the long run."""
    if "REMIT_SOAK" not in os.environ:
        for item in items:
            if item.get_closest_marker("soak"):
                item.add_marker(pytest.mark.skip(reason="in the long run: make soak"))


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


@pytest.fixture(scope="session")
def models(request: pytest.FixtureRequest, shared: Path) -> Path:
    """The folder of the compiled embedding model."""
    folder = Path(request.config.cache.mkdir("models"))
    with alone(shared / "models.lock"):
        MiniLmEmbedder(folder).embed(["once"])
    return folder


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A folder that all processes of this test run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if hasattr(request.config, "workerinput") else base


@pytest.fixture(scope="session")
def warm() -> Iterator[Warm]:
    """The command without the wait for its imports."""
    # The name of a socket has to be short.
    with tempfile.TemporaryDirectory(prefix="remit-") as folder, warm_remit(Path(folder)) as server:
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
