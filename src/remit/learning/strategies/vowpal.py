"""Vowpal Wabbit's contextual bandit (``--cb_explore_adf``): one pass, an update for every decision, its own
exploration.

Numbers are cut into bins by the quantiles of the rows that `edges` were taken from, and each bin is a feature of its
own: a linear learner sees steps. It learns from actions, propensities and rewards only, never from outcomes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from remit.learning.strategies.strategy import Cases, Experience, Floats

Edges = list[NDArray[np.float64]]
ARGUMENTS = "--squarecb --gamma_scale 100 -q sa -l 0.5"


def edges_of(table: NDArray[np.float32], bins: int) -> Edges:
    """Where each column is cut so that its bins hold alike many of these rows."""
    cuts = np.linspace(0, 1, bins + 1)[1:-1]
    return [np.unique(np.quantile(column, cuts)) for column in table.T.astype(np.float64)]


class Vowpal:
    """`Strategy`: VW with these arguments. `edges` of None gives it the numbers as they are."""

    name = "vowpal"

    def __init__(self, seed: int, edges: Edges | None, arguments: str = ARGUMENTS) -> None:
        import vowpalwabbit

        self._edges = edges
        self._vw: Any = vowpalwabbit.Workspace(f"--cb_explore_adf --quiet {arguments} --random_seed {seed}")

    def batch(self, seen: int) -> int:
        return 1

    def learn(self, rows: Experience) -> None:
        texts = self._texts(rows.cases)
        for row, (text, action) in enumerate(zip(texts, rows.action, strict=True)):
            label = f"0:{-rows.reward[row]:.6f}:{rows.propensity[row]:.6f}"
            lines = [
                f"{label} |a a{each}" if each == action else f"|a a{each}"
                for each in np.flatnonzero(rows.cases.permitted[row])
            ]
            self._vw.learn([text, *lines])

    def rewards(self, cases: Cases) -> Floats:
        """VW tells probabilities, not rewards: these stand in, as they are in the same order."""
        return self.probabilities(cases)

    def probabilities(self, cases: Cases) -> Floats:
        chances = np.zeros(cases.permitted.shape)
        for row, text in enumerate(self._texts(cases)):
            actions = np.flatnonzero(cases.permitted[row])
            told = np.asarray(self._vw.predict([text, *(f"|a a{each}" for each in actions)]), np.float64)
            chances[row, actions] = told / told.sum()
        return chances

    def _texts(self, cases: Cases) -> list[str]:
        if self._edges is None:
            return [" ".join(["shared |s", *(f"f{at}:{v:.5g}" for at, v in enumerate(row))]) for row in cases.table]
        bins = [np.searchsorted(cut, cases.table[:, at], side="right") for at, cut in enumerate(self._edges)]
        return [" ".join(["shared |s", *(f"f{at}_{b}" for at, b in enumerate(row))]) for row in zip(*bins, strict=True)]
