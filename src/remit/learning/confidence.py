"""How much better one model does than another, at every moment: confidence sequences, and detectors of a turn.

Both take differences X in [-1, 1], one for each decision that both models proposed for: what the challenger's action
was worth less what the champion's was, over the spread of rewards that the case allowed. Both may be looked at after
every decision, and stopped whenever one likes.

References: Waudby-Smith and Ramdas, Estimating means of bounded random variables by betting (2023), Theorem 2, the
predictable plug-in empirical Bernstein sequence; Shin, Ramdas and Rinaldo, E-detectors (2024), Definition 2.2 (CUSUM).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_BET_MAX = 0.75
"""The largest bet: with it no single decision can take more than three quarters of the wealth."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """An interval for the mean that holds at all times at once, from so many decisions."""

    mean: float
    lower: float
    upper: float
    count: int


def confidence_sequence(differences: Sequence[float], alpha: float) -> Bounds:
    """Bounds for the mean of differences in [-1, 1] that are wrong at any moment with probability `alpha` at most.

    The narrowest that held so far counts (the running intersection). Without any decision it is all there is.
    """
    x = (np.asarray(differences, float) + 1.0) / 2.0
    if not len(x):
        return Bounds(0.0, -1.0, 1.0, 0)
    t = np.arange(1, len(x) + 1)
    means = (0.5 + np.cumsum(x)) / (t + 1)
    before = np.concatenate(([0.5], means[:-1]))
    variances = (0.25 + np.cumsum((x - means) ** 2)) / (t + 1)
    variances_before = np.concatenate(([0.25], variances[:-1]))
    log = math.log(2.0 / alpha)
    bets = np.minimum(np.sqrt(2.0 * log / (variances_before * t * np.log1p(t))), _BET_MAX)
    spent = np.cumsum(bets)
    centre = np.cumsum(bets * x) / spent
    # v_i * psi_E(bet), with v_i = 4 (x_i - mean before)^2 and psi_E(b) = (-log(1 - b) - b) / 4
    width = (log + np.cumsum((x - before) ** 2 * (-np.log1p(-bets) - bets))) / spent
    lower, upper = float(np.max(centre - width)), float(np.min(centre + width))
    return Bounds(float(np.mean(differences)), max(-1.0, 2 * lower - 1), min(1.0, 2 * upper - 1), len(x))


def evidence_of_a_turn(differences: Sequence[float]) -> float:
    """How strongly the latest differences in [-1, 1] speak against a mean that is at least 0: a CUSUM of bets.

    Under a mean of at least 0 the expected number of decisions until it reaches 1 / alpha is at least 1 / alpha.
    """
    wealth, best = 0.0, 0.0
    total, squares, count = 0.0, 0.0, 0
    for x in differences:
        # The bet is made by what was seen since the last time that there was nothing to suspect.
        drop = -total / (count + 1)
        bet = min(_BET_MAX, max(0.05, drop / (squares / (count + 1) + 0.05)))
        wealth = max(wealth, 1.0) * (1.0 - bet * x)
        best = max(best, wealth)
        total, squares, count = total + x, squares + x * x, count + 1
        if wealth <= 1.0:
            total, squares, count = 0.0, 0.0, 0
    return best


def evidence_of_excess(hits: int, count: int, rate_max: float) -> float:
    """An e-value against "at most `rate_max` of them are hits", from so many hits; valid at every moment.

    A mixture of likelihood ratios towards 2, 5 and 20 times the rate.
    """
    rates = [min(0.95, max(rate_max * factor, rate_max + 0.01)) for factor in (2.0, 5.0, 20.0)]
    logs = [
        hits * math.log(rate / rate_max) + (count - hits) * math.log((1.0 - rate) / (1.0 - rate_max)) for rate in rates
    ]
    top = max(logs)
    # exp cannot overflow: beyond e^600 there is nothing left to prove.
    return math.exp(min(top, 600.0)) * sum(math.exp(each - top) for each in logs) / len(logs)
