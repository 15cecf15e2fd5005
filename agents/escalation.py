"""The escalation: an action that needs a person waits for one, bound to exactly what that person was shown."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from remit.agents.answer import conclude, record_judgement
from remit.agents.guard import judge
from remit.agents.ports import Deps
from remit.agents.records import StoredDecision, action_digest
from remit.agents.state import State, row_stage
from remit.approvals.review import Review, void
from remit.core.words import ApprovalTerms, Verdict


def open_review(state: State, deps: Deps) -> State:
    """Put the action into the approval queue, together with the judgement that sent it there."""
    now = deps.clock.now()
    terms = tuple(ApprovalTerms(**item) for item in state["verdict"]["approvals"])
    minutes = [item.within_minutes for item in terms if item.within_minutes is not None]
    with deps.store.write() as unit:
        judgement = record_judgement(unit, deps, state)
        action = judgement.proposal["action"]
        review = Review(
            id=deps.ids.new(),
            decision_id=deps.run.decision_id,
            version=1,
            state="open",
            action_digest=action_digest(deps.run.decision_id, action["name"], action["args"]),
            policy_sha256=judgement.verdict["policy"]["sha256"],
            evidence_root=judgement.evidence_root,
            terms=terms,
            requested_by=deps.run.actor.id,
            opened_at=now,
            due_at=now + timedelta(minutes=min(minutes)) if minutes else None,
        )
        unit.reviews.add(review)
        receipt = unit.journal.append(
            "review.opened",
            decision_id=deps.run.decision_id,
            actor=deps.run.actor,
            step="open_review",
            body={
                "review_id": review.id,
                "action_digest": review.action_digest,
                "policy_sha256": review.policy_sha256,
                "evidence_root": review.evidence_root,
                "terms": [item.to_json() for item in terms],
            },
        )
        unit.decisions.move(
            deps.run.decision_id,
            (row_stage(state),),
            "awaiting_review",
            review_id=review.id,
            receipt=receipt,
        )
    return {"stage": "awaiting_review", "review_id": review.id}


def recheck(state: State, deps: Deps) -> State:
    """Read the review anew and hold everything it was bound to against the present.

    The resume payload is not looked at. A rejection ends the case. Whatever changed since the reviewer looked voids
    the approval, and the case is judged again from the plan on: so a contract that now denies wins over any approval.
    """
    now = deps.clock.now()
    with deps.store.read() as unit:
        review = unit.reviews.get(state["review_id"])
        stored = unit.decisions.get(deps.run.decision_id)
    if review.state == "rejected":
        with deps.store.write() as unit:
            conclude(unit, deps, "rejected", before=("awaiting_review",))
        return {"stage": "rejected"}
    if review.state != "approved":
        return {"stage": "awaiting_review"}
    verdict = judge(state, deps, now)
    changed = _what_changed(state, deps, stored, review, verdict)
    if not changed:
        return {"stage": "approved"}
    with deps.store.write() as unit:
        unit.reviews.save(void(review, now))
        unit.journal.append(
            "review.stale",
            decision_id=deps.run.decision_id,
            actor=deps.run.actor,
            step="recheck",
            body={"review_id": review.id, "changed": changed},
        )
    return {"stage": "stale", "at": now.isoformat(), "evidence": [], "needs": []}


def _what_changed(state: State, deps: Deps, stored: StoredDecision, review: Review, verdict: Verdict) -> list[str]:
    """Which of the things that the approval was bound to are no longer what they were."""
    action = state["proposal"]["action"]
    judgement = stored.judgement
    checks: dict[str, bool] = {
        "action": review.action_digest == action_digest(deps.run.decision_id, action["name"], action["args"])
        and review.action_digest == stored.action_digest,
        "policy": review.policy_sha256 == deps.decision.policy.ref.sha256,
        "evidence": judgement is not None
        and review.evidence_root == judgement.evidence_root
        and deps.knowledge.unchanged(state["evidence"]),
        "verdict": _rules(verdict.to_json()) <= _rules(state["verdict"]) and verdict.effect != "deny",
    }
    return [name for name, holds in checks.items() if not holds]


def _rules(verdict: dict[str, Any]) -> set[tuple[str, str]]:
    return {(finding["rule"], finding["effect"]) for finding in verdict["findings"]}
