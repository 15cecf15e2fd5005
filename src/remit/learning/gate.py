"""The off-policy gate: from logged decisions to promote, hold or refuse, with the reasons and every number.

Evidence is what was decided after the challenger was frozen, in the order of decisions, up to the first decision whose
outcome may still come: a later one that is known already would let those in who report early. The wager of
`remit.learning.eprocess` alone promotes; the log's faults refuse, whatever the wager says; everything else holds.

- A row whose time has come without an outcome counts as badly for the challenger as a reward in [0, 1] can.
- Rewards come in the pack's own unit; `Scale` maps them to [0, 1] and is declared beforehand.
- Several candidates on one log share alpha: say how many before the first of them is looked at.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

import numpy as np

from remit.core.errors import Conflict, Corrupted, InputError
from remit.learning.eprocess import Bets, Floats, Process, Rows, advance, start
from remit.learning.estimators import Estimate, WeightSummary, doubly_robust, ips, snips, weight_summary

Outcome = Literal["promote", "hold", "refuse"]


@dataclass(frozen=True, slots=True)
class Logged:
    """One decision as the gate sees it. Probabilities are those of the action that was logged.

    `recomputed` is the logged propensity as replay recomputes it, None where it could not. `weight_max` is the largest
    challenger's weight that any permitted action of the case could have had, `champion_max` the champion's;
    `unsupported` is the challenger's probability of actions that the logger never takes in this case. `champion` is
    None where the champion logged. `reward` is None while no outcome is known; `matured` says that the horizon has
    passed. `modelled` and `expected` are a reward model's word on the logged action and on the challenger's (for the
    doubly robust estimate).
    """

    decision_id: str
    decided_at: datetime
    propensity: float
    challenger: float
    reward: float | None
    matured: bool
    recomputed: float | None
    weight_max: float | None = None
    unsupported: float = 0.0
    champion: float | None = None
    champion_max: float | None = None
    modelled: float | None = None
    expected: float | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """Who wants to be champion: the artefact's SHA-256, and since when it has been fixed."""

    sha256: str
    registered_at: datetime


@dataclass(frozen=True, slots=True)
class Scale:
    """The rewards that a pack can give: `low` becomes 0 and `high` 1."""

    low: float = 0.0
    high: float = 1.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise InputError("a scale of rewards needs two numbers, the lower one first")

    def unit(self, reward: float) -> float:
        """Raises InputError: the reward is outside of the scale."""
        if not self.low <= reward <= self.high:
            raise InputError(
                f"the reward {reward:g} is outside of {self.low:g} to {self.high:g}", mend="mend the scale"
            )
        return min(1.0, max(0.0, (reward - self.low) / (self.high - self.low)))


@dataclass(frozen=True, slots=True)
class Conditions:
    """What is promised and what a log must hold; declared before the first look.

    `alpha` bounds the probability of ever promoting one that is no better, `candidates` share it. `rows_min` and below
    is too little to judge the log by. Refused are: an effective sample below `effective_min` rows or
    `effective_share_min` of them, a support deficit above `deficit_max`, a mean weight further from 1 than
    `mean_weight_max`, or than `mean_weight_z` standard errors and 0.02, and any propensity that recomputes to another
    number (relative `propensity_tolerance`).
    """

    alpha: float = 0.05
    candidates: int = 1
    scale: Scale = field(default_factory=Scale)
    bets: Bets = field(default_factory=Bets)
    rows_min: int = 200
    effective_min: float = 50.0
    effective_share_min: float = 0.01
    deficit_max: float = 0.01
    mean_weight_max: float = 0.5
    mean_weight_z: float = 4.0
    propensity_tolerance: float = 1e-6

    def __post_init__(self) -> None:
        if not 0 < self.alpha < 1 or self.candidates < 1:
            raise InputError("alpha is between 0 and 1, and there is one candidate at least")

    @property
    def wanted(self) -> float:
        """log e from which on a candidate is promoted: alpha, shared by the candidates (Bonferroni)."""
        return math.log(self.candidates / self.alpha)


