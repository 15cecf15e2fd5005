"""The desk of the integration tests behind HTTP: the real application on a real engine, called in this process."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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
    "otto": Principal("otto", "user", ("reviewer", "officer"), "key-otto"),
    "rita": Principal("rita", "user", ("reviewer",), "key-rita"),
    "paul": Principal("paul", "user", ("policy_author",), "key-paul"),
    "pia": Principal("pia", "user", ("policy_author",), "key-pia"),
    "alba": Principal("alba", "user", ("auditor",), "key-alba"),
    "adam": Principal("adam", "user", ("admin",), "key-adam"),
}


_QUESTIONS: dict[str, bytes] = {}
"""What recognises questions, as the first desk whose chat was asked has kept it: it takes long to make."""


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
    with desk_engine(tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A client of a desk that the tests of a file share, as long as none of them minds what another did."""
    with (
        desk_engine(tmp_path_factory.mktemp("shared")) as opened,
        TestClient(create_app(opened, Known()), raise_server_exceptions=False) as client,
    ):
        yield client


@contextlib.contextmanager
def desk_engine(folder: Path, **settled: Any) -> Iterator[Engine]:
    """An engine in a folder of its own, with the desk's pack beside its data, and these settings."""
    shutil.copytree(PACK, folder / "packs" / "desk")
    settings = Settings(home=folder / "home", packs=folder / "packs", **settled)
    questions = folder / "home" / "models" / "questions"
    for name, data in _QUESTIONS.items():
        questions.mkdir(parents=True, exist_ok=True)
        (questions / name).write_bytes(data)
    with Engine(settings, clock=FixedClock(NOW), chance=SeededRandom(1), embedder=HashingEmbedder()) as opened:
        opened.services.parts.__dict__["_index"] = MemoryVectorIndex()
        yield opened
    _QUESTIONS.update({file.name: file.read_bytes() for file in questions.glob("*.npz")})


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
