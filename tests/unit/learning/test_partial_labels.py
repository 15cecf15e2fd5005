"""Models that learn from what can have been: as well as from labels where those are told, and nothing from nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from remit.learning.strategies.hybrid import Hybrid
from remit.learning.strategies.partial_labels import Boosted, Linear, foretold
from remit.learning.strategies.strategy import UNKNOWN, Cases, Experience

CHANCE = np.random.default_rng(11)
TABLE = CHANCE.normal(size=(300, 3)).astype(np.float32)
LABEL = (TABLE[:, 0] > 0).astype(np.int64) + (TABLE[:, 1] > 0.5)
KNOWN = np.eye(3)[LABEL]
models = pytest.mark.parametrize("make", [lambda: Boosted(1, trees=30), Linear], ids=["boosted", "linear"])


def told(make: Callable[[], Any], possible: Any) -> Any:
    model = make()
    model.learn(TABLE, possible)
    return model.outcomes(TABLE)


@models
def test_what_is_known_not_to_be_teaches_what_is(make: Callable[[], Any]) -> None:
    """Each row rules out one outcome that it is not, and a third of them both."""
    possible = KNOWN.copy()
    possible[np.arange(300), CHANCE.integers(0, 3, 300)] = 1.0
    assert (told(make, possible).argmax(axis=1) == LABEL).mean() > 0.7


@models
def test_where_everything_is_possible_nothing_is_learnt(make: Callable[[], Any]) -> None:
    assert told(make, np.ones((300, 3))) == pytest.approx(1 / 3, abs=1e-3)


@models
def test_a_few_rows_of_one_kind_are_no_error(make: Callable[[], Any]) -> None:
    model = make()
    model.learn(np.zeros((80, 2), np.float32), np.tile([1.0, 0.0], (80, 1)))
    [said] = model.outcomes(np.zeros((1, 2), np.float32))
    assert said[0] > 0.9


def test_no_row_counts_for_less_than_one_in_a_thousand() -> None:
    assert foretold(np.array([[1.0, 0.0], [0.5, 0.5]]), np.array([[0.0, 1.0], [1.0, 0.0]])) == pytest.approx(
        np.log(0.001) + np.log(0.5)
    )


@pytest.mark.parametrize(
    ("outcome", "better"),
    [(TABLE[:, 0] + TABLE[:, 1] + TABLE[:, 2] > 0, 1), ((TABLE[:, 0] > 0) != (TABLE[:, 1] > 0), 0)],
    ids=["linear", "crossed"],
)
def test_what_foretells_better_counts_more(outcome: Any, better: int) -> None:
    worth = np.broadcast_to(np.eye(2), (300, 2, 2))
    cases = Cases(TABLE, np.ones((300, 2), np.bool_), worth)
    ours = Hybrid(1)
    for rows in np.split(np.arange(300), 5):
        seen = np.full(60, UNKNOWN)
        action = np.zeros(60, np.int64)
        ours.learn(Experience(cases.of(rows), action, np.ones(60), (~outcome[rows]).astype(np.float64), seen))
    assert ours.weights[better] > 0.8
