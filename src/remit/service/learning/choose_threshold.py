"""When to ask a person: the confidence from which on decisions may be automated, by a snapshot, with a promise.

Nothing is changed by it. A threshold comes into force as a rule of the policy contract, which a person proposes and
another one activates. From then on its promise may be watched; see `watch_threshold`.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from remit.core.errors import InputError
from remit.learning.snapshot import MadeSnapshot
from remit.learning.thresholds import Choice, Floats, choose, grid_of
from remit.service.learning.check_snapshot import rows_of, verified
from remit.service.services import Services

JUDGED_MIN = 100
UNKNOWN_MAX = 0.05
"""The share of mature cases whose outcome may be unknown: who is not heard of may differ from those who are."""
GRID_SHARE = 4
"""One case of so many makes the grid; the others are calibrated on."""


def choose_threshold(
    services: Services, snapshot: str, *, bound: float, delta: float, capacity: float | None = None
) -> dict[str, Any]:
    """The threshold that a snapshot's mature cases bear out; `threshold` is None where a person has to decide all.

    A case counts as wrong (1) when another action would have earned more under its outcome, else as right (0). With
    probability 1 - `delta`, at most a share `bound` of what is automated is wrong. `capacity` is the share of all cases
    that people can take.

    Raises:
        NotFound, InputError: there is no such snapshot, its rows are elsewhere, or too little of it can be judged.
        Refused: it was retired, or too many of its mature cases have no outcome.
        Corrupted: its rows are not those that were made.
    """
    cases = judged_cases(services, verified(services, snapshot))
    found = chosen_by(cases, bound=bound, delta=delta, capacity=capacity)
    return {
        "threshold": found.threshold if cases.speak_for_all else None,
        "bound": bound,
        "delta": delta,
        "capacity": capacity,
        "judged": len(cases.confidences),
        "unknown_share": round(cases.unknown_share, 4),
        "why": _why(found, cases),
        **_shares(found),
        "rule": rule_of(found.threshold) if cases.speak_for_all else None,
    }


@dataclass(frozen=True, slots=True)
class Judged:
    """The mature cases of a snapshot that are judged, in the order in which they were decided.

    `losses` are 1 where a case counts as wrong, else 0; `grid` is made of the confidences of other cases; `newest` is
    when the last one was decided; `unknown_share` is of the mature cases beside the grid's.
    """

    confidences: Floats
    losses: Floats
    grid: tuple[float, ...]
    newest: datetime
    unknown_share: float

    @property
    def speak_for_all(self) -> bool:
        """Whether so few outcomes are unknown that a promise can be made."""
        return self.unknown_share <= UNKNOWN_MAX


def judged_cases(services: Services, made: MadeSnapshot) -> Judged:
    """The cases of a verified snapshot that a threshold is chosen by. Raises InputError: they are too few."""
    unknown = 0
    grid_from: list[float] = []
    judged: list[tuple[float, float]] = []
    newest = datetime.min.replace(tzinfo=UTC)
    for row in rows_of(services, made):
        if not row["matured"] or row["quarantine"] is not None or row["propensity"] < 1.0:
            continue
        newest = max(newest, row["decided_at"])
        if _is_for_the_grid(row):
            grid_from.append(row["confidence"])
        elif row["label"] != "known" or not row["rewards"]:
            unknown += 1
        else:
            judged.append((row["confidence"], _wrong(row)))
    if len(judged) < JUDGED_MIN or not grid_from:
        raise InputError(
            f"{len(judged)} cases can be judged; it takes {JUDGED_MIN}", mend="wait until more outcomes are known"
        )
    confidences, losses = (np.array(column) for column in zip(*judged, strict=True))
    return Judged(confidences, losses, grid_of(np.array(grid_from)), newest, unknown / (unknown + len(judged)))


def chosen_by(cases: Judged, *, bound: float, delta: float, capacity: float | None) -> Choice:
    """What these cases bear out, were they to speak for all. Raises InputError: a number is out of its range."""
    return choose(cases.confidences, cases.losses, cases.grid, bound=bound, delta=delta, capacity=capacity)


def _is_for_the_grid(row: Mapping[str, Any]) -> bool:
    """By the id alone, so that the same snapshot always gives the same threshold."""
    return hashlib.sha256(str(row["decision_id"]).encode()).digest()[0] % GRID_SHARE == 0


def _wrong(row: Mapping[str, Any]) -> float:
    rewards: Mapping[str, float] = row["rewards"]
    return float(rewards[row["proposed"]] < max(rewards.values()))


def _shares(found: Choice) -> dict[str, Any]:
    at = next((each for each in found.tested if each.threshold == found.threshold), None)
    return {
        "escalated": round(found.escalated, 4),
        "escalated_max": round(found.escalated_max, 4),
        "shortfall": round(found.shortfall, 4),
        "wrong_among_automated": None if at is None else round(at.loss, 4),
    }


def _why(found: Choice, cases: Judged) -> str:
    if not cases.speak_for_all:
        return f"of {cases.unknown_share:.0%} of the mature cases the outcome is unknown: no promise can be made"
    if found.threshold is None:
        return "no threshold keeps the promise: a person decides every case"
    if found.shortfall:
        return f"it keeps the promise, and asks more than people can take: {found.shortfall:.0%} of all cases wait"
    return "it keeps the promise"


def rule_of(threshold: float | None) -> str:
    """What would stand in the contract. A number has a point there, or it would be an integer and not load; and it is
    rounded up to the six digits of a confidence, so that nothing is automated below the threshold.
    """
    if threshold is None:
        return "when: 'true'"
    return f"when: proposal.confidence < {math.ceil(round(threshold * 1e6, 3)) / 1e6!r}"
