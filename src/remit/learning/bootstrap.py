"""Intervals of a mean by drawing the rows again (Efron 1979), percentiles of the resampled means.

Assumes that rows are drawn independently of each other. Above `ROWS_MAX` rows the normal interval stands in, which is
the same by then and costs nothing.
"""

from __future__ import annotations

import numpy as np

from remit.learning.strategies.strategy import Floats

RESAMPLES = 2_000
ROWS_MAX = 10_000
AT_ONCE = 100
Z = 1.959964


def mean_interval(values: Floats, seed: int, resamples: int = RESAMPLES) -> tuple[float, float, float]:
    """The mean of `values` (at least one) with the ends of its 95 % interval. The same seed draws the same rows."""
    mean, count = float(values.mean()), len(values)
    if count > ROWS_MAX:
        around = Z * float(values.std(ddof=1)) / count**0.5
        return mean, mean - around, mean + around
    low, high = np.quantile(resampled_means(values[:, None], seed, resamples)[:, 0], (0.025, 0.975))
    return mean, float(low), float(high)


def resampled_means(values: Floats, seed: int, resamples: int = RESAMPLES) -> Floats:
    """resamples x columns: the means of the columns of `values` over the same drawn rows each time."""
    chance, count = np.random.default_rng(seed), len(values)
    parts = []
    for begun in range(0, resamples, AT_ONCE):
        drawn = chance.integers(0, count, (min(AT_ONCE, resamples - begun), count))
        parts.append(values[drawn].mean(axis=1))
    return np.concatenate(parts)
