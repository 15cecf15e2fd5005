"""What a challenger may learn online, within a canary: to mean what it says, by what has matured since the step began.

It is one slope on its log-probabilities and a shift for each outcome (`remit.learning.calibration`), so a few hundred
cases teach it and nothing can run away. It is taken only if, learnt block by block, it would have told the cases of the
next block better (prequential; Dawid, JRSS A 147, 1984) by more than chance usually gives. A worker asks at every look,
so a useless update will be taken now and then; the budget bounds how often, and the step begins anew after each.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.learning.calibration import FLOOR, Calibration, fitted
from remit.learning.strategies.strategy import Floats

BLOCKS = 6
FIRST = 2
"""So many of the blocks teach before anything is judged."""

SURE = 1.645
"""Standard errors by which it has to be better: one-sided 95 % at one look."""


@dataclass(frozen=True, slots=True)
class Update:
    """What would be learnt. `gain`: by how much less the mean log loss of later cases is; `spread`: its error."""

    calibration: Calibration
    cases: int
    gain: float
    spread: float

    @property
    def is_better(self) -> bool:
        return self.gain > SURE * self.spread


def learnt_online(told: Floats, outcome: NDArray[np.int64]) -> Update:
    """What cases in the order of time teach a model.

    Args:
        told: n x outcomes, what the model said of them before; n is at least twice the number of blocks.
        outcome: the index of what came.
    """
    ends = [len(outcome) * each // BLOCKS for each in range(BLOCKS + 1)]
    gains = []
    for begin, end in zip(ends[FIRST:-1], ends[FIRST + 1 :], strict=True):
        rows, came = np.arange(end - begin), outcome[begin:end]
        before = np.maximum(told[begin:end], FLOOR)[rows, came]
        after = fitted(told[:begin], outcome[:begin]).of(told[begin:end])[rows, came]
        gains.append(np.log(np.maximum(after, FLOOR)) - np.log(before))
    each = np.concatenate(gains)
    return Update(fitted(told, outcome), len(outcome), float(each.mean()), float(each.std(ddof=1)) / len(each) ** 0.5)
