"""An engine that has its documents in memory still decides on the newest ones, whoever indexed them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from remit.adapters.memory.embedder import HashingEmbedder
from remit.core.words import Actor
from remit.service.tables import CaseFile
from remit.wiring import Engine

ANA = Actor("ana", roles=("analyst",))
SHIPPED = Path(__file__).parents[2] / "examples" / "packs" / "credit"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "credit"))


def engine(home: Path) -> Engine:
    return Engine(home=home / "home", embedder=HashingEmbedder())


def decided_on(engine: Engine, pack: Path) -> Any:
    """The snapshot of documents that a decision made now rests on."""
    decision = engine.services.decision(engine.services.pack(str(pack)), None)
    _, case = next(iter(CaseFile(pack / "history.csv", decision.contract.record).cases()))
    result = engine.decide(str(pack), case, ANA)
    with engine.store.read() as unit:
        return unit.decisions.get(result["decision_id"]).versions.knowledge_snapshot


def test_a_running_engine_takes_up_what_another_one_indexed(tmp_path: Path, pack: Path) -> None:
    with engine(tmp_path) as running, engine(tmp_path) as other:
        before = decided_on(running, pack)
        (pack / "knowledge" / "purposes.md").unlink()
        indexed = other.index(str(pack), ANA)
        assert decided_on(running, pack) == indexed["snapshot"] != before


def test_changed_files_do_not_count_before_they_are_indexed(tmp_path: Path, pack: Path) -> None:
    with engine(tmp_path) as running:
        before = decided_on(running, pack)
        (pack / "knowledge" / "purposes.md").unlink()
        assert decided_on(running, pack) == before
