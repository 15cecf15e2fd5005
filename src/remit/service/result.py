"""A decision as its asker sees it: one JSON object, the same from every door."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from remit.agents.ports import Store, Unit
from remit.agents.records import Obligation, StoredDecision
from remit.core.words import Actor
from remit.service.hidden_verdict import is_kept_from, without_verdict


def result_in(store: Store, decision_id: str, timings_ms: dict[str, float] | None = None) -> dict[str, Any]:
    """The result of a decision as it stands. Raises NotFound."""
    with store.read() as unit:
        stored = unit.decisions.get(decision_id)
        return _result(unit, stored, timings_ms)


def result_for(store: Store, decision_id: str, viewer: Actor) -> dict[str, Any]:
    """The same as somebody may see it: without a verdict that is still kept from them. Raises NotFound."""
    with store.read() as unit:
        stored = unit.decisions.get(decision_id)
        told = _result(unit, stored)
        return without_verdict(told) if is_kept_from(unit, stored, viewer) else told


def _result(unit: Unit, stored: StoredDecision, timings_ms: dict[str, float] | None = None) -> dict[str, Any]:
    obliged = stored.judgement is not None and bool(stored.judgement.verdict["obligations"])
    return result_of(stored, unit.obligations.of(stored.run.decision_id) if obliged else (), timings_ms)


def result_of(
    stored: StoredDecision, obligations: Sequence[Obligation] = (), timings_ms: dict[str, float] | None = None
) -> dict[str, Any]:
    """The result object of `remit decide` and ``POST /v1/decisions``."""
    judgement = stored.judgement
    proposal = judgement.proposal if judgement else None
    evidence = judgement.evidence if judgement else []
    result: dict[str, Any] = {
        "decision_id": stored.run.decision_id,
        "decision": stored.run.decision,
        "status": stored.stage,
        "action": proposal["action"] if proposal else None,
        "confidence": proposal["confidence"] if proposal else None,
        "propensity": proposal["propensity"] if proposal else None,
        "reasons": proposal["reasons"] if proposal else [],
        "verdict": judgement.verdict if judgement else None,
        "evidence": [
            {name: item[name] for name in ("id", "source", "revision", "sha256", "score", "trust", "need")}
            for item in evidence
        ],
        "case_quality": stored.run.case_quality,
        "receipt": stored.receipt,
        "timings_ms": timings_ms or stored.timings_ms,
    }
    if stored.review_id is not None:
        result["review_id"] = stored.review_id
    if stored.run.violations:
        result["violations"] = list(stored.run.violations)
    if stored.effect_result is not None:
        result["effect"] = stored.effect_result
    if obligations:
        result["obligations"] = [each.to_json() for each in obligations]
    if stored.note is not None:
        result["note"] = stored.note
    if stored.erased_at is not None:
        result["erased_at"] = stored.erased_at
    return result
