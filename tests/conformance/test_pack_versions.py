"""What every place that keeps pack versions must do: the SQL one and its twin in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from remit.adapters.memory.store import MemoryPackVersions
from remit.adapters.sql.migrate import migrate
from remit.adapters.sql.store import SqlPackVersions
from remit.core.system import FixedClock
from remit.service.ports import PackVersions
from remit.wiring.backend import open_backend


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def versions(
    request: pytest.FixtureRequest, tmp_path: Path, database_url: Callable[[str], str]
) -> Iterator[PackVersions]:
    if request.param == "memory":
        yield MemoryPackVersions()
        return
    backend = open_backend(database_url(request.param), tmp_path)
    migrate(backend.database)
    yield SqlPackVersions(backend.database, FixedClock(datetime(2026, 3, 1, tzinfo=UTC)))
    backend.close()


def test_a_version_comes_back_as_it_was_kept(versions: PackVersions) -> None:
    versions.keep("sha1", "desk", "1.0.0", "/packs/desk", b"zip one")
    versions.keep("sha2", "desk", "1.1.0", None, b"zip two")
    assert (versions.find("sha1"), versions.find("sha2")) == (("/packs/desk", b"zip one"), (None, b"zip two"))


def test_a_version_is_kept_once(versions: PackVersions) -> None:
    versions.keep("sha1", "desk", "1.0.0", "/packs/desk", b"zip one")
    versions.keep("sha1", "desk", "1.0.0", "/elsewhere", b"another")
    assert versions.find("sha1") == ("/packs/desk", b"zip one")


def test_what_was_never_kept_is_not_found(versions: PackVersions) -> None:
    assert versions.find("sha1") is None
