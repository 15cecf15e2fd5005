"""An engine on an empty data folder, with the memory embedder and a clock that stands still."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from remit.adapters.memory.embedder import HashingEmbedder
from remit.core.system import FixedClock
from remit.core.words import Actor
from remit.settings import Settings
from remit.wiring import Engine

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with Engine(Settings(home=tmp_path / "home"), clock=FixedClock(NOW), embedder=HashingEmbedder()) as opened:
        yield opened


@pytest.fixture
def ledger(engine: Engine, tmp_path: Path) -> Callable[[], list[str]]:
    """The ledger's events as they stand, one JSON text each."""

    def read() -> list[str]:
        engine.export_ledger(tmp_path / "export")
        return (tmp_path / "export" / "events.jsonl").read_text().splitlines()

    return read


@pytest.fixture
def ana() -> Actor:
    return Actor("ana", roles=("analyst",))


@pytest.fixture
def pack(write_pack: Callable[..., Path]) -> str:
    """The folder of the small pack."""
    return str(write_pack())
