"""What is known of a rollout's step, read from its comparisons, the cases and their outcomes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from remit.agents.ports import Unit
from remit.core.errors import Undecidable
from remit.learning.guards import Seen, weighed
from remit.learning.registry import Comparison
from remit.learning.rollout import Evidence, Plan, Rollout
from remit.learning.watch import HARMFUL, DriftAlarm
from remit.service.learning.common import outcome_of, worth
from remit.service.services import Services


def evidence_of(services: Services, rollout: Rollout, now: datetime) -> Evidence:
    """The evidence of a rollout's present step: pairs are of cases whose outcome is due, whoever reported first."""
    with services.store.read() as unit:
        comparisons = unit.models.comparisons(rollout.id, rollout.step, rollout.step_since)
        seen = [found for each in comparisons if (found := _seen(services, unit, each, rollout.plan, now)) is not None]
        alarms = unit.watches.alarms(rollout.pack, rollout.decision)
    evidence = weighed(seen, rollout.plan)
    return replace(evidence, tripped={**(evidence.tripped or {}), **_drift(rollout, alarms)})


def _drift(rollout: Rollout, alarms: Sequence[DriftAlarm]) -> dict[str, str]:
    """The guard over drift: since the challenger has had its present share, something has got worse.

    What was raised before, or what a person has acknowledged, says nothing against it.
    """
    worse = sorted(
        {
            each.series
            for each in alarms
            if each.series in HARMFUL and each.acknowledged_at is None and each.raised_at > rollout.step_since
        }
    )
    return {"drift": f"{', '.join(worse)} got worse at this step"} if worse and rollout.share > 0.0 else {}


def _seen(services: Services, unit: Unit, comparison: Comparison, plan: Plan, now: datetime) -> Seen | None:
    """One case; None when it was erased. What was compared of it is counted by the guards before it has matured."""
    failed = comparison.failed is not None
    late = plan.latency_ms_max is not None and comparison.took_us > 1000 * plan.latency_ms_max
    if comparison.at + timedelta(days=plan.horizon_days) > now:
        return Seen(failed, late, matured=False)
    stored = unit.decisions.get(comparison.decision_id)
    if stored.erased_at is not None:
        return None
    pack = services.pack_version(stored.versions.pack, stored.versions.pack_sha256)
    decision = pack.decisions[stored.run.decision]
    try:
        of = worth(decision, stored, outcome_of(decision, unit.outcomes.of(comparison.decision_id)))
    except Undecidable:
        of = None
    if of is None or comparison.champion is None or comparison.challenger is None:
        return Seen(failed, late, matured=True)
    groups = {name: str(stored.run.case[name]) for name in decision.protected if _names_a_group(stored.run.case, name)}
    return Seen(failed, late, True, of[comparison.champion], of[comparison.challenger], groups)


def _names_a_group(case: dict[str, object], name: str) -> bool:
    """A text or a yes or no does; a number, such as an age, would make a group of everybody."""
    return isinstance(case.get(name), str | bool)
