"""Which series are watched, how each is made a number in [0, 1], and what is told when one shifts.

| series | one value is | shifts |
|---|---|---|
| loss | the loss of a decision whose outcome is known | up |
| calibration | whether the proposal was right, beside the confidence that it claimed | down |
| violations | whether the case broke its data contract | up |
| escalation | whether a person was asked | both |
| concentration | whether two decisions in a row (no decision twice) took the same action | up |
| holdout_gap | (1 + the model's reward - that of the holdout) / 2, for a pair of one each | down |

The mean of `concentration` is the sum of the squared shares of the actions, whose negative logarithm is their
(Renyi-2) entropy: it rises as entropy falls. All series share one bound on false alarms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from remit.core.errors import Corrupted, InputError
from remit.learning.detectors import WITHIN, Detector, Direction, limit_of, start

SERIES: dict[str, Direction] = {
    "loss": "up",
    "calibration": "down",
    "violations": "up",
    "escalation": "both",
    "concentration": "up",
    "holdout_gap": "down",
}
FALSE_ALARMS = 0.01


@dataclass(frozen=True, slots=True)
class Seen:
    """What became known together; whatever is None says nothing. Losses and rewards lie in [0, 1].

    `right` needs `confidence`; `reward` and `holdout_reward` are a pair.
    """

    loss: float | None = None
    confidence: float | None = None
    right: bool | None = None
    violations: int | None = None
    escalated: bool | None = None
    action: str | None = None
    reward: float | None = None
    holdout_reward: float | None = None


@dataclass(frozen=True, slots=True)
class Alarm:
    """A series that has shifted: against which usual rate, and with how much evidence."""

    series: str
    evidence: float
    limit: float
    usual_rate: float
    seen: int


@dataclass(frozen=True, slots=True)
class Alarms:
    """The detectors by the name of their series, and the action that waits for a second one."""

    detectors: Mapping[str, Detector]
    waiting: str | None = None

    @property
    def raised(self) -> list[Alarm]:
        """Those that are raised now, the surest first. One that is raised stays so until its reference is renewed."""
        told = [
            Alarm(name, each.evidence, each.limit, each.usual_rate, each.seen)
            for name, each in self.detectors.items()
            if each.alarmed
        ]
        return sorted(told, key=lambda alarm: (-alarm.evidence / alarm.limit, alarm.series))

    def observe(self, seen: Seen) -> Alarms:
        """With what became known. Raises InputError when a number is not in [0, 1]."""
        values, waiting = values_of(seen, self.waiting)
        grown = dict(self.detectors)
        for name, (value, claimed) in values.items():
            # A series that has no reference yet is not watched, and one that is raised has nothing to add.
            if name in grown and not grown[name].alarmed:
                grown[name] = grown[name].observe(value, claimed)
        return replace(self, detectors=grown, waiting=waiting)

    def to_json(self) -> dict[str, Any]:
        """The whole state."""
        return {
            "detectors": {name: each.to_json() for name, each in self.detectors.items()},
            "waiting": self.waiting,
        }

    @staticmethod
    def from_json(said: Any) -> Alarms:
        """What `to_json` wrote. Raises Corrupted."""
        try:
            detectors = {name: Detector.from_json(each) for name, each in said["detectors"].items()}
            return Alarms(detectors, said["waiting"])
        except (AttributeError, KeyError, TypeError) as error:
            raise Corrupted(f"it is not the state of alarms: {error!r}") from error


def alarms_of(reference: list[Seen], *, false_alarms: float = FALSE_ALARMS, within: int = WITHIN) -> Alarms:
    """Alarms whose references are these decisions, in their order; a series with too few values is not watched.

    With nothing shifted, any of them is raised within so many values of each with at most that probability.

    Raises:
        InputError: no series has enough values, or a number is not in [0, 1].
    """
    columns: dict[str, list[tuple[float, float | None]]] = {name: [] for name in SERIES}
    waiting: str | None = None
    for each in reference:
        values, waiting = values_of(each, waiting)
        for name, value in values.items():
            columns[name].append(value)
    enough = {name: column for name, column in columns.items() if len(column) >= 100}
    if not enough:
        raise InputError("no series has 100 values to be a reference", mend="wait for more decisions")
    limit = limit_of(false_alarms, within, len(enough))
    return Alarms({name: detector_of(name, column, limit, within) for name, column in enough.items()})


def values_of(seen: Seen, waiting: str | None) -> tuple[dict[str, tuple[float, float | None]], str | None]:
    """Each series' value, with what was claimed for it, and the action that waits then."""
    values: dict[str, tuple[float, float | None]] = {}
    if seen.loss is not None:
        values["loss"] = (seen.loss, None)
    if seen.right is not None and seen.confidence is not None:
        values["calibration"] = (float(seen.right), seen.confidence)
    if seen.violations is not None:
        values["violations"] = (float(seen.violations > 0), None)
    if seen.escalated is not None:
        values["escalation"] = (float(seen.escalated), None)
    if seen.reward is not None and seen.holdout_reward is not None:
        values["holdout_gap"] = ((1 + seen.reward - seen.holdout_reward) / 2, None)
    if seen.action is None:
        return values, waiting
    if waiting is None:
        return values, seen.action
    values["concentration"] = (float(seen.action == waiting), None)
    return values, None


def detector_of(
    name: str, column: Sequence[tuple[float, float | None]], limit: float, within: int = WITHIN
) -> Detector:
    """A detector of a series whose reference are these values, each with what was claimed for it. Raises InputError."""
    values = np.array([value for value, _ in column])
    claimed = np.array([claim for _, claim in column], dtype=np.float64) if name == "calibration" else None
    return start(values, limit, within=within, direction=SERIES[name], claimed=claimed)
