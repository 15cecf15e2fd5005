"""The desk of the integration tests behind HTTP: the real application on a real engine, called in this process."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.integration.conftest import NOW, PACK

from remit.adapters.memory.embedder import HashingEmbedder
from remit.adapters.memory.vectors import MemoryVectorIndex
from remit.api.app import create_app
from remit.core.errors import Unauthenticated
from remit.core.system import FixedClock, SeededRandom
from remit.identity.principal import Principal
from remit.settings import Settings
from remit.wiring import Engine

PEOPLE = {
    "shop": Principal("shop", "app", ("app", "clerk"), "key-shop"),
    "till": Principal("till", "app", ("app", "clerk"), "key-till"),
    "ana": Principal("ana", "user", ("analyst", "clerk"), "key-ana"),
    "olaf": Principal("olaf", "user", ("reviewer", "officer"), "key-olaf"),
    "adam": Principal("adam", "user", ("admin",), "key-adam"),
}


class Known:
    """An authenticator that knows a few people by their names."""

    def by_key(self, presented: str) -> Principal:
        if presented not in PEOPLE:
            raise Unauthenticated("nobody holds this key")
        return PEOPLE[presented]

    by_session = by_key


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An engine that finds the desk's pack by its name."""
    shutil.copytree(PACK, tmp_path / "packs" / "desk")
    settings = Settings(home=tmp_path / "home", packs=tmp_path / "packs")
    with Engine(settings, clock=FixedClock(NOW), chance=SeededRandom(1), embedder=HashingEmbedder()) as opened:
        opened.services.parts.__dict__["_index"] = MemoryVectorIndex()
        yield opened


@pytest.fixture
def anyone(engine: Engine) -> Iterator[TestClient]:
    """A client that says nothing of who is asking."""
    with TestClient(create_app(engine, Known()), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def shop(anyone: TestClient) -> TestClient:
    """A business app's client."""
    anyone.headers["Authorization"] = "Bearer shop"
    return anyone
