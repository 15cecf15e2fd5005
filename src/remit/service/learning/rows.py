"""One decision as a row to learn from: what was served, what was chosen and how, who looked at it.

Features come from the record, as they were served, and are computed again by the one function that serves and trains.
A row whose features, probabilities or draw do not come out the same is quarantined: it is counted, and never learnt
from.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from remit.agents.aids import Aids
from remit.agents.choice import inconsistent, permitted, shares_of, spread
from remit.agents.ports import Brain
from remit.agents.records import DONE, Judgement, StoredDecision, judged
from remit.approvals.review import Vote
from remit.core.errors import Undecidable
from remit.learning.snapshot import Kind, Shape
from remit.packs.pack import Decision
from remit.service.replay import brain_then

_TYPES: dict[Kind, tuple[type, ...]] = {"bool": (bool,), "int": (int,), "double": (float, int), "string": (str,)}


@dataclass(frozen=True, slots=True)
class Then:
    """A decision as it was declared when it was made, and the brain that thought for it."""

    decision: Decision
    brain: Brain


def shape_of(decision: Decision) -> Shape:
    """The columns of a decision's snapshots."""
    return Shape(
        features={name: program.type.kind for name, program in decision.features.items()},  # type: ignore[misc]
        protected=decision.protected,
        actions=tuple(decision.actions),
        outcome=decision.outcome.name,
        values=decision.outcome.values,
    )


def row_of(stored: StoredDecision, then: Then, shape: Shape, votes: Sequence[Vote]) -> dict[str, Any]:
    """The row of a final decision, before outcomes are joined. Raises Corrupted."""
    judgement = judged(stored)
    run, choice = stored.run, judgement.choice or _unrecorded(stored, judgement, then.decision)
    proposal = judgement.proposal
    audit = choice.get("audit") or {}
    executed = proposal["action"]["name"] if stored.stage in DONE else None
    known = [name for name, kind in shape.features.items() if _is(kind, choice["features"].get(name))]
    return {
        "decision_id": run.decision_id,
        "decided_at": run.at,
        "event_at": datetime.fromisoformat(choice["event_at"]),
        "known_at": datetime.fromisoformat(choice["known_at"]),
        "stage": stored.stage,
        "features": {name: choice["features"][name] if name in known else None for name in shape.features},
        "protected": {name: _text(run.case.get(name)) for name in shape.protected},
        "permitted": [action for action in permitted(choice) if action in shape.actions],
        "probabilities": {action: choice["probabilities"].get(action) for action in shape.actions},
        "seed": choice["seed"],
        "proposed": choice["proposed"],
        "executed": executed,
        "changed_by": judgement.edit.get("by"),
        "propensity": proposal["propensity"],
        "confidence": _confidence(stored, judgement, then),
        "proposer": proposal["proposer"],
        "automated": executed is not None and stored.review_id is None,
        "audit": bool(audit.get("drawn")),
        "audit_probability": audit.get("probability"),
        "reviewers": [
            {"id": vote.reviewer, "choice": vote.choice, "saw_model": vote.dwell_seconds is not None} for vote in votes
        ],
        "pack_sha256": stored.versions.pack_sha256,
        "policy_sha256": judgement.versions["policy_sha256"],
        "model_sha256": judgement.versions["model_sha256"],
        "quarantine": _quarantine(stored, judgement, then, len(known) < len(shape.features), shape),
    }


def _confidence(stored: StoredDecision, judgement: Judgement, then: Then) -> float:
    """How sure the proposer was of its own action; where a person edited it, the record says 0 of theirs."""
    if judgement.edit and judgement.choice:
        with contextlib.suppress(Undecidable):
            brain = brain_then(then.brain, judgement)
            cites = tuple(judgement.proposal["cites"])
            return brain.propose(then.decision, stored.run.case, cites, _as_recorded(judgement)).confidence
    return float(judgement.proposal["confidence"])


def _quarantine(stored: StoredDecision, judgement: Judgement, then: Then, lacking: bool, shape: Shape) -> str | None:
    """Why nothing may be learnt from a decision."""
    choice, case = judgement.choice, stored.run.case
    if not choice:
        return "unrecorded"
    brain, exploration = brain_then(then.brain, judgement), choice.get("exploration")
    try:
        served = then.decision.features_of(case) == choice["features"]
        again = brain.propose(then.decision, case, tuple(judgement.proposal["cites"]), _as_recorded(judgement))
        weighed = None if exploration is None else brain.weigh(then.decision, case)
    except Undecidable:
        served, again, weighed = False, None, None
    if not served or again is None:
        return "features"
    if inconsistent(stored.run, choice, judgement.proposal["propensity"]):
        return "propensity"
    if exploration is not None and (weighed is None or dict(weighed.expected) != exploration["expected"]):
        return "propensity"
    if shares_of(then.decision, again.action, choice["mask"], exploration) != choice["probabilities"]:
        return "propensity"
    return "shape" if lacking or set(choice["probabilities"]) - set(shape.actions) else None


def _as_recorded(judgement: Judgement) -> Aids:
    """What a brain had said to it then, in the wording of the plan that was judged at last."""
    return Aids(wording=judgement.plan.get("wording", 0), recorded=judgement.tape)


def _unrecorded(stored: StoredDecision, judgement: Judgement, decision: Decision) -> dict[str, Any]:
    """What is left to say of a choice of before choices were recorded."""
    at = stored.run.at.isoformat()
    action = judgement.proposal["action"]["name"]
    try:
        features = decision.features_of(stored.run.case)
    except Undecidable:
        features = {}
    return {
        "features": features,
        "event_at": at,
        "known_at": at,
        "mask": {},
        "probabilities": spread(action, decision.actions),
        "seed": "",
        "proposed": action,
    }


def _is(kind: Kind, value: Any) -> bool:
    return isinstance(value, _TYPES[kind]) and (kind == "bool" or not isinstance(value, bool))


def _text(value: Any) -> str | None:
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def rewards_of(decision: Decision, case: Mapping[str, Any], values: Sequence[str]) -> dict[str, dict[str, float]]:
    """What each action is worth under what was reported. Raises Undecidable."""
    return {value: decision.rewards_under(case, value) for value in dict.fromkeys(values)}