@dataclass(frozen=True, slots=True)
class State:
    """How far the wager of a candidate has come: what was bet is not bet again, even if an outcome is corrected."""

    candidate: str
    through: str | None
    process: Process
    promoted_after: int | None = None

    def to_json(self) -> dict[str, Any]:
        words = {"candidate": self.candidate, "through": self.through, "promoted_after": self.promoted_after}
        return {**words, "process": self.process.to_json()}

    @staticmethod
    def from_json(said: Mapping[str, Any]) -> State:
        """Raises Corrupted when it is not what `to_json` wrote."""
        try:
            process = Process.from_json(said["process"])
            return State(said["candidate"], said["through"], process, said["promoted_after"])
        except (KeyError, TypeError) as error:
            raise Corrupted(f"the state of the gate is not what was written: {error!r}") from error


@dataclass(frozen=True, slots=True)
class Judgement:
    """The gate's word. `numbers` are all that it rests on, `state` is where the next look goes on."""

    outcome: Outcome
    reasons: tuple[str, ...]
    numbers: dict[str, Any]
    state: State

    def to_json(self) -> dict[str, Any]:
        return {
            "outcome": self.outcome,
            "reasons": list(self.reasons),
            "numbers": self.numbers,
            "state": self.state.to_json(),
        }


def judge(
    candidate: Candidate, logged: Sequence[Logged], conditions: Conditions, state: State | None = None
) -> Judgement:
    """Judge a candidate by the whole log; with a `state` only the rows after it are bet on.

    Raises:
        InputError: a decision is there twice, a probability or a reward is none.
        Conflict: the state is another candidate's, was wagered otherwise, or the log before it is not the one it has
        seen.
    """
    evidence, counts = _evidence(candidate, logged)
    rows = _rows(evidence, conditions.scale)
    before = _begin(candidate, evidence, conditions, state)
    seen = before.process.rows
    process, path = advance(before.process, rows.part(seen, len(evidence)))
    promoted_after = before.promoted_after
    if promoted_after is None and (path >= conditions.wanted).any():
        promoted_after = seen + 1 + int((path[0] >= conditions.wanted).argmax())
    through = evidence[-1].decision_id if evidence else None
    after = State(candidate.sha256, through, process, promoted_after)

    counts["without_outcome"] = sum(row.reward is None for row in evidence)
    counts["not_recomputed"] = sum(_differs(row, conditions.propensity_tolerance) for row in evidence)
    numbers: dict[str, Any] = {"counts": counts, "wager": _wager(after, conditions)}
    if counts["evidence"] < max(2, conditions.rows_min):
        reason = f"{counts['evidence']} rows of evidence are too few; at least {conditions.rows_min} are needed"
        return Judgement("hold", (reason,), numbers, after)
    weights = weight_summary(rows.weight)
    deficit = math.fsum(row.unsupported for row in evidence) / len(evidence)
    numbers |= {"weights": weights.to_json(), "support_deficit": deficit}
    numbers |= {"estimates": [each.to_json() for each in _estimates(evidence, rows)]}
    if faults := _faults(weights, deficit, counts["not_recomputed"], conditions):
        return Judgement("refuse", tuple(faults), numbers, after)
    return _by_wager(after, conditions, numbers)


def _evidence(candidate: Candidate, logged: Sequence[Logged]) -> tuple[list[Logged], dict[str, int]]:
    """The rows that count, in the order of decisions, and how many do not, by why."""
    if len({row.decision_id for row in logged}) < len(logged):
        raise InputError("a decision is in the log twice", mend="give each decision once")
    ordered = sorted(logged, key=lambda row: (row.decided_at, row.decision_id))
    after = [row for row in ordered if row.decided_at > candidate.registered_at]
    ripe = next((index for index, row in enumerate(after) if not row.matured), len(after))
    counts = {"logged": len(logged), "before_registration": len(logged) - len(after), "not_matured": len(after) - ripe}
    return after[:ripe], {**counts, "evidence": ripe}


def _rows(evidence: Sequence[Logged], scale: Scale) -> Rows:
    for row in evidence:
        if not (0 < row.propensity <= 1 and 0 <= row.challenger <= 1 and 0 <= (row.champion or 0.0) <= 1):
            raise InputError(f"decision {row.decision_id} has a probability that is none", mend="look for a zero")
    logged = np.array([row.propensity for row in evidence])
    weight = np.array([row.challenger for row in evidence]) / logged
    champions = {row.champion is not None for row in evidence}
    if len(champions) > 1:
        raise InputError("some rows say what the champion would have done and others do not", mend="say it of all")
    champion = None
    if champions == {True}:
        champion = np.array([row.champion for row in evidence], dtype=np.float64) / logged
    rest = np.ones(len(evidence)) if champion is None else champion
    reward = np.array(
        [
            # The worst that it can have been: X grows with the reward where the challenger's weight is the larger one.
            float(weight[index] < rest[index]) if row.reward is None else scale.unit(row.reward)
            for index, row in enumerate(evidence)
        ]
    )
    ours = _caps([row.weight_max for row in evidence])
    theirs = None if champion is None else _caps([row.champion_max for row in evidence])
    return Rows(weight, reward, ours, champion, theirs)


