"""A data folder with an engine whose clock stands still, and whom the tests are about."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.integration.conftest import NOW

from remit.core.system import FixedClock, SeededRandom
from remit.core.words import Actor
from remit.settings import Settings
from remit.wiring import Engine

ADA = Actor("ada", roles=("admin",))


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def engine(tmp_path: Path, clock: FixedClock) -> Iterator[Engine]:
    with Engine(Settings(home=tmp_path / "home"), clock=clock, chance=SeededRandom(1)) as opened:
        yield opened


@pytest.fixture
def events(engine: Engine) -> Callable[[str], list[dict[str, Any]]]:
    """What was recorded under a word such as ``key.``, in order: the type, who did it, and the substance."""

    def of(prefix: str) -> list[dict[str, Any]]:
        with engine.ledger.snapshot() as snapshot:
            records = [json.loads(entry.body) for entry in snapshot.entries]
        return [
            {"type": each["type"], "by": each["actor"]["id"], **each.get("body", {})}
            for each in records
            if each["type"].startswith(prefix)
        ]

    return of
