"""From what was seen of a step to its evidence: the pairs of matured cases, and the guards over all cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from remit.learning.confidence import (
    confidence_sequence,
    evidence_of_a_turn,
    evidence_of_excess,
)
from remit.learning.rollout import Evidence, Plan

LATE_SHARE_MAX = 0.05
"""The share of answers that may take longer than the plan allows."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one case of a step shows. Rewards are shares of the case's spread, so they lie in [0, 1].

    They are None before the outcome is due, and where it never came; `matured` says which of the two. `groups` are the
    case's protected attributes: name and value.
    """

    failed: bool
    late: bool
    matured: bool
    champion: float | None = None
    challenger: float | None = None
    groups: Mapping[str, str] = field(default_factory=dict)


def weighed(seen: Sequence[Seen], plan: Plan) -> Evidence:
    """The evidence of a step, from its cases in the order in which they were decided."""
    pairs = [each for each in seen if each.champion is not None and each.challenger is not None]
    differences = [_difference(each) for each in pairs]
    tripped = {
        **_excess("error", [each.failed for each in seen], plan.errors_max, plan),
        **_excess("latency", [each.late for each in seen], LATE_SHARE_MAX if plan.latency_ms_max else None, plan),
        **_poor(pairs, plan),
        **_groups(pairs, plan),
    }
    return Evidence(
        bounds=confidence_sequence(differences, plan.alpha),
        matured=sum(each.matured for each in seen),
        turn=evidence_of_a_turn(differences),
        tripped=tripped,
    )


def _difference(pair: Seen) -> float:
    return (pair.challenger or 0.0) - (pair.champion or 0.0)


def _excess(guard: str, hits: Sequence[bool], rate_max: float | None, plan: Plan) -> dict[str, str]:
    """A guard over a share: it trips once the share is surely too large."""
    if rate_max is None or not hits:
        return {}
    if evidence_of_excess(sum(hits), len(hits), rate_max) < 1.0 / plan.alpha:
        return {}
    return {guard: f"{sum(hits)} of {len(hits)} cases, where at most {rate_max:.0%} may"}


def _poor(pairs: Sequence[Seen], plan: Plan) -> dict[str, str]:
    """The KPI's guard: the mean reward of the challenger is surely below what it must reach."""
    if plan.reward_min is None:
        return {}
    bounds = confidence_sequence([2.0 * (each.challenger or 0.0) - 1.0 for each in pairs], plan.alpha)
    upper = (bounds.upper + 1.0) / 2.0
    return {"kpi": f"mean reward below {upper:.4f}, must reach {plan.reward_min}"} if upper < plan.reward_min else {}


def _groups(pairs: Sequence[Seen], plan: Plan) -> dict[str, str]:
    """The groups' guard: one of them surely fares worse by more than the gap. The level is shared among them."""
    if plan.group_gap_max is None:
        return {}
    of: dict[tuple[str, str], list[float]] = {}
    for pair in pairs:
        for group in pair.groups.items():
            of.setdefault(group, []).append(_difference(pair))
    worst = {
        group: bounds.upper
        for group, differences in sorted(of.items())
        if (bounds := confidence_sequence(differences, plan.alpha / len(of))).upper < -plan.group_gap_max
    }
    # The value itself may tell of a subject, and this text goes into the ledger.
    names = sorted({name for name, _ in worst})
    return {"group_gap": f"a group by {', '.join(f'`{name}`' for name in names)} fares worse"} if worst else {}
