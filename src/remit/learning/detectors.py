"""An alarm for a series in [0, 1] whose usual rate was estimated from a window of reference, not told.

Method: a Shiryaev-Roberts e-detector (Shin, Ramdas, Rinaldo, arXiv 2203.03532) mixed over the plausible references.
With a reference of log odds theta, the usual rate is expit(base + theta) and a shifted one expit(base + theta + log r)
for each odds ratio r that is looked for; `base` is 0, or the log odds of what a model claimed (then the series is 0 or
1 and the alarm is about calibration). The references form a grid, weighted by their likelihood in the window (Jeffreys
prior). With pi(theta) their weights after what was seen, m(x) the probability of x under them, and v the weights of the
ratios::

    N(theta, r) <- (N(theta, r) + w(n) v(r) pi(theta)) * shifted(x) / m(x)   pi(theta) <- pi(theta) * usual(x) / m(x)

The sum of N is the evidence. As long as nothing shifts it grows by w(n) with decision n on average, so it reaches
`limit` within T decisions with probability at most T / limit (Doob), where w(1) + … + w(T) = T. That holds on average
over the plausible references, not for the least favourable of them; the suite `drift` measures it at a fixed rate. The
reference goes on being learnt until the shift.

The budget w is spent as the square root of the decisions (as in group sequential trials; Lan and DeMets, Biometrika 70,
1983): half of it in the first quarter of each T, where what is watched is new and its reference least known, and later
ones pay with a few decisions of delay.

Values between 0 and 1 get the likelihood of a coin as a quasi-likelihood: they vary less than a coin of the same mean,
so alarms come later and not more often (measured, not proved). Decisions that follow from one another break the bound.
Cost: references x ratios numbers, for one update and for the state, however long the series is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from remit.core.errors import Corrupted, InputError

Floats = NDArray[np.float64]
Direction = Literal["up", "down", "both"]
RATIOS = (1.25, 1.6, 2.3)
RATIO_WEIGHTS = (0.1, 0.3, 0.6)
REFERENCES = 25
REFERENCE_WIDTH = 4.5
"""Standard errors on either side of the likeliest reference that the grid covers."""
REFERENCE_MIN = 100
WITHIN = 10_000
"""Decisions."""
NEWTON_STEPS = 50
CLAIM_MIN = 1e-6


@dataclass(frozen=True, slots=True)
class Detector:
    """Log odds of the references, their weights, the log odds ratios looked for, their weights, and the evidence.

    `within` is T: in so many decisions the budget for false alarms is spent once.
    """

    references: tuple[float, ...]
    plausible: tuple[float, ...]
    ratios: tuple[float, ...]
    ratio_weights: tuple[float, ...]
    rising: tuple[tuple[float, ...], ...]
    limit: float
    within: int
    seen: int = 0

    @property
    def evidence(self) -> float:
        """Against "nothing has shifted"."""
        return float(np.sum(self.rising))

    @property
    def alarmed(self) -> bool:
        return self.evidence >= self.limit

    @property
    def usual_rate(self) -> float:
        """The rate that the references expect where nothing is claimed."""
        return float(np.dot(self.plausible, expit(np.asarray(self.references))))

    def observe(self, value: float, claimed: float | None = None) -> Detector:
        """With one more value; `claimed` is the probability that a model gave to 1.

        Raises:
            InputError: a number is not in [0, 1].
        """
        if not 0 <= value <= 1 or not (claimed is None or 0 <= claimed <= 1):
            raise InputError("a detector watches numbers from 0 to 1")
        usual = np.asarray(self.references) + (0.0 if claimed is None else float(log_odds(np.float64(claimed))))
        shifted = usual[:, None] + np.asarray(self.ratios)
        plausible, rising = advance(
            np.asarray(self.plausible),
            np.asarray(self.rising),
            np.asarray(self.ratio_weights) * budget(self.seen, self.within),
            likelihood(expit(usual), value),
            likelihood(expit(shifted), value),
        )
        rows = tuple(tuple(row) for row in rising.tolist())
        return replace(self, plausible=tuple(plausible.tolist()), rising=rows, seen=self.seen + 1)

    def to_json(self) -> dict[str, Any]:
        """The whole state."""
        return {
            "references": list(self.references),
            "plausible": list(self.plausible),
            "ratios": list(self.ratios),
            "ratio_weights": list(self.ratio_weights),
            "rising": [list(row) for row in self.rising],
            "limit": self.limit,
            "within": self.within,
            "seen": self.seen,
        }

    @staticmethod
    def from_json(said: Any) -> Detector:
        """What `to_json` wrote. Raises Corrupted."""
        try:
            state = Detector(
                references=_floats(said["references"]),
                plausible=_floats(said["plausible"]),
                ratios=_floats(said["ratios"]),
                ratio_weights=_floats(said["ratio_weights"]),
                rising=tuple(_floats(row) for row in said["rising"]),
                limit=float(said["limit"]),
                within=int(said["within"]),
                seen=int(said["seen"]),
            )
            if np.shape(state.rising) != (len(state.references), len(state.ratios)) or state.within < 1:
                raise ValueError("its parts do not fit")
        except (KeyError, TypeError, ValueError) as error:
            raise Corrupted(f"it is not the state of a detector: {error!r}") from error
        return state


def limit_of(false_alarms: float, within: int, series: int = 1) -> float:
    """The evidence at which a false alarm is raised within so many decisions with at most that probability.

    `series` detectors share the probability.
    """
    if not 0 < false_alarms < 1 or within < 1 or series < 1:
        raise InputError("false alarms are a share between 0 and 1 of at least one decision and one series")
    return within * series / false_alarms


def budget(seen: int, within: int) -> float:
    """What the decision after `seen` others gets to spend; what any `within` of them get is `within` in sum."""
    at = seen % within
    return math.sqrt(within) * (math.sqrt(at + 1) - math.sqrt(at))


def start(
    values: Floats,
    limit: float,
    *,
    within: int = WITHIN,
    direction: Direction = "up",
    claimed: Floats | None = None,
) -> Detector:
    """A detector whose reference is this window. `claimed` are the probabilities that a model gave to 1.

    `limit` is `limit_of` a share of false alarms within `within` decisions.

    Raises:
        InputError: fewer than 100 values, a number outside [0, 1], or windows of two lengths.
    """
    found = np.asarray(values, dtype=np.float64)
    if len(found) < REFERENCE_MIN or not np.all((found >= 0) & (found <= 1)):
        raise InputError(f"a reference is at least {REFERENCE_MIN} numbers from 0 to 1", mend="wait for more outcomes")
    if claimed is not None and len(claimed) != len(found):
        raise InputError("each value of the reference needs what was claimed for it")
    base = np.zeros(len(found)) if claimed is None else log_odds(np.asarray(claimed, dtype=np.float64))
    references, plausible = references_of(found, base)
    ratios, weights = ratios_of(direction)
    rising = ((0.0,) * len(ratios),) * len(references)
    return Detector(tuple(references.tolist()), tuple(plausible.tolist()), ratios, weights, rising, limit, within)


def ratios_of(direction: Direction) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The log odds ratios that are looked for, and their weights."""
    up = tuple(float(np.log(each)) for each in RATIOS)
    down = tuple(-each for each in up)
    if direction == "both":
        return (*up, *down), tuple(each / 2 for each in (*RATIO_WEIGHTS, *RATIO_WEIGHTS))
    return (up if direction == "up" else down), RATIO_WEIGHTS


