"""Remit's own: a forest that renews itself while it decides, and learns of outcomes from rewards.

The pack declares what each outcome earns under each action. So a reward says more than how good the action was: it
says which outcomes can have been (learning from partial labels; Cour, Sapp and Taskar, JMLR 2011). The share of each
such outcome is judged by the trees that did not see the row, as in expectation maximisation, and every tree is grown
on a bootstrap of the rows with those shares as its targets. One model of the outcome then answers for all actions.
The oldest trees make room for new ones, so that learning often stays cheap; a row's share is judged anew each time.
Exploration is inverse gap weighting.

Assumes that cases are alike over time, but for what the turnover of trees follows, and that a reward is one of the
declared.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from remit.learning.strategies.exploring import inverse_gap
from remit.learning.strategies.strategy import Cases, Experience, Floats, uniform

TREES, TREES_NEW = 64, 16
LEAST_BATCH, GROWTH = 8, 16
FEATURES_TRIED = 0.9
LEAF_MIN = 1
GAMMA = 200.0
FLOOR = 0.02


class Hybrid:
    """`Strategy`: partial labels, a forest in turnover, inverse gap weighting."""

    name = "hybrid"

    def __init__(self, seed: int) -> None:
        self._chance = np.random.default_rng(seed)
        self._trees: list[tuple[Any, NDArray[np.int64]]] = []
        self._table: NDArray[np.float32] = np.empty((0, 0), np.float32)
        self._possible: Floats = np.empty((0, 0))

    def batch(self, seen: int) -> int:
        return max(LEAST_BATCH, seen // GROWTH)

    def learn(self, rows: Experience) -> None:
        first = not len(self._table)
        self._table = rows.cases.table if first else np.concatenate([self._table, rows.cases.table])
        self._possible = rows.possible if first else np.concatenate([self._possible, rows.possible])
        for _ in range(TREES // TREES_NEW if first else 1):
            shares = self._shares()
            grown = [self._grow(shares) for _ in range(TREES_NEW)]
            self._trees = [*self._trees, *grown][-TREES:]

    def outcomes(self, cases: Cases) -> Floats:
        """n x outcomes: how likely each is; all alike before anything was learnt."""
        if not self._trees:
            return np.full(cases.worth.shape[:2], 1.0 / cases.worth.shape[1])
        return np.asarray(np.mean([_told(tree, cases.table) for tree, _ in self._trees], axis=0))

    def rewards(self, cases: Cases) -> Floats:
        return np.asarray(np.einsum("no,noa->na", self.outcomes(cases), cases.worth))

    def probabilities(self, cases: Cases) -> Floats:
        if not self._trees:
            return uniform(cases.permitted)
        span = np.maximum(np.ptp(cases.worth, axis=(1, 2)), 1e-9)
        gamma = GAMMA * np.sqrt(len(self._table) + np.arange(len(cases)))
        return inverse_gap(self.rewards(cases) / span[:, None], cases.permitted, gamma)

    def _shares(self) -> Floats:
        """How likely each row had each outcome, by the trees that did not grow on it, within what is possible."""
        told = np.full_like(self._possible, FLOOR)
        for tree, used in self._trees:
            unseen = np.ones(len(told), np.bool_)
            unseen[used] = False
            told[unseen] += _told(tree, self._table[unseen])
        shares: Floats = self._possible * (told / told.sum(axis=1, keepdims=True) + FLOOR)
        return np.asarray(shares / shares.sum(axis=1, keepdims=True))

    def _grow(self, shares: Floats) -> tuple[Any, NDArray[np.int64]]:
        from sklearn.tree import ExtraTreeRegressor

        used = self._chance.integers(0, len(shares), len(shares))
        tree = ExtraTreeRegressor(
            min_samples_leaf=LEAF_MIN, max_features=FEATURES_TRIED, random_state=int(self._chance.integers(1 << 31))
        )
        tree.fit(self._table[used], shares[used])
        return tree, used


def _told(tree: Any, table: NDArray[np.float32]) -> Floats:
    return np.asarray(tree.tree_.predict(np.ascontiguousarray(table)).reshape(len(table), tree.n_outputs_), np.float64)
