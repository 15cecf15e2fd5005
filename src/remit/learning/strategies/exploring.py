"""How values become probabilities: epsilon-greedy, and inverse gap weighting."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from remit.learning.strategies.strategy import Floats, best, uniform


def epsilon_greedy(values: Floats, permitted: NDArray[np.bool_], epsilon: float) -> Floats:
    """The best action, and with probability epsilon any permitted one."""
    chances = epsilon * uniform(permitted)
    chances[np.arange(len(values)), best(values, permitted)] += 1 - epsilon
    return chances


def inverse_gap(values: Floats, permitted: NDArray[np.bool_], gamma: Floats) -> Floats:
    """SquareCB: the worse an action looks beside the best, the less it is tried (Foster and Rakhlin, ICML 2020).

    With A permitted actions each other than the best has 1 / (A + gamma * gap), and the best the rest. `values` are in
    units of the span of the rewards; `gamma` is one for each row, at least 0.
    """
    rows = np.arange(len(values))
    chosen = best(values, permitted)
    gaps = np.maximum(values[rows, chosen][:, None] - values, 0.0)
    chances = permitted / (permitted.sum(axis=1, keepdims=True) + gamma[:, None] * gaps)
    chances[rows, chosen] = 0.0
    chances[rows, chosen] = 1.0 - chances.sum(axis=1)
    return np.asarray(chances)
