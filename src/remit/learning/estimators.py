"""What a policy would have earned, from another one's log; and how far that log can be trusted to tell.

These are shown beside the gate's evidence and promote nothing. Rewards are in [0, 1]; weights are pi_challenger /
pi_logged of the logged action. Every interval says what it assumes; none stays valid if one looks again and again (the
gate's does).

Sources: Horvitz and Thompson, JASA 1952 (IPS); Swaminathan and Joachims, NeurIPS 2015 (SNIPS); Dudik, Langford and Li,
ICML 2011 (DR); Maurer and Pontil, COLT 2009, theorem 4 (empirical Bernstein); Kong, 1992 (effective sample size);
Sachdeva, Su and Joachims, KDD 2020 (support deficit).
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remit.core.errors import InputError

Floats = NDArray[np.float64]
LARGE_SAMPLE = "many rows that do not depend on each other, variance finite and well estimated; for one look"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with an interval of the given confidence, and what must be true for the interval to cover that often."""

    name: str
    value: float
    low: float
    high: float
    confidence: float
    assumes: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def ips(weight: Floats, reward: Floats, *, confidence: float = 0.95, weight_max: float | None = None) -> Estimate:
    """Inverse propensity: the mean of w r, unbiased.

    With the largest possible weight known, the interval is empirical Bernstein and holds for every number of rows;
    else it is normal.
    """
    _check(weight, reward)
    products = weight * reward
    value = float(products.mean())
    if weight_max is None:
        return _normal("ips", value, products, confidence, LARGE_SAMPLE)
    if weight.max() > weight_max:
        raise InputError(f"a weight is {weight.max():g}, above the largest that is possible, {weight_max:g}")
    count, log = len(products), math.log(4 / (1 - confidence))
    variance = float(products.var(ddof=1))
    half = math.sqrt(2 * variance * log / count) + 7 * weight_max * log / (3 * (count - 1))
    assumes = f"rows do not depend on each other, no weight above {weight_max:g}; any number of rows; for one look"
    return Estimate("ips", value, value - half, value + half, confidence, assumes)


def snips(weight: Floats, reward: Floats, *, confidence: float = 0.95) -> Estimate:
    """Self-normalised: the weighted mean of the rewards. Biased by about 1/n, never outside of [0, 1], less variable.

    The interval is normal, by the delta method. Raises InputError when no row has a weight.
    """
    _check(weight, reward)
    mean = float(weight.mean())
    if mean == 0:
        raise InputError("no logged action is one that the challenger would take")
    value = float((weight * reward).mean()) / mean
    return _normal("snips", value, weight * (reward - value) / mean, confidence, LARGE_SAMPLE)


def doubly_robust(
    weight: Floats, reward: Floats, modelled: Floats, expected: Floats, *, confidence: float = 0.95
) -> Estimate:
    """A model's expectation, corrected where the log contradicts it: unbiased if propensities or model are right.

    Args:
        modelled: the reward that a model predicts for the logged action.
        expected: the mean of its predictions over the challenger's actions.
    """
    _check(weight, reward)
    each = expected + weight * (reward - modelled)
    assumes = f"{LARGE_SAMPLE}; the model never saw these rows"
    return _normal("dr", float(each.mean()), each, confidence, assumes)


def _normal(name: str, value: float, each: Floats, confidence: float, assumes: str) -> Estimate:
    half = NormalDist().inv_cdf((1 + confidence) / 2) * float(each.std(ddof=1)) / math.sqrt(len(each))
    return Estimate(name, value, value - half, value + half, confidence, assumes)


def effective_sample(weight: Floats) -> float:
    """How many rows of equal weight tell as much: (sum w)^2 / sum w^2; 0 when all weights are 0."""
    most = float(weight.max(initial=0.0))
    if most == 0:
        return 0.0
    scaled = weight / most  # so that no square overflows
    return float(scaled.sum() ** 2 / (scaled**2).sum())


@dataclass(frozen=True, slots=True)
class WeightSummary:
    """The weights of a log. Their mean is 1 in expectation where the logger could have taken every action."""

    rows: int
    mean: float
    standard_error: float
    largest: float
    p99: float
    zero_share: float
    effective_sample: float

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def weight_summary(weight: Floats) -> WeightSummary:
    """Raises InputError: fewer than two rows, or a weight below 0 or not finite."""
    _check(weight, np.zeros_like(weight))
    return WeightSummary(
        rows=len(weight),
        mean=float(weight.mean()),
        standard_error=float(weight.std(ddof=1)) / math.sqrt(len(weight)),
        largest=float(weight.max()),
        p99=float(np.quantile(weight, 0.99)),
        zero_share=float((weight == 0).mean()),
        effective_sample=effective_sample(weight),
    )


def support_deficit(logged: Floats, challenger: Floats) -> float:
    """How often, on average, the challenger would take an action that the logger never takes in that case.

    Both are full probability vectors, of shape (rows, actions). What is lost there, no weight can bring back.
    """
    return float(np.where(logged > 0, 0.0, challenger).sum(axis=1).mean())


def _check(weight: Floats, reward: Floats) -> None:
    if len(weight) < 2 or weight.shape != reward.shape:
        raise InputError("an estimate needs two rows at least, each with a weight and a reward")
    if not (np.isfinite(weight) & (weight >= 0)).all():
        raise InputError("a weight is below 0 or not a number", mend="look for a propensity of 0")
    if not ((reward >= 0) & (reward <= 1)).all():
        raise InputError("a reward is outside of [0, 1]", mend="declare the scale of the rewards")
