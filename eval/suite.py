"""What a suite is: a question, a run that answers it in figures, and floors below which the answer is no.

A suite is a module of `remit.eval.suites` with a `SUITE`::

    SUITE = Suite("drift", "How soon is a change seen?", run, floors=(Floor("ours *", "false alarms", at_most=0.01),))

    def run(quick: bool, seed: int) -> list[Row]:
        return [Row("ours at 0.20", "delay", 210.0, low=190.0, high=233.0, unit="decisions")]
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: `metric`, measured in `case`. Cases become the lines of a table and metrics its columns.

    `value` is None where nothing could be measured, such as a median that was not reached. `low` and `high` bound it (a
    confidence interval). `samples` are the single measurements, one for each repetition in the order of the seeds: with
    them two runs of the same seed are compared in pairs.
    """

    case: str
    metric: str
    value: float | None
    low: float | None = None
    high: float | None = None
    unit: str = ""
    samples: tuple[float, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "case": self.case,
            "metric": self.metric,
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "unit": self.unit,
            "samples": list(self.samples),
        }

    @staticmethod
    def from_json(said: dict[str, Any]) -> Row:
        return Row(**{**said, "samples": tuple(said["samples"])})


@dataclass(frozen=True, slots=True)
class Floor:
    """What a figure has to hold, in every case that `case` matches (``*`` is any text); both bounds may be met.

    `quick` says whether it is held in a quick run as well, which repeats too little to be judged by close bounds.
    """

    case: str
    metric: str
    at_least: float | None = None
    at_most: float | None = None
    quick: bool = True

    @property
    def words(self) -> str:
        """What it asks for, as a person says it."""
        bounds = [f"at least {self.at_least:g}"] if self.at_least is not None else []
        bounds += [f"at most {self.at_most:g}"] if self.at_most is not None else []
        return f"{self.case}: {self.metric} {' and '.join(bounds)}"

    def broken_by(self, rows: Sequence[Row]) -> list[str]:
        """Each way in which it is broken, in words. A floor that no figure speaks to is broken, too."""
        found = [row for row in rows if row.metric == self.metric and fnmatchcase(row.case, self.case)]
        if not found:
            return [f"{self.words}: nothing was measured"]
        return [f"{self.words}: {row.case} has {shown(row.value)}" for row in found if not self._holds(row.value)]

    def _holds(self, value: float | None) -> bool:
        if value is None or math.isnan(value):
            return False
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)


@dataclass(frozen=True, slots=True)
class Suite:
    """A question, and how it is answered.

    `run(quick, seed)` gives the figures; the same arguments give the same figures. A quick run takes seconds.
    """

    name: str
    question: str
    run: Callable[[bool, int], list[Row]]
    floors: tuple[Floor, ...]


def shown(value: float | None) -> str:
    """A figure as a person reads it: four digits that count."""
    if value is None or math.isnan(value):
        return "none"
    if math.isinf(value):
        return "never" if value > 0 else "-inf"
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.4g}"
