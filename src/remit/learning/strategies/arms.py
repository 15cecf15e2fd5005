"""A model of the reward for each action, by LightGBM, learnt anew on a schedule; epsilon-greedy.

The direct method: it regresses the reward on the case, among the rows in which the action was taken. Where the
outcome is known every row speaks for every action. Assumes that within an action whoever took it did not see more
than the table.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from remit.learning.strategies.exploring import epsilon_greedy
from remit.learning.strategies.strategy import UNKNOWN, Cases, Experience, Floats, joined, uniform

ROWS_MIN = 12


class Arms:
    """`Strategy`: a regression for each action. An action with too few rows is expected to earn the mean reward.

    epsilon: the share of decisions that explore. growth: it learns anew when so large a share of the rows is new.
    """

    name = "arms"

    def __init__(self, seed: int, *, epsilon: float = 0.05, growth: float = 0.1, trees: int = 40) -> None:
        self._seed, self._epsilon, self._growth, self._trees = seed, epsilon, growth, trees
        self._rows: Experience | None = None
        self._models: dict[int, Any] = {}
        self._mean = 0.0

    def batch(self, seen: int) -> int:
        return max(20, int(seen * self._growth))

    def learn(self, rows: Experience) -> None:
        self._rows = joined(self._rows, rows)
        self._mean = float(self._rows.reward.mean())
        for action in range(rows.cases.permitted.shape[1]):
            self._models.pop(action, None)
            table, reward = _of(self._rows, action)
            if len(reward) >= ROWS_MIN:
                self._models[action] = self._fitted(table, reward)

    def rewards(self, cases: Cases) -> Floats:
        values = np.full(cases.permitted.shape, self._mean)
        for action, model in self._models.items():
            values[:, action] = model.predict(cases.table)
        return values

    def probabilities(self, cases: Cases) -> Floats:
        if self._rows is None:
            return uniform(cases.permitted)
        return epsilon_greedy(self.rewards(cases), cases.permitted, self._epsilon)

    def _fitted(self, table: Any, reward: Floats) -> Any:
        import lightgbm

        settings = {
            "objective": "regression",
            "num_leaves": 15,
            "learning_rate": 0.1,
            "min_data_in_leaf": 5,
            "num_threads": 1,
            "deterministic": True,
            "force_row_wise": True,
            "seed": self._seed,
            "verbose": -1,
        }
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            return lightgbm.train(settings, lightgbm.Dataset(table, reward), num_boost_round=self._trees)


def _of(rows: Experience, action: int) -> tuple[Any, Floats]:
    """What is known of one action: where it was taken, and wherever the outcome is known."""
    known = rows.outcome != UNKNOWN
    reward = np.where(known, rows.cases.worth[np.arange(len(rows)), rows.outcome, action], rows.reward)
    speaks = known | (rows.action == action)
    return rows.cases.table[speaks], reward[speaks]
