"""What changed between two runs of a suite: in pairs where both ran the same seeds, else by their intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from remit.eval.suite import Row, shown

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Change:
    """One figure now and in the last run. `low` and `high` bound the difference, where it could be bounded.

    `clear` is None where it could not: then two numbers differ, and nothing says whether that is chance.
    """

    case: str
    metric: str
    before: float | None
    now: float | None
    low: float | None
    high: float | None
    how: str

    @property
    def clear(self) -> bool | None:
        if self.low is None or self.high is None:
            return None
        return self.low > 0 or self.high < 0

    @property
    def words(self) -> str:
        """The change in one line."""
        bounds = "" if self.low is None else f", difference [{shown(self.low)}, {shown(self.high)}] ({self.how})"
        mark = {True: "changed", False: "within chance", None: "differs"}[self.clear]
        return f"{self.case}: {self.metric} {shown(self.before)} -> {shown(self.now)}{bounds}: {mark}"

    def to_json(self) -> dict[str, Any]:
        return {
            "case": self.case,
            "metric": self.metric,
            "before": self.before,
            "now": self.now,
            "low": self.low,
            "high": self.high,
            "how": self.how,
            "clear": self.clear,
        }


def compare(now: Sequence[Row], before: Sequence[Row], *, paired: bool) -> list[Change]:
    """The figures that both runs have and that are not the same. `paired` says that sample i of both is one seed's."""
    old = {(row.case, row.metric): row for row in before}
    both = [(row, old[row.case, row.metric]) for row in now if (row.case, row.metric) in old]
    return [_change(row, was, paired) for row, was in both if row.value != was.value]


def _change(now: Row, was: Row, paired: bool) -> Change:
    low = high = None
    how = ""
    if paired and len(now.samples) == len(was.samples) >= 2:
        low, high = _paired([new - old for new, old in zip(now.samples, was.samples, strict=True)])
        how = f"{len(now.samples)} pairs, t"
    elif now.value is not None and was.value is not None and (halves := _half_widths(now, was)):
        # Two independent intervals: half-widths add in squares.
        difference, half = now.value - was.value, math.hypot(*halves)
        low, high, how = difference - half, difference + half, "two intervals"
    return Change(now.case, now.metric, was.value, now.value, low, high, how)


def _half_widths(*rows: Row) -> list[float]:
    bounds = [(row.low, row.high) for row in rows]
    halves = [(high - low) / 2 for low, high in bounds if low is not None and high is not None]
    return halves if len(halves) == len(rows) and all(map(math.isfinite, halves)) else []


def _paired(differences: list[float]) -> tuple[float, float]:
    """Student's interval of the mean difference."""
    from scipy.stats import t

    count = len(differences)
    mean = math.fsum(differences) / count
    variance = math.fsum((each - mean) ** 2 for each in differences) / (count - 1)
    half = float(t.ppf((1 + CONFIDENCE) / 2, count - 1)) * math.sqrt(variance / count)
    return mean - half, mean + half
