"""Strategies compete on equal rows; the winner answers as ONNX what it answered when it was judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from remit.adapters.onnx_model import OnnxOutcomeModel
from remit.core.canonical import sha256_hex
from remit.core.errors import InputError
from remit.learning.competition import Competition, Lessons, compete, fairness_of, score_json
from remit.learning.outcome_models import model_named, table_of
from remit.learning.train import TrainingRow

History = Callable[..., list[TrainingRow]]
FEATURES, THREE = ("amount", "late", "purpose"), ("low", "middle", "high")
EARNED = np.eye(3)
"""Naming the outcome earns 1."""


def lessons(rows: list[TrainingRow]) -> Lessons:
    count = len(rows)
    return Lessons(
        features=[row.features for row in rows],
        outcome=np.array([THREE.index(row.outcome) for row in rows]),
        worth=np.broadcast_to(EARNED, (count, 3, 3)),
        action=np.arange(count) % 3,
        propensity=np.full(count, 1 / 3),
        groups={"house": [str(row.features["purpose"]) for row in rows]},
    )


def won(history: History, *names: str) -> Competition:
    return compete(lessons(history(outcomes=THREE)), FEATURES, THREE, names, "loan.small", 1)


@pytest.mark.parametrize("name", ["logistic", "forest", "random_trees", "lightgbm"])
def test_what_is_served_says_what_was_judged(history: History, name: str) -> None:
    rows, found = lessons(history(outcomes=THREE)), won(history, name)
    served = OnnxOutcomeModel(
        found.onnx, sha256=sha256_hex(found.onnx), numbers=found.numbers, texts=found.texts, outcomes=THREE
    )
    table = table_of(rows.features, found.numbers, found.texts)
    learnt = model_named(name, len(found.numbers), len(found.texts), 1).fit(table, rows.outcome)
    wanted = found.calibration.of(learnt.predict_proba(table[:40]))
    said = [[*served.probabilities(row).values()] for row in rows.features[:40]]
    assert np.allclose(said, wanted, atol=1e-5)


def test_the_same_rows_and_seed_give_the_same_bytes_and_another_seed_others(history: History) -> None:
    rows = lessons(history(outcomes=THREE))
    first, again, other = (compete(rows, FEATURES, THREE, ("forest",), "loan.small", seed).onnx for seed in (1, 1, 2))
    assert first == again != other


def test_the_yardstick_is_scored_and_never_wins(history: History) -> None:
    found = won(history, "logistic", "vowpal")
    assert (found.winner, [each.strategy for each in found.scores]) == ("logistic", ["logistic", "vowpal"])
    told = score_json(found.scores[1], found.scores[0], 1)
    assert (told["can_be_served"], "log_loss" in told) == (False, False)


def test_a_score_has_an_interval_and_its_distance_to_the_winner(history: History) -> None:
    best, other = won(history, "logistic", "forest").scores
    told: dict[str, Any] = score_json(other, best, 1)
    low, high = map(float, told["interval"])
    assert low < float(told["value"]) < high
    assert float(told["to_the_winner"]) == pytest.approx(other.values.mean() - best.values.mean(), abs=1e-4)


def test_equal_cases_are_judged_together_so_none_is_learnt_by_heart(history: History) -> None:
    rows = history(150, outcomes=THREE)
    doubled = compete(lessons([*rows, *rows]), FEATURES, THREE, ("forest",), "loan.small", 1)
    assert doubled.scores[0].values.mean() < 0.95


def test_a_favoured_group_is_seen(history: History) -> None:
    rows = lessons(history(outcomes=THREE))
    proposed = np.array([0 if group == "car" else 1 for group in rows.groups["house"]])
    (told,) = fairness_of(rows, proposed)
    assert (told["refuses"], told["impact_ratio"]) == (True, 0.0)


def test_too_little_is_refused(history: History) -> None:
    rows = history(outcomes=THREE)
    with pytest.raises(InputError, match="99 rows are too few"):
        compete(lessons(rows[:99]), FEATURES, THREE, ("forest",), "loan.small", 1)
    lonely = [replace(row, outcome="low" if number else "high") for number, row in enumerate(rows)]
    with pytest.raises(InputError, match="to judge by: middle"):
        compete(lessons(lonely), FEATURES, THREE, ("forest",), "loan.small", 1)