def references_of(values: Floats, base: Floats) -> tuple[Floats, Floats]:
    """A grid of plausible references as log odds beside `base`, and their weights."""
    # One more value, half a success, is Jeffreys' prior where nothing is claimed.
    found, beside = np.append(values, 0.5), np.append(base, base.mean())
    middle = 0.0
    for _ in range(NEWTON_STEPS):
        rate = expit(beside + middle)
        middle += float(np.clip((found - rate).sum() / max((rate * (1 - rate)).sum(), 1e-9), -1.0, 1.0))
    rate = expit(beside + middle)
    error = 1 / np.sqrt((rate * (1 - rate)).sum())
    grid = middle + error * np.linspace(-REFERENCE_WIDTH, REFERENCE_WIDTH, REFERENCES)
    odds = beside[:, None] + grid
    fit = -(found[:, None] * np.logaddexp(0, -odds) + (1 - found[:, None]) * np.logaddexp(0, odds)).sum(axis=0)
    weights = np.exp(fit - fit.max())
    return grid, weights / weights.sum()


def advance(
    plausible: Floats, rising: Floats, weights: Floats, usual: Floats, shifted: Floats
) -> tuple[Floats, Floats]:
    """One step for one detector or, with leading axes, for many: plausible (…, J), rising (…, J, A).

    `usual` (…, J) and `shifted` (…, J, A) are the likelihoods of what was seen.
    """
    expected = (plausible * usual).sum(axis=-1, keepdims=True)
    grown = (rising + plausible[..., None] * weights) * (shifted / expected[..., None])
    return plausible * usual / expected, grown


def likelihood(rate: Floats, value: float) -> Floats:
    """Of a coin with that rate; between 0 and 1, the quasi-likelihood."""
    return np.power(rate, value) * np.power(1 - rate, 1 - value)


def expit(odds: Floats) -> Floats:
    """The probability of log odds."""
    return 1 / (1 + np.exp(-np.clip(odds, -500, 500)))


def log_odds(rate: Any) -> Any:
    """Of a probability; certainty is taken for one in a million."""
    inside = np.clip(rate, CLAIM_MIN, 1 - CLAIM_MIN)
    return np.log(inside) - np.log1p(-inside)


def _floats(said: Any) -> tuple[float, ...]:
    return tuple(float(each) for each in said)
