"""When to ask a human: the confidence from which on a machine may decide alone, with a promise that holds.

The promise: with probability 1 - delta over the calibration cases, the mean loss of the decisions that are automated is
at most `bound`. Losses lie in [0, 1]: 0 and 1 for right and wrong, or a cost as a share of the largest one.

Method: Learn then Test (Angelopoulos, Bates, Candès, Jordan, Lei, arXiv 2110.01052). Each threshold of a grid is a null
hypothesis, "its mean loss is above the bound"; whatever is rejected at a family-wise level delta may be chosen, by any
taste. What makes it strong here: the grid has its thresholds at quantiles of the confidences, so that neighbours differ
by a few cases in a hundred and the strictest one has enough of them; p-values are exact; and levels are passed on from
strict to loose along a ring (Bretz, Maurer, Brannath, Posch, Statistics in Medicine 28, 2009) instead of shared out.

Assumptions: calibration cases are drawn like those to come, each with its loss whether or not it would have been
automated; the grid is made of other cases than these (they need no outcomes).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remit.core.errors import InputError

GRID = 91
STRICTEST = 0.10
ENTRY = 0.25
"""Shares of all cases that the strictest threshold, and the one where most of the level starts, let through."""
ENTRY_LEVEL = 0.8
CAPACITY_DOUBT = 0.05
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tested:
    """A threshold on the calibration cases: how many it lets through, their mean loss, its p-value, and the verdict."""

    threshold: float
    automated: int
    loss: float
    p_value: float
    holds: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """The threshold to use; None means that a person decides every case.

    `escalated` is the share of cases for people and `escalated_max` its upper bound at 95 %; `shortfall` is the share
    that people cannot take, so that it has to wait: a queue that is full never widens what a machine may decide.
    """

    threshold: float | None
    escalated: float
    escalated_max: float
    shortfall: float
    tested: tuple[Tested, ...]


def grid_of(confidences: Floats, size: int = GRID) -> tuple[float, ...]:
    """Thresholds from strict to loose at evenly spaced quantiles of confidences of other cases.

    The loosest lets every one of these cases through. Equal quantiles are one threshold.

    Raises:
        InputError: there are no confidences, or one is not a number in [0, 1].
    """
    found = _shares(confidences, "a confidence")
    if not len(found) or size < 1:
        raise InputError("a grid needs confidences", mend="give the confidences of cases that are not calibrated on")
    wanted = 1 - np.linspace(STRICTEST, 1.0, size)
    values = np.quantile(found, wanted, method="lower")
    return tuple(float(value) for value in np.unique(values)[::-1])


def choose(
    confidences: Floats,
    losses: Floats,
    grid: Sequence[float],
    *,
    bound: float,
    delta: float,
    capacity: float | None = None,
) -> Choice:
    """The threshold that keeps the promise, and asks as little as possible, or as much as people can take.

    `confidences` and `losses` are the calibration cases, in the order in which they were decided; `capacity` is the
    share of all cases that people can review. Without it, the loosest threshold that holds is chosen. With it, the
    strictest whose escalations fit with 95 % confidence; where none fits, the loosest that holds, with a shortfall.

    Raises:
        InputError: something is not in [0, 1], lengths differ, or the grid does not go from strict to loose.
    """
    confidences, losses = _shares(confidences, "a confidence"), _shares(losses, "a loss")
    _check(grid, bound, delta, confidences, losses)
    p_values = [p_value(losses[confidences >= each], bound) for each in grid]
    holds = passed(p_values, levels_of(len(grid)), delta)
    tested = []
    for each, p, ok in zip(grid, p_values, holds, strict=True):
        inside = losses[confidences >= each]
        tested.append(Tested(each, len(inside), float(inside.mean()) if len(inside) else 0.0, p, ok))
    return _pick(tuple(tested), len(confidences), capacity)


def p_value(losses: Floats, bound: float) -> float:
    """How well these losses, drawn alike and one by one, fit a mean above `bound`; 1 where there are none.

    Losses of 0 and 1 get the exact binomial tail. Others get the largest wealth of a bettor against the bound, turned
    over (Ville's inequality; Waudby-Smith and Ramdas, arXiv 2010.09686), which needs them in an order that was not
    chosen by their size.
    """
    if not len(losses):
        return 1.0
    if np.all((losses == 0) | (losses == 1)):
        from scipy.stats import binom

        return float(binom.cdf(int(losses.sum()), len(losses), bound))
    seen = np.arange(1, len(losses) + 1)
    # Each bet is placed before its loss is seen: mean and spread are those of the losses before, with one made-up one.
    before = np.concatenate([[0.0], np.cumsum(losses)[:-1]])
    mean = (bound + before) / seen
    spread = (0.25 + np.concatenate([[0.0], np.cumsum((losses - mean) ** 2)[:-1]])) / seen
    edge = bound - mean
    bets = np.clip(edge / (spread + edge**2), 0.0, 0.9 / (1 - bound))
    wealth = np.cumsum(np.log1p(bets * (bound - losses)))
    return float(np.exp(-max(0.0, wealth.max())))


def levels_of(size: int) -> tuple[float, ...]:
    """Where the level starts: most of it at the threshold that lets a quarter through, the rest at the strictest.

    `size` is that of a grid of `grid_of`. The sum is 1.
    """
    entry = round((ENTRY - STRICTEST) / (1 - STRICTEST) * (size - 1))
    levels = [0.0] * size
    levels[0] += 1 - ENTRY_LEVEL
    levels[entry] += ENTRY_LEVEL
    return tuple(levels)


def passed(p_values: Sequence[float], levels: Sequence[float], delta: float) -> tuple[bool, ...]:
    """Which nulls are rejected, with any wrongly rejected at most with probability delta.

    A null is tested at its share of delta. One that is rejected passes its share on to the next, looser one that still
    stands, and the loosest to the strictest: a ring.
    """
    shares, stands, size = list(levels), [True] * len(p_values), len(p_values)
    at = 0
    while at < size:
        if not stands[at] or shares[at] <= 0 or p_values[at] > shares[at] * delta:
            at += 1
            continue
        stands[at] = False
        after = next((each % size for each in range(at + 1, at + size) if stands[each % size]), None)
        if after is not None:
            shares[after] += shares[at]
        at = 0
    return tuple(not each for each in stands)


def _pick(tested: tuple[Tested, ...], cases: int, capacity: float | None) -> Choice:
    from scipy.stats import beta

    able = [each for each in tested if each.holds]
    if not able:
        return Choice(None, 1.0, 1.0, max(0.0, 1.0 - (1.0 if capacity is None else capacity)), tested)

    def most(each: Tested) -> float:
        asked = cases - each.automated
        return 1.0 if asked == cases else float(beta.ppf(1 - CAPACITY_DOUBT, asked + 1, cases - asked))

    fitting = [each for each in able if capacity is not None and most(each) <= capacity]
    chosen = fitting[0] if fitting else able[-1]
    escalated = 1 - chosen.automated / cases
    short = 0.0 if capacity is None else max(0.0, escalated - capacity)
    return Choice(chosen.threshold, escalated, most(chosen), short, tested)


def _shares(values: Any, name: str) -> Floats:
    found = np.asarray(values, dtype=np.float64)
    if found.ndim != 1 or not np.all((found >= 0) & (found <= 1)):
        raise InputError(f"{name} is a number from 0 to 1", mend="divide costs by the largest one")
    return found


def _check(grid: Sequence[float], bound: float, delta: float, confidences: Floats, losses: Floats) -> None:
    if len(confidences) != len(losses) or not len(losses):
        raise InputError("each calibration case has one confidence and one loss", mend="give both for every case")
    if not 0 < bound < 1 or not 0 < delta < 1:
        raise InputError("bound and delta lie between 0 and 1", mend="say for example bound 0.05, delta 0.1")
    if not grid or any(stricter <= looser for stricter, looser in pairwise(grid)):
        raise InputError("a grid goes from the strictest threshold to the loosest", mend="use grid_of")
