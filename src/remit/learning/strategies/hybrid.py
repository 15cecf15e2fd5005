"""Remit's own: two models that learn of outcomes from rewards, and compete by what they foretell.

The pack declares what each outcome earns under each action. So a reward says more than how good the action was: it
says which outcomes can have been (`partial_labels`), and one model of the outcome then answers for all actions. Where
rows are few or all is linear, a regression foretells best; where there is more to find, boosted trees do. Each is asked
of every row before it learns of it (prequential; Dawid, JRSS A 147, 1984), and what counts is their mean, weighed by
the likelihood of what came, in which what is older counts less. Exploration is inverse gap weighting.

Assumes that a reward is one of the declared, and that cases are alike over time but for what the fading follows.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from remit.learning.strategies.exploring import inverse_gap
from remit.learning.strategies.partial_labels import Boosted, Linear, foretold
from remit.learning.strategies.strategy import Cases, Experience, Floats, uniform

LEAST_BATCH, GROWTH = 8, 16
FADING = 2.0
"""The newest 1 / 2 of all rows count for most of the weights."""
GAMMA = 50.0


class Hybrid:
    """`Strategy`: partial labels, boosted trees beside a regression, inverse gap weighting."""

    name = "hybrid"

    def __init__(self, seed: int) -> None:
        self._models: tuple[Boosted, Linear] = (Boosted(seed % (1 << 30)), Linear())
        self._likelihood = np.zeros(len(self._models))
        self._table: NDArray[np.float32] = np.empty((0, 0), np.float32)
        self._possible: Floats = np.empty((0, 0))

    def batch(self, seen: int) -> int:
        return max(LEAST_BATCH, seen // GROWTH)

    def learn(self, rows: Experience) -> None:
        table, possible = rows.cases.table, rows.possible
        if len(self._table):
            self._compare(table, possible)
            table, possible = np.concatenate([self._table, table]), np.concatenate([self._possible, possible])
        self._table, self._possible = table, possible
        for model in self._models:
            model.learn(table, possible)

    @property
    def weights(self) -> Floats:
        """How much each model counts; the sum is 1."""
        ahead = np.exp(self._likelihood - self._likelihood.max())
        return np.asarray(ahead / ahead.sum())

    def outcomes(self, cases: Cases) -> Floats:
        """n x outcomes: how likely each is; all alike before anything was learnt."""
        if not len(self._table):
            return np.full(cases.worth.shape[:2], 1.0 / cases.worth.shape[1])
        said = [model.outcomes(cases.table) for model in self._models]
        return np.asarray(np.einsum("m,mno->no", self.weights, said))

    def rewards(self, cases: Cases) -> Floats:
        return np.asarray(np.einsum("no,noa->na", self.outcomes(cases), cases.worth))

    def probabilities(self, cases: Cases) -> Floats:
        if not len(self._table):
            return uniform(cases.permitted)
        span = np.maximum(np.ptp(cases.worth, axis=(1, 2)), 1e-9)
        gamma = GAMMA * np.sqrt(len(self._table) + np.arange(len(cases)))
        return inverse_gap(self.rewards(cases) / span[:, None], cases.permitted, gamma)

    def _compare(self, table: NDArray[np.float32], possible: Floats) -> None:
        """What each model foretold of rows that it has not learnt of yet."""
        kept = max(0.0, 1.0 - FADING * len(table) / (len(self._table) + len(table)))
        now = [foretold(model.outcomes(table), possible) for model in self._models]
        self._likelihood = kept * self._likelihood + now
