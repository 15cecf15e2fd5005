"""What comes in over the next days, with an interval that is set by how earlier forecasts came out.

A pack forecasts each payment by quantile regressions (scikit-learn's QuantileRegressor, calibrated; see
`remit.eval.receivables`): after so many days from the due date one, five and nine of ten such invoices are paid. The
line through them says how likely a payment is within the days; amounts times that are added up.

Such a sum is wrong in level: of all that is open on a day more is slow than the regression saw, and new invoices come
in that are not written yet. So it is put right by the same sums of earlier weeks, whose days are over:

- level and width are order statistics of what came in over what was expected, at the ranks of split conformal
  prediction (Lei et al., JASA 113, 2018). Sums of neighbouring weeks overlap and follow one another, so these ranks
  alone promise nothing;
- so each end is then moved out by a little whenever it was missed, and in by less whenever it was not, as in adaptive
  conformal inference (Gibbs and Candès, NeurIPS 2021), on the scale of the score (quantile tracking; Angelopoulos,
  Candès, Tibshirani, NeurIPS 2023). An end that is missed too often moves until it is not, whatever the weeks do; that
  holds in the long run and is no promise for any one week.

Money is in cents.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

MISSED = 0.1
"""The share of weeks in which less than the low end is to come in, and the share in which more than the high end is."""
STEP = 0.3
WEEKS_MIN, WEEKS_MAX = 12, 52
"""So many earlier weeks it takes, and the ranks are among so many of the newest."""
WEEKS_LATE = 4
"""After how many weeks it is known what came in."""
OVERDUE_MAX = 90
"""Nobody counts on what is overdue for longer; unpaid invoices pile up there, and the regression never saw them."""
RATIO_MIN = 0.01
REACH_MIN = 0.01
"""An end that stood on the middle could not move, however often it was missed. Of a logarithm, so about 1 %."""


@dataclass(frozen=True, slots=True)
class Owed:
    """An open invoice: days since it was due (negative before), and the quantiles of its payment in days after that."""

    amount_cents: int
    days_overdue: int
    low: float
    median: float
    high: float

    def paid_within(self, days: int) -> float:
        """How likely it is paid within so many days from today.

        Quantiles that cross are put in order, and nothing is paid before today. The last tenth comes as long after the
        nine as they after the five, a guess.
        """
        today = float(self.days_overdue)
        median = max(self.median, today)
        low, high = max(min(self.low, median), today), max(self.high, median)
        reach = [(low, 0.1), (median, 0.5), (high, 0.9), (high + (high - median), 1.0)]
        return _along(reach, today + days)


@dataclass(frozen=True, slots=True)
class Week:
    """An earlier forecast whose days are over: what was expected of the open invoices, and what came in."""

    expected_cents: int
    came_cents: int


@dataclass(frozen=True, slots=True)
class Inflow:
    """What comes in: the low and the high end of an interval that is to hold it with 80 %, and the middle."""

    low_cents: int
    expected_cents: int
    high_cents: int


def expected_cents(owed: Iterable[Owed], days: int) -> int:
    """What these invoices bring in within so many days, before earlier weeks put it right."""
    counted = (each for each in owed if each.days_overdue <= OVERDUE_MAX)
    return round(sum(each.amount_cents * each.paid_within(days) for each in counted))


def inflow(expected: int, earlier: Sequence[Week], step: float = STEP) -> Inflow | None:
    """The forecast in the light of earlier weeks, the oldest first; None where they are too few.

    Each of those weeks is forecast anew from what was known then, so that it shows which ends would have been missed.
    """
    scores = [
        math.log(max(each.came_cents / each.expected_cents, RATIO_MIN)) for each in earlier if each.expected_cents
    ]
    told: list[_Ends | None] = []
    for week in range(len(scores)):
        over = max(week - WEEKS_LATE + 1, 0)
        told.append(_ends(scores[:over], told[:over], step))
    found = _ends(scores, told, step)
    return None if found is None else Inflow(*(round(expected * math.exp(each)) for each in found))


_Ends = tuple[float, float, float]


def _ends(scores: Sequence[float], told: Sequence[_Ends | None], step: float) -> _Ends | None:
    """Low end, middle and high end of the next score, by the scores so far and by what was told of each."""
    if len(scores) < WEEKS_MIN:
        return None
    newest = sorted(scores[-WEEKS_MAX:])
    middle = statistics.median(newest)
    low = newest[max(math.floor((len(newest) + 1) * MISSED), 1) - 1]
    high = newest[min(math.ceil((len(newest) + 1) * (1 - MISSED)), len(newest)) - 1]
    judged = [(score, each) for score, each in zip(scores, told, strict=True) if each is not None]
    below = sum(score < each[0] for score, each in judged)
    above = sum(score > each[2] for score, each in judged)
    return (
        middle - max(middle - low, REACH_MIN) * math.exp(step * (below - MISSED * len(judged))),
        middle,
        middle + max(high - middle, REACH_MIN) * math.exp(step * (above - MISSED * len(judged))),
    )


def _along(line: Sequence[tuple[float, float]], at: float) -> float:
    """The height of a rising line at a place: 0 before it begins, and 1 after it ends."""
    if at < line[0][0]:
        return 0.0
    for (left, below), (right, above) in pairwise(line):
        if at < right:
            return below + (above - below) * (at - left) / (right - left)
    return 1.0
