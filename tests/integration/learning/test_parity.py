"""Features in training, online, batch, snapshot and replay are equal, row for row, on the real credit history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.integration.learning.conftest import ANA, DECISION, FEATURES, PIA, SHIPPED, Bank

from remit.adapters.onnx_model import OnnxOutcomeModel
from remit.learning.train import TrainingRow
from remit.service import train_pack
from remit.service.learning.take_snapshot import take_snapshot
from remit.service.tables import CaseFile

Row = dict[str, tuple[str, Any]]


def typed(features: Mapping[str, Any]) -> Row:
    """What a model reads, with types: 1 and 1.0 and true are three things."""
    return {name: (type(features[name]).__name__, features[name]) for name in FEATURES}


class Fed:
    """What the served model was asked, in order."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rows: list[Row] = []
        answer = OnnxOutcomeModel.probabilities

        def heard(model: OnnxOutcomeModel, features: Mapping[str, Any]) -> dict[str, float]:
            self.rows.append(typed(features))
            return answer(model, features)

        monkeypatch.setattr(OnnxOutcomeModel, "probabilities", heard)

    def since_last(self) -> list[Row]:
        found, self.rows = self.rows, []
        return found


def learnt_from(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> list[Row]:
    """What `remit learn train` gives to the learner."""
    seen: list[TrainingRow] = []

    class Enough(Exception):
        """Nothing more is wanted of it."""

    def learner(rows: list[TrainingRow], *_: Any) -> None:
        seen.extend(rows)
        raise Enough

    monkeypatch.setattr(train_pack, "train", learner)
    with pytest.raises(Enough):
        bank.engine.train(str(bank.pack), ANA)
    return [typed(row.features) for row in seen]


def decided_one_by_one(bank: Bank, count: int) -> list[str]:
    file = CaseFile(SHIPPED / "history.csv", DECISION.contract.record)
    cases = [raw for (_, raw), _ in zip(file.cases(), range(count), strict=False)]
    return [bank.engine.decide(str(bank.pack), raw, ANA)["decision_id"] for raw in cases]


def decided_in_a_batch(bank: Bank, count: int, out: Path) -> list[str]:
    bank.engine.batch(str(bank.pack), SHIPPED / "history.csv", out, ANA, limit=count)
    return [orjson.loads(line)["decision_id"] for line in out.read_bytes().splitlines()]


def recorded(bank: Bank, decision_ids: list[str]) -> Iterator[Row]:
    with bank.engine.services.store.read() as unit:
        found = [unit.decisions.get(each).judgement for each in decision_ids]
    yield from (typed(judgement.choice["features"]) for judgement in found if judgement is not None)


def in_snapshot(bank: Bank) -> dict[str, Row]:
    made, _ = take_snapshot(bank.engine.services, str(bank.pack), PIA)
    files = bank.engine.services.snapshot_files
    assert files is not None
    return {row["decision_id"]: typed(row["features"]) for part in files.rows(made.sha256) for row in part}


@pytest.mark.parametrize("count", [200, pytest.param(1_000, marks=pytest.mark.soak)])
def test_every_path_computes_the_same_features_of_the_same_case(
    bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    training = learnt_from(bank, monkeypatch)
    fed = Fed(monkeypatch)
    ids = decided_one_by_one(bank, count)
    online, served = fed.since_last(), [*recorded(bank, ids)]
    batch_ids = decided_in_a_batch(bank, count, tmp_path / "out.jsonl")
    batch = fed.since_last()
    assert all(bank.engine.replay(each).same for each in ids)
    replayed = fed.since_last()

    assert len(online) >= 0.95 * count
    assert training[: len(online)] == online == served == batch == replayed
    rows = in_snapshot(bank)
    judged = {each: row for some in (ids, batch_ids) for each, row in zip(_judged(bank, some), online, strict=True)}
    assert {each: rows[each] for each in judged} == judged


def _judged(bank: Bank, decision_ids: list[str]) -> list[str]:
    """Those that the data contract let through."""
    with bank.engine.services.store.read() as unit:
        return [each for each in decision_ids if unit.decisions.get(each).judgement is not None]
