"""Models of the outcome that learn from what can have been: for each row, which outcomes agree with what was seen.

The likelihood of a row is the sum of the probabilities of its possible outcomes (Jin and Ghahramani, Learning with
multiple labels, NIPS 2002; Cour, Sapp and Taskar, JMLR 2011). With p what the model says and q the same within what is
possible, its gradient by the scores of a softmax is q - p: as in expectation maximisation, in one step. A row of which
the outcome is known is an ordinary label; one of which everything is possible teaches nothing.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import ndtri

from remit.learning.strategies.strategy import Floats

Table = NDArray[np.float32]
SMALLEST = 1e-12


class Boosted:
    """Trees by LightGBM, boosted on that likelihood; learnt anew when so large a share of the rows is new.

    Before `rows_min` rows, and where no column can be split, it knows how often outcomes are possible and no more.
    """

    def __init__(self, seed: int, *, trees: int = 60, growth: float = 0.06, rows_min: int = 60) -> None:
        self._seed, self._trees, self._growth, self._rows_min = seed, trees, growth, rows_min
        self._model: Any = None
        self._rows = 0
        self._usual: Floats = np.empty(0)

    def learn(self, table: Table, possible: Floats) -> None:
        self._usual = possible.sum(axis=0) / possible.sum()
        enough = len(table) >= self._rows_min and np.ptp(table, axis=0).any()
        if enough and len(table) >= self._rows * (1 + self._growth):
            self._rows = len(table)
            self._model = self._fitted(table, possible)

    def outcomes(self, table: Table) -> Floats:
        """n x outcomes: how likely each is."""
        if self._model is None:
            return np.tile(self._usual, (len(table), 1))
        return _softmax(self._model.predict(table, raw_score=True))

    def _fitted(self, table: Table, possible: Floats) -> Any:
        import lightgbm

        def ascent(scores: Floats, _: Any) -> tuple[Floats, Floats]:
            said = _softmax(scores)
            return said - _within(said, possible), np.maximum(said * (1 - said), 1e-3)

        settings = {
            "objective": ascent,
            "num_class": possible.shape[1],
            "num_leaves": 7,
            "learning_rate": 0.1,
            "min_data_in_leaf": 5,
            "feature_fraction": 0.6,
            "lambda_l2": 1.0,
            "num_threads": 1,
            "deterministic": True,
            "force_row_wise": True,
            "seed": self._seed + self._rows,
            "verbose": -1,
        }
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            data = lightgbm.Dataset(table, np.zeros(len(table)))
            return lightgbm.train(settings, data, num_boost_round=self._trees)


class Linear:
    """A softmax over the columns' normal scores, by L-BFGS from where it stood; learnt anew each time.

    A column counts by its ranks among the rows that were seen (van der Waerden's scores), so no scale matters and
    nothing lies far out. `shrink` is what holds the weights back, as of so many rows.
    """

    def __init__(self, *, shrink: float = 10.0, steps: int = 40) -> None:
        self._shrink, self._steps = shrink, steps
        self._sorted: Table = np.empty((0, 0), np.float32)
        self._weights: Floats = np.empty((0, 0))

    def learn(self, table: Table, possible: Floats) -> None:
        self._sorted = np.sort(table, axis=0)
        inputs = self._scores(table)
        shape = (inputs.shape[1], possible.shape[1])
        begin = self._weights if self._weights.size else np.zeros(shape)
        held = np.full((shape[0], 1), self._shrink)
        held[0] = 0.01

        def descent(flat: Floats) -> tuple[float, Floats]:
            weights = flat.reshape(shape)
            said = _softmax(inputs @ weights)
            loss = -np.log((said * possible).sum(axis=1) + SMALLEST).sum() + 0.5 * (held * weights**2).sum()
            return float(loss), (inputs.T @ (said - _within(said, possible)) + held * weights).ravel()

        found = minimize(descent, begin.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": self._steps})
        self._weights = found.x.reshape(shape)

    def outcomes(self, table: Table) -> Floats:
        """n x outcomes: how likely each is."""
        return _softmax(self._scores(table) @ self._weights)

    def _scores(self, table: Table) -> Floats:
        """n x (1 + columns): one, and where each number stands among those that were seen."""
        ranks = [
            np.searchsorted(seen, column, "left") + np.searchsorted(seen, column, "right")
            for seen, column in zip(self._sorted.T, table.T, strict=True)
        ]
        places = (np.column_stack(ranks) + 1.0) / (2.0 * (len(self._sorted) + 1))
        return np.column_stack([np.ones(len(table)), ndtri(np.clip(places, 0.001, 0.999))])


def foretold(said: Floats, possible: Floats) -> float:
    """The log likelihood of what was possible then, by what was said before; no row counts for less than 1 in 1,000."""
    return float(np.log(np.clip((said * possible).sum(axis=1), 1e-3, 1.0)).sum())


def _softmax(scores: Floats) -> Floats:
    grown = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(grown / grown.sum(axis=1, keepdims=True))


def _within(said: Floats, possible: Floats) -> Floats:
    """What is said of the outcomes, within what is possible."""
    inside = said * possible
    return np.asarray(inside / (inside.sum(axis=1, keepdims=True) + SMALLEST))
