"""What is known of a rollout's step, read from its comparisons, the cases and their outcomes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from remit.agents.ports import Unit
from remit.agents.records import StoredDecision
from remit.core.errors import Undecidable
from remit.learning.guards import Seen, weighed
from remit.learning.outcomes import ReportedOutcome
from remit.learning.registry import Comparison
from remit.learning.rollout import Evidence, Plan, Rollout
from remit.learning.watch import HARMFUL, DriftAlarm
from remit.service.learning.common import outcome_of, worth
from remit.service.services import Services

AT_ONCE = 500
"""So many cases are opened at a time."""


def evidence_of(services: Services, rollout: Rollout, now: datetime) -> Evidence:
    """The evidence of a rollout's present step: pairs are of cases whose outcome is due, whoever reported first."""
    with services.store.read() as unit:
        comparisons = unit.models.comparisons(rollout.id, rollout.step, rollout.step_since)
        parts = [comparisons[at : at + AT_ONCE] for at in range(0, len(comparisons), AT_ONCE)]
        seen = [found for part in parts for found in _seen_of(services, unit, part, rollout.plan, now)]
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


def _seen_of(
    services: Services, unit: Unit, comparisons: Sequence[Comparison], plan: Plan, now: datetime
) -> Iterator[Seen]:
    """Some cases; those that were erased are left out."""
    due = [each.decision_id for each in comparisons if _is_due(each, plan, now)]
    decided, reports = unit.decisions.get_all(due), unit.outcomes.of_all(due)
    for each in comparisons:
        stored = decided.get(each.decision_id)
        if stored is None and _is_due(each, plan, now):
            stored = unit.decisions.get(each.decision_id)  # it raises: a case that is gone is not one that is not due
        found = _seen(services, each, stored, reports.get(each.decision_id, ()), plan)
        if found is not None:
            yield found


def _is_due(comparison: Comparison, plan: Plan, now: datetime) -> bool:
    """Whether what became of the case counts by now."""
    return comparison.at + timedelta(days=plan.horizon_days) <= now


def _seen(
    services: Services,
    comparison: Comparison,
    stored: StoredDecision | None,
    reports: Sequence[ReportedOutcome],
    plan: Plan,
) -> Seen | None:
    """One case; None when it was erased. What was compared of it is counted by the guards before it has matured: then
    there is no decision to look at.
    """
    failed = comparison.failed is not None
    late = plan.latency_ms_max is not None and comparison.took_us > 1000 * plan.latency_ms_max
    if stored is None:
        return Seen(failed, late, matured=False)
    if stored.erased_at is not None:
        return None
    pack = services.pack_version(stored.versions.pack, stored.versions.pack_sha256)
    decision = pack.decisions[stored.run.decision]
    try:
        of = worth(decision, stored, outcome_of(decision, reports))
    except Undecidable:
        of = None
    if of is None or comparison.champion is None or comparison.challenger is None:
        return Seen(failed, late, matured=True)
    groups = {name: str(stored.run.case[name]) for name in decision.protected if _names_a_group(stored.run.case, name)}
    return Seen(failed, late, True, of[comparison.champion], of[comparison.challenger], groups)


def _names_a_group(case: dict[str, object], name: str) -> bool:
    """A text or a yes or no does; a number, such as an age, would make a group of everybody."""
    return isinstance(case.get(name), str | bool)
