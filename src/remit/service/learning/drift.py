"""How a decision does lately: what has shifted, holdout against all others, and who caused the labels."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from remit.agents.records import FINAL, StoredDecision, Wanted
from remit.core.errors import Undecidable
from remit.core.words import Actor, plain
from remit.learning.alarms import Alarm, alarms_of
from remit.learning.alarms import Seen as Observed
from remit.learning.detectors import REFERENCE_MIN
from remit.learning.holdout import Origin, holdout_gap, in_holdout, self_caused_share
from remit.packs.pack import Decision, Pack
from remit.service.learning.common import origin_of, outcome_of, worth
from remit.service.services import Services

CASES_MAX = 5_000
"""The newest cases that are looked at."""
REFERENCE_MAX = 1_000
"""The oldest third of them is what is usual, and no more than so many."""


def drift_of(services: Services, pack_ref: str, *, decision: str | None = None) -> dict[str, Any]:
    """What the newest matured cases show. Whole references come first: see `remit.learning.alarms`.

    Raises:
        NotFound, SourceError, InputError: there is no such pack or decision.
    """
    pack = services.pack(pack_ref)
    chosen = services.decision(pack, decision)
    held_out: list[float] = []
    others: list[float] = []
    origins: list[Origin] = []
    cases = _rewarded(services, pack, chosen)
    for stored, reward in cases:
        is_held = in_holdout(stored.run.subject, pack.name, chosen.name, chosen.holdout)
        (held_out if is_held else others).append(reward)
        origins.append(origin_of(stored, is_held))
    gap = holdout_gap(held_out, others)
    with services.store.read() as unit:
        watch = unit.watches.get(pack.name, chosen.name)
        raised = unit.watches.alarms(pack.name, chosen.name)
    return {
        "pack": pack.name,
        "decision": chosen.name,
        "cases": len(origins),
        "alarms": [plain(alarm) for alarm in _alarms(cases)],
        "holdout": {
            "share": chosen.holdout,
            "cases": gap.held_out,
            "difference": round(gap.difference, 6),
            "lower": round(gap.lower, 6),
            "upper": round(gap.upper, 6),
            "alarm": gap.alarms,
        },
        "self_caused_share": round(self_caused_share(origins), 6),
        "watch": {**watch.to_json(), "alarms": [alarm.to_json() for alarm in raised]},
    }


def tell_drift(services: Services, found: Mapping[str, Any], actor: Actor) -> int:
    """Put what `drift_of` found into the ledger, an event for each alarm; so webhooks tell of it. Gives how many."""
    of = {"pack": found["pack"], "decision": found["decision"]}
    bodies = [{**of, **alarm} for alarm in found["alarms"]]
    if found["holdout"]["alarm"]:
        bodies.append({**of, "series": "holdout", **found["holdout"]})
    if bodies:
        with services.store.write() as unit:
            for body in bodies:
                unit.journal.append("drift.alarmed", actor=actor, body=body)
    return len(bodies)


def _alarms(cases: list[tuple[StoredDecision, float]]) -> list[Alarm]:
    """What has shifted from what was usual; nothing is known with too few cases to say what is."""
    observed = [_observed(stored, reward) for stored, reward in cases]
    usual = min(REFERENCE_MAX, max(REFERENCE_MIN, len(observed) // 3))
    if len(observed) <= usual:
        return []
    alarms = alarms_of(observed[:usual])
    for each in observed[usual:]:
        alarms = alarms.observe(each)
    return alarms.raised


def _observed(stored: StoredDecision, reward: float) -> Observed:
    assert stored.judgement is not None
    return Observed(
        loss=min(1.0, max(0.0, 1.0 - reward)),
        violations=len(stored.run.violations),
        escalated=stored.review_id is not None,
        action=stored.judgement.proposal["action"]["name"],
    )


def _rewarded(services: Services, pack: Pack, decision: Decision) -> list[tuple[StoredDecision, float]]:
    """The newest cases whose outcome is due and known, oldest first, with what their action was worth (0 to 1)."""
    until = services.clock.now() - timedelta(days=decision.outcome.horizon_days)
    found: list[tuple[StoredDecision, float]] = []
    with services.store.read() as unit:
        page = unit.decisions.page(Wanted(pack=pack.name, decision=decision.name, until=until), CASES_MAX)
        for each in page:
            stored = unit.decisions.get(each.decision_id)
            if stored.judgement is None or stored.erased_at is not None or stored.stage not in FINAL:
                continue
            try:
                of = worth(decision, stored, outcome_of(decision, unit.outcomes.of(each.decision_id)))
            except Undecidable:
                continue
            action = stored.judgement.proposal["action"]["name"]
            if of is not None and action in of:
                found.append((stored, of[action]))
    return found[::-1]
