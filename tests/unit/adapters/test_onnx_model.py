"""Trained proposers: the exact bytes that the pack names, answering as scikit-learn did."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from remit.adapters.onnx_model import OnnxOutcomeModel
from remit.core.canonical import sha256_hex
from remit.core.errors import SystemFailed
from remit.learning import train as learning
from remit.learning.outcome_models import table_of
from remit.learning.train import TrainedModel, TrainingRow, train
from remit.packs.admit import admit
from remit.packs.files import read_folder
from remit.packs.load import load_pack
from remit.packs.pack import Decision, card_name
from remit.service.tables import CaseFile

PACKS = Path(__file__).parents[3] / "examples" / "packs"
ROWS = {"credit": 1_000, "quality": 1_941, "receivables": 1_200}


def served(data: bytes, card: dict[str, Any], **changed: Any) -> OnnxOutcomeModel:
    features = card["features"]
    given = {"sha256": card["sha256"], "outcomes": card["outcomes"], **features, **changed}
    return OnnxOutcomeModel(data, **given)


class Shipped:
    """One shipped pack: its model as it lies there, and one trained now from the pack's history."""

    def __init__(self, name: str) -> None:
        self.pack = load_pack(read_folder(PACKS / name))
        (self.decision,) = self.pack.decisions.values()
        self.rows = history(self.decision, PACKS / name / "history.csv")
        assert self.decision.model is not None
        contents = self.pack.files.contents
        self.card = orjson.loads(contents[card_name(self.decision.model.file)])
        self.model = served(contents[self.decision.model.file], self.card)
        self.fitted: Any = None
        export = learning.onnx_of

        def keep(pipeline: Any, *rest: Any) -> bytes:
            self.fitted = pipeline
            return export(pipeline, *rest)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(learning, "onnx_of", keep)
            self.trained = self.train()

    def train(self) -> TrainedModel:
        decision = self.decision
        return train(self.rows, decision.model_features, decision.outcome.values, decision.name)


def history(decision: Decision, file: Path) -> list[TrainingRow]:
    cases = CaseFile(file, decision.contract.record)
    outcomes = cases.outcomes(decision.outcome.name)
    rows = []
    for (_, raw), outcome in zip(cases.cases(), outcomes, strict=True):
        admission = admit(decision, raw)
        assert outcome is not None
        if admission.quality != "quarantined":
            features = decision.features_of(admission.case)
            rows.append(TrainingRow({name: features[name] for name in decision.model_features}, outcome))
    return rows


@pytest.fixture(scope="module", params=["credit", "quality", "receivables"])
def shipped(request: pytest.FixtureRequest) -> Shipped:
    return Shipped(request.param)


def test_a_shipped_model_answers_as_scikit_learn_does_on_every_row(shipped: Shipped) -> None:
    numbers, texts = (shipped.card["features"][kind] for kind in ("numbers", "texts"))
    wanted = shipped.fitted.predict_proba(table_of([row.features for row in shipped.rows], numbers, texts))
    got = [list(shipped.model.probabilities(row.features).values()) for row in shipped.rows]
    assert len(got) > 0.9 * ROWS[shipped.pack.name]
    assert np.abs(np.array(got) - wanted).max() < 1e-4


def test_a_shipped_model_is_what_training_gives(shipped: Shipped) -> None:
    told = ("data_sha256", "features", "outcomes", "rows", "rows_held_out", "seed", "kind")
    assert {name: shipped.trained.card[name] for name in told} == {name: shipped.card[name] for name in told}
    again = served(shipped.trained.onnx, shipped.trained.card)
    for row in random.Random(1).sample(shipped.rows, 200):
        assert again.probabilities(row.features) == pytest.approx(shipped.model.probabilities(row.features), abs=1e-4)


def test_protected_attributes_are_never_among_the_features(shipped: Shipped) -> None:
    assert not set(shipped.decision.protected) & set(shipped.decision.model_features)


def test_probabilities_are_one_for_each_outcome_and_sum_to_one(shipped: Shipped) -> None:
    probabilities = shipped.model.probabilities(shipped.rows[0].features)
    assert tuple(probabilities) == shipped.decision.outcome.values
    assert sum(probabilities.values()) == pytest.approx(1.0, abs=1e-6)


@pytest.fixture(scope="module")
def small() -> TrainedModel:
    """A small model over one number and one text."""
    chance = random.Random(1)
    rows = [
        TrainingRow({"n": (n := chance.uniform(0, 9)), "t": chance.choice("ab")}, "true" if n > 4 else "false")
        for _ in range(150)
    ]
    return train(rows, ("n", "t"), ("true", "false"), "small")


def test_bytes_with_another_hash_are_refused(small: TrainedModel) -> None:
    with pytest.raises(SystemFailed, match="but the pack pins 000000000000") as raised:
        served(small.onnx, small.card, sha256="0" * 64)
    assert raised.value.code == "model_hash"


@pytest.mark.parametrize("damage", [b"", b"no model", None])
def test_bytes_that_are_no_model_are_refused(small: TrainedModel, damage: bytes | None) -> None:
    data = small.onnx[: len(small.onnx) // 2] if damage is None else damage
    with pytest.raises(SystemFailed, match="cannot be loaded") as raised:
        served(data, small.card, sha256=sha256_hex(data))
    assert raised.value.code == "model_broken"


def test_a_word_that_was_never_seen_is_no_failure(small: TrainedModel) -> None:
    assert served(small.onnx, small.card).probabilities({"n": 9.0, "t": "new"})["true"] > 0.5


@pytest.mark.parametrize(
    ("features", "changed"),
    [
        ({"n": 1e300, "t": "a"}, {}),
        ({"n": 1.0, "t": "a"}, {"outcomes": ["true", "false", "maybe"]}),
        ({"n": 1.0, "t": "a"}, {"numbers": []}),
        ({"n": 1.0, "t": "a"}, {"numbers": ["n", "n"]}),
    ],
)
def test_a_model_that_cannot_answer_is_a_clear_failure(
    small: TrainedModel, features: dict[str, Any], changed: dict[str, Any]
) -> None:
    with pytest.raises(SystemFailed) as raised:
        served(small.onnx, small.card, **changed).probabilities(features)
    assert raised.value.code == "model_failed"
