"""The permanent holdout: a share of the subjects whom nothing that was learnt ever reaches.

A model that decides makes the labels that the next one is trained on. What it costs or brings can only be seen beside
subjects who are decided for as on the first day: the pack's own model, without exploration and without any canary. Who
belongs to them never changes, so the salt is the decision's name and no rollout's.

Reference: Sculley et al., Hidden Technical Debt in Machine Learning Systems (2015), on feedback loops; the interval is
that of Maurer and Pontil, Empirical Bernstein Bounds (2009), Theorem 4.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from remit.learning.assignment import place_of

Origin = Literal["model", "explored", "holdout", "person"]
"""Why a decision came out as it did: the model chose, chance did, it was of the holdout, or a person had the word."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Mean reward of all others less that of the holdout, with an interval around it.

    Wholly below 0 means: what was learnt since does worse than what the pack began with.
    """

    difference: float
    lower: float
    upper: float
    held_out: int
    others: int

    @property
    def alarms(self) -> bool:
        """Whether learning has surely made it worse."""
        return self.upper < 0.0


def in_holdout(subject: str, pack: str, decision: str, share: float) -> bool:
    """Whether a subject is held out for good, when this share (0 to 1) of all subjects is."""
    return bool(subject) and place_of(subject, f"holdout/{pack}/{decision}") < share


def holdout_gap(held_out: Sequence[float], others: Sequence[float], alpha: float = 0.05) -> Gap:
    """Compare the rewards of both, each in [0, 1], at one look: it is not valid at every stopping time.

    An interval at level `alpha` for matured decisions that are independent within each side. With fewer than two on a
    side nothing is known, and the interval is all there is.
    """
    ours, theirs = _mean(others), _mean(held_out)
    width = _half_width(others, alpha / 2) + _half_width(held_out, alpha / 2)
    difference = ours - theirs
    return Gap(difference, max(-1.0, difference - width), min(1.0, difference + width), len(held_out), len(others))


def self_caused_share(origins: Sequence[Origin]) -> float:
    """Which share of training labels exists because the model chose the action that they tell of (0 when none is)."""
    return origins.count("model") / len(origins) if origins else 0.0


def _mean(rewards: Sequence[float]) -> float:
    return float(np.mean(rewards)) if rewards else 0.0


def _half_width(rewards: Sequence[float], alpha: float) -> float:
    """Two-sided, so each side at half of `alpha`."""
    count = len(rewards)
    if count < 2:
        return 1.0
    log = math.log(4.0 / alpha)
    return math.sqrt(2.0 * float(np.var(rewards, ddof=1)) * log / count) + 7.0 * log / (3.0 * (count - 1))