def _caps(known: Sequence[float | None]) -> Floats:
    return np.array([math.inf if each is None else each for each in known], dtype=np.float64)


def _begin(candidate: Candidate, evidence: Sequence[Logged], conditions: Conditions, state: State | None) -> State:
    if state is None:
        return State(candidate.sha256, None, start(conditions.bets))
    if state.candidate != candidate.sha256:
        raise Conflict("the state of the gate is another candidate's", mend="begin anew for this one")
    if state.process.bets != conditions.bets:
        raise Conflict("the bets were changed on the way", mend="keep the bets that were declared")
    seen = state.process.rows
    if seen > len(evidence) or (seen and evidence[seen - 1].decision_id != state.through):
        raise Conflict(
            "the log is not the one that the gate has seen so far", mend="give it whole, from the first row on"
        )
    return state


def _differs(row: Logged, tolerance: float) -> bool:
    return row.recomputed is None or not math.isclose(row.propensity, row.recomputed, rel_tol=tolerance)


def _wager(state: State, conditions: Conditions) -> dict[str, Any]:
    now, peak = float(state.process.now[0]), float(state.process.peak[0])
    return {
        "log_e": now,
        "log_e_peak": peak,
        "log_e_wanted": conditions.wanted,
        "p_value": min(1.0, math.exp(-max(0.0, peak))),
        "alpha": conditions.alpha,
        "candidates": conditions.candidates,
        "promoted_after": state.promoted_after,
        "bets": asdict(conditions.bets) | {"lifts": list(conditions.bets.lifts)},
    }


def _estimates(evidence: Sequence[Logged], rows: Rows) -> list[Estimate]:
    found = [ips(rows.weight, rows.reward)]
    if rows.weight.any():
        found.append(snips(rows.weight, rows.reward))
    modelled = [
        (row.modelled, row.expected) for row in evidence if row.modelled is not None and row.expected is not None
    ]
    if len(modelled) == len(evidence):
        said, expected = np.array(modelled).T
        found.append(doubly_robust(rows.weight, rows.reward, said, expected))
    return found


def _faults(weights: WeightSummary, deficit: float, differing: int, conditions: Conditions) -> list[str]:
    faults = []
    if differing:
        faults.append(f"{differing} propensities do not recompute to what was logged")
    if deficit > conditions.deficit_max:
        faults.append(
            f"support deficit {deficit:.3g}: so often would the challenger act as the logger never does "
            f"(at most {conditions.deficit_max:g})"
        )
    least = max(conditions.effective_min, conditions.effective_share_min * weights.rows)
    if weights.effective_sample < least:
        faults.append(
            f"effective sample {weights.effective_sample:.3g} of {weights.rows} rows, largest weight "
            f"{weights.largest:,.0f} (at least {least:g})"
        )
    away = abs(weights.mean - 1.0)
    beyond_chance = away > max(0.02, conditions.mean_weight_z * weights.standard_error)
    if away > conditions.mean_weight_max or beyond_chance:
        faults.append(
            f"mean weight {weights.mean:.4g}, standard error {weights.standard_error:.2g}: it has to be near 1, "
            "or a propensity is wrong or an action was never tried"
        )
    return faults


def _by_wager(state: State, conditions: Conditions, numbers: dict[str, Any]) -> Judgement:
    peak = f"e = {math.exp(min(700.0, float(state.process.peak[0]))):.3g}"
    wanted = f"{conditions.candidates / conditions.alpha:g}"
    if state.promoted_after is not None:
        reason = f"{peak} at its highest; {wanted} was wanted and reached after {state.promoted_after} decisions"
        return Judgement("promote", (reason,), numbers, state)
    return Judgement("hold", (f"{peak} at its highest, and {wanted} is wanted",), numbers, state)
