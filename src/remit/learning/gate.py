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
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

import numpy as np

from remit.core.errors import Conflict, Corrupted, InputError
from remit.learning.eprocess import Bets, Floats, Process, Rows, advance, start
from remit.learning.estimators import Estimate, WeightSummary, doubly_robust, ips, snips, weight_summary
from remit.learning.logged import AT_ONCE, Columns, Log, Logged, Maybe, microseconds

Outcome = Literal["promote", "hold", "refuse"]


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

    def units(self, rewards: Floats) -> Floats:
        """`unit` of each. Raises InputError for the first that is outside."""
        inside = (rewards >= self.low) & (rewards <= self.high)
        if not inside.all():
            self.unit(float(rewards[inside.argmin()]))
        return np.minimum(1.0, np.maximum(0.0, (rewards - self.low) / (self.high - self.low)))


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
    candidate: Candidate, logged: Log | Iterable[Logged], conditions: Conditions, state: State | None = None
) -> Judgement:
    """Judge a candidate by the whole log; with a `state` only the rows after it are bet on.

    Raises:
        InputError: a decision is there twice, a probability or a reward is none.
        Conflict: the state is another candidate's, was wagered otherwise, or the log before it is not the one it has
        seen.
    """
    evidence, counts = _evidence(candidate, logged if isinstance(logged, Log) else Log(logged))
    rows = _rows(evidence, conditions.scale)
    before = _begin(candidate, evidence, conditions, state)
    through = evidence.id_of(-1) if len(evidence) else None
    after = replace(_wagered(before, rows, conditions), through=through)

    counts["without_outcome"] = len(evidence) - _how_many(evidence.reward)
    counts["not_recomputed"] = len(evidence) - _recomputed(evidence, conditions.propensity_tolerance)
    numbers: dict[str, Any] = {"counts": counts, "wager": _wager(after, conditions)}
    if counts["evidence"] < max(2, conditions.rows_min):
        reason = f"{counts['evidence']} rows of evidence are too few; at least {conditions.rows_min} are needed"
        return Judgement("hold", (reason,), numbers, after)
    weights = weight_summary(rows.weight)
    deficit = math.fsum(evidence.unsupported) / len(evidence)
    numbers |= {"weights": weights.to_json(), "support_deficit": deficit}
    numbers |= {"estimates": [each.to_json() for each in _estimates(evidence, rows)]}
    if faults := _faults(weights, deficit, counts["not_recomputed"], conditions):
        return Judgement("refuse", tuple(faults), numbers, after)
    return _by_wager(after, conditions, numbers)


def _evidence(candidate: Candidate, log: Log) -> tuple[Columns, dict[str, int]]:
    """The rows that count, in the order of decisions, and how many do not, by why."""
    ordered = log.ordered()
    first = int(np.searchsorted(ordered.decided_at, microseconds(candidate.registered_at), side="right"))
    open_ = ~ordered.matured[first:]
    ripe = int(open_.argmax()) if open_.any() else len(open_)
    counts = {"logged": len(ordered), "before_registration": first, "not_matured": len(open_) - ripe}
    return ordered.part(first, first + ripe), {**counts, "evidence": ripe}


def _rows(evidence: Columns, scale: Scale) -> Rows:
    logged, champions = evidence.propensity, evidence.champion
    _must_be_probabilities(evidence)
    weight = evidence.challenger / logged
    known = _how_many(champions)
    if known not in (0, len(evidence)):
        raise InputError("some rows say what the champion would have done and others do not", mend="say it of all")
    champion = None if champions is None or not known else champions.numbers / logged
    # The worst that it can have been: X grows with the reward where the challenger's weight is the larger one.
    reward = np.asarray(weight < (1.0 if champion is None else champion), dtype=np.float64)
    if evidence.reward is not None:
        reward[evidence.reward.known] = scale.units(evidence.reward.numbers[evidence.reward.known])
    ours = _caps(evidence.weight_max, len(evidence))
    theirs = None if champion is None else _caps(evidence.champion_max, len(evidence))
    return Rows(weight, reward, ours, champion, theirs)


def _must_be_probabilities(evidence: Columns) -> None:
    good = (evidence.propensity > 0) & (evidence.propensity <= 1)
    good &= (evidence.challenger >= 0) & (evidence.challenger <= 1)
    if evidence.champion is not None:
        champion = evidence.champion.otherwise(0.0)
        good &= (champion >= 0) & (champion <= 1)
    if not good.all():
        name = evidence.id_of(int(good.argmin()))
        raise InputError(f"decision {name} has a probability that is none", mend="look for a zero")


def _caps(known: Maybe | None, size: int) -> Floats:
    return np.full(size, math.inf) if known is None else known.otherwise(math.inf)


def _how_many(column: Maybe | None) -> int:
    return 0 if column is None else int(column.known.sum())


def _wagered(state: State, rows: Rows, conditions: Conditions) -> State:
    """Bet on the rows that were not bet on yet. Pieces give what the whole gives, and no path is kept."""
    process, promoted_after = state.process, state.promoted_after
    for begin in range(process.rows, len(rows), AT_ONCE):
        process, path = advance(process, rows.part(begin, min(len(rows), begin + AT_ONCE)))
        if promoted_after is None and (path >= conditions.wanted).any():
            promoted_after = begin + 1 + int((path[0] >= conditions.wanted).argmax())
    return replace(state, process=process, promoted_after=promoted_after)


def _recomputed(evidence: Columns, tolerance: float) -> int:
    """How many propensities recompute to what was logged, in the sense of `math.isclose`."""
    if evidence.recomputed is None:
        return 0
    logged, again = evidence.propensity, evidence.recomputed.numbers
    with np.errstate(invalid="ignore"):
        near = np.abs(logged - again) <= tolerance * np.maximum(np.abs(logged), np.abs(again))
    return int((near & np.isfinite(again) & evidence.recomputed.known).sum())


def _begin(candidate: Candidate, evidence: Columns, conditions: Conditions, state: State | None) -> State:
    if state is None:
        return State(candidate.sha256, None, start(conditions.bets))
    if state.candidate != candidate.sha256:
        raise Conflict("the state of the gate is another candidate's", mend="begin anew for this one")
    if state.process.bets != conditions.bets:
        raise Conflict("the bets were changed on the way", mend="keep the bets that were declared")
    seen = state.process.rows
    if seen > len(evidence) or (seen and evidence.id_of(seen - 1) != state.through):
        raise Conflict(
            "the log is not the one that the gate has seen so far", mend="give it whole, from the first row on"
        )
    return state


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


def _estimates(evidence: Columns, rows: Rows) -> list[Estimate]:
    found = [ips(rows.weight, rows.reward)]
    if rows.weight.any():
        found.append(snips(rows.weight, rows.reward))
    said, expected = evidence.modelled, evidence.expected
    if said is not None and expected is not None and (said.known & expected.known).all():
        found.append(doubly_robust(rows.weight, rows.reward, said.numbers, expected.numbers))
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
