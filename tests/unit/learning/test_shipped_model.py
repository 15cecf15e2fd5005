"""What a model of the shipped credit data is worth: beside simpler ones, by feature, offline and by what it earns."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import spearmanr

from remit.adapters.onnx_model import OnnxOutcomeModel
from remit.agents.brains.declared import DeclaredBrain
from remit.learning.train import TrainedModel, TrainingRow, train
from remit.packs.admit import admit
from remit.packs.files import read_folder
from remit.packs.load import load_pack
from remit.service.tables import CaseFile

FOLDER = Path(__file__).parents[3] / "examples" / "packs" / "credit"
DECISION = load_pack(read_folder(FOLDER)).decisions["credit.application"]
LATER = 200
"""So many of the cases are decided, and never learnt from."""
Decider = Callable[[Mapping[str, Any]], str]


@pytest.fixture(scope="module")
def cases() -> list[tuple[dict[str, Any], str]]:
    """The real history, in an order by lot: the case as it is admitted, and what became of it."""
    file = CaseFile(FOLDER / "history.csv", DECISION.contract.record)
    known = zip(file.cases(), file.outcomes(DECISION.outcome.name), strict=True)
    found = [(admit(DECISION, raw).case, str(outcome)) for (_, raw), outcome in known]
    random.Random(5).shuffle(found)
    return found


@pytest.fixture(scope="module")
def rows(cases: list[tuple[dict[str, Any], str]]) -> list[TrainingRow]:
    seen = [(DECISION.features_of(case), outcome) for case, outcome in cases[LATER:]]
    return [TrainingRow({name: every[name] for name in DECISION.model_features}, outcome) for every, outcome in seen]


def learnt(rows: Sequence[TrainingRow]) -> TrainedModel:
    return train(rows, DECISION.model_features, DECISION.outcome.values, DECISION.name)


def deciding(model: TrainedModel | None) -> Decider:
    served = model and OnnxOutcomeModel(
        model.onnx, sha256=model.sha256, outcomes=model.card["outcomes"], **model.card["features"]
    )
    brain = DeclaredBrain(served)
    return lambda case: brain.propose(DECISION, case, ()).action


def earned(decide: Decider, cases: Sequence[tuple[dict[str, Any], str]]) -> float:
    """The mean reward over the later cases."""
    return float(np.mean([DECISION.rewards_under(case, outcome)[decide(case)] for case, outcome in cases[:LATER]]))


def test_nothing_simpler_earns_as_much(cases: list[tuple[dict[str, Any], str]], rows: list[TrainingRow]) -> None:
    simpler: list[Decider] = [deciding(None), *(lambda _, action=action: action for action in DECISION.actions)]
    assert earned(deciding(learnt(rows)), cases) > max(earned(each, cases) for each in simpler)


def test_what_is_better_offline_earns_more(cases: list[tuple[dict[str, Any], str]], rows: list[TrainingRow]) -> None:
    # The same rows with ever more labels by lot: models from good to useless.
    models = [learnt(_noisy(rows, share)) for share in (0.0, 0.4, 0.7, 0.9, 1.0)]
    offline = [_log_loss(model, rows[:150]) for model in models]
    online = [earned(deciding(model), cases) for model in models]
    assert spearmanr(offline, online).statistic < -0.7


@pytest.mark.parametrize("name", DECISION.model_features)
def test_no_feature_makes_the_model_worse(name: str, rows: list[TrainingRow], whole: list[float]) -> None:
    without = _held_out([{key: each for key, each in row.features.items() if key != name} for row in rows], rows)
    more = np.array(whole) - np.array(without)
    assert more.mean() < 2 * more.std(ddof=1) / np.sqrt(len(more)), "the loss without it is smaller, beyond chance"


@pytest.fixture(scope="module")
def whole(rows: list[TrainingRow]) -> list[float]:
    return _held_out([dict(row.features) for row in rows], rows)


def _noisy(rows: Sequence[TrainingRow], share: float) -> list[TrainingRow]:
    chance = random.Random(3)
    labels = [row.outcome for row in rows]
    return [
        TrainingRow(row.features, chance.choice(labels) if chance.random() < share else row.outcome) for row in rows
    ]


def _log_loss(model: TrainedModel, rows: Sequence[TrainingRow]) -> float:
    """Over the rows whose labels are true, as the card would say it of them."""
    served = OnnxOutcomeModel(
        model.onnx, sha256=model.sha256, outcomes=model.card["outcomes"], **model.card["features"]
    )
    return float(-np.mean([np.log(max(1e-9, served.probabilities(row.features)[row.outcome])) for row in rows]))


def _held_out(features: Sequence[dict[str, Any]], rows: Sequence[TrainingRow]) -> list[float]:
    """The log loss of each row by a model of the shipped kind that has not seen its third of the rows."""
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import MaxAbsScaler

    wanted = np.array([row.outcome == "true" for row in rows])
    model = make_pipeline(DictVectorizer(), MaxAbsScaler(), LogisticRegression(C=0.5, solver="liblinear"))
    table = [{key: float(each) if isinstance(each, bool) else each for key, each in row.items()} for row in features]
    told = cross_val_predict(model, table, wanted, cv=3, method="predict_proba")[:, 1]
    return list(-np.log(np.clip(np.where(wanted, told, 1 - told), 1e-9, 1.0)))
