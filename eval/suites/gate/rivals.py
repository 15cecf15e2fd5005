"""What else one might promote by: a z-test that is looked at again and again, and bets that chase the mean (aGRAPA)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from remit.learning.eprocess import Rows

Floats = NDArray[np.float64]
LOOK_EVERY = 250
CRITICAL = 1.6448536269514722
"""One-sided, 5 %: what each look would be allowed if it were the only one."""


class PeekingZ:
    """A z-test of the mean of w r - v r, looked at after every 250 decisions; `known` is a mean reward to subtract.

    `at` is the decision after which each log was promoted, infinite where it never was.
    """

    def __init__(self, logs: int, known: float = 0.0) -> None:
        self.known = known
        self.sums = np.zeros((2, logs))
        self.rows = 0
        self.at = np.full(logs, np.inf)

    def see(self, rows: Rows) -> None:
        each = (rows.weight - (1.0 if rows.champion is None else rows.champion)) * (rows.reward - self.known)
        self.sums += np.stack([each.sum(axis=1), (each**2).sum(axis=1)])
        self.rows += len(rows)
        if self.rows % LOOK_EVERY == 0:
            mean, square = self.sums / self.rows
            passed = mean > CRITICAL * np.sqrt((square - mean**2) / self.rows)
            self.at[passed & np.isinf(self.at)] = self.rows


class Agrapa:
    """Bets of the running mean over the running second moment (Waudby-Smith, Ramdas, JRSS B 2024), no baseline.

    Only where the logger is the champion: X = (w - 1) r.
    """

    def __init__(self, logs: int, alpha: float) -> None:
        self.wanted = -math.log(alpha)
        self.log_e = np.zeros(logs)
        self.sums = np.stack([np.zeros(logs), np.full(logs, 20.0)])
        self.seen = 0
        self.at = np.full(logs, np.inf)

    def see(self, rows: Rows, block: int = 50) -> None:
        for start in range(0, len(rows), block):
            part = rows.part(start, start + block)
            x = (part.weight - 1.0) * part.reward
            stake = np.clip(self.sums[0] / self.sums[1], 0.0, 0.95)
            path = self.log_e[:, None] + np.log1p(stake[:, None] * x).cumsum(axis=1)
            reached = path >= self.wanted
            new = reached.any(axis=1) & np.isinf(self.at)
            self.at[new] = self.seen + 1 + reached[new].argmax(axis=1)
            self.log_e = path[:, -1]
            self.sums += np.stack([x.sum(axis=1), (x**2).sum(axis=1)])
            self.seen += len(part)
