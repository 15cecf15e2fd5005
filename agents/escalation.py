"""The escalation: an action that needs a person waits for one, bound to exactly what that person was shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from remit.agents.answer import conclude, record_judgement, say
from remit.agents.guard import aged, facts_of, judge, usage_of
from remit.agents.ports import Deps, Unit
from remit.agents.records import Judgement, Stage, StoredDecision, action_digest, judged
from remit.agents.rivals import hear
from remit.agents.state import UNTOLD, State, row_stage, state_of
from remit.approvals.clock import started
from remit.approvals.review import Review, void
from remit.approvals.voting import missing, tally
from remit.core.errors import Corrupted
from remit.core.words import ApprovalTerms


def open_review(state: State, deps: Deps) -> State:
    """Put the action into the approval queue, together with the judgement that sent it there."""
    state = hear(state, deps)
    with deps.store.write() as unit:
        review = _review_of(unit, deps, record_judgement(unit, deps, state))
        unit.reviews.add(review)
        event_id = unit.journal.append(
            "review.opened",
            decision_id=deps.run.decision_id,
            actor=deps.run.actor,
            step="open_review",
            body={
                "review_id": review.id,
                "action_digest": review.action_digest,
                "policy_sha256": review.policy_sha256,
                "evidence_root": review.evidence_root,
                "terms": [item.to_json() for item in review.terms],
                "due_at": review.due_at.isoformat() if review.due_at else None,
            },
        )
        unit.decisions.move(
            deps.run.decision_id,
            (row_stage(state),),
            "awaiting_review",
            review_id=review.id,
            receipt_event=event_id,
        )
        say(unit, deps, state)
    # The recheck reads the judgement from SQL. What waits for a person in a checkpoint tells nothing of the case.
    return {**UNTOLD, "stage": "awaiting_review", "review_id": review.id}


def _review_of(unit: Unit, deps: Deps, judgement: Judgement) -> Review:
    """The review of what was judged: what it is bound to, whom it needs by when, and who has to stay out of it."""
    now = deps.clock.now()
    action = judgement.proposal["action"]
    rules = deps.decision.reviews
    review = Review(
        id=deps.ids.new(),
        decision_id=deps.run.decision_id,
        version=1,
        state="open",
        action_digest=action_digest(deps.run.decision_id, action["name"], action["args"]),
        policy_sha256=judgement.verdict["policy"]["sha256"],
        evidence_root=judgement.evidence_root,
        terms=tuple(ApprovalTerms.from_json(item) for item in judgement.verdict["approvals"]),
        requested_by=deps.run.actor.id,
        opened_at=now,
        decision=deps.decision.name,
        action=action["name"],
        rules=tuple(each["rule"] for each in judgement.verdict["findings"] if each["effect"] == "escalate"),
        risk=deps.decision.actions[action["name"]].schema.risk,
        money=rules.money.of(deps.run.case, action["args"]) if rules.money else None,
        hours=rules.hours,
        verdict_hidden=rules.verdict_hidden_first,
        authors=_authors(unit, deps),
    )
    return started(review, missing(review, ()), now)


def _authors(unit: Unit, deps: Deps) -> tuple[str, ...]:
    """Who made the policy in force: whoever proposed it and whoever put it in force. Of a pack's own nobody knows."""
    for pointer in unit.policy_changes.in_force():
        if (pointer.pack, pointer.decision) == (deps.versions.pack, deps.decision.name) and pointer.change:
            change = unit.policy_changes.get(pointer.change)
            return tuple(sorted({change.proposed_by, change.activated_by or pointer.by}))
    return ()


def recheck(state: State, deps: Deps) -> State:
    """Read everything anew and hold what the review was bound to against the present.

    Neither the resume payload nor the checkpoint is looked at: SQL is the truth. A rejection ends the case, and so do a
    request that was taken back and a time limit that denies. Whatever changed since the reviewer looked voids the
    approval, and the case is judged again from the plan on: so a contract that now denies wins over any approval.

    Raises:
        Corrupted: the review says approved and the votes do not, or the judgement is not the one that was recorded.
    """
    now = deps.clock.now()
    with deps.store.read() as unit:
        stored = unit.decisions.get(deps.run.decision_id)
        review = unit.reviews.get(stored.review_id or "")
        votes = unit.reviews.votes(review.id)
    if review.state in _ENDS:
        stage, note = _ENDS[review.state]
        with deps.store.write() as unit:
            conclude(unit, deps.run, stage, before=("awaiting_review",), note=note)
        return {"stage": stage}
    anew: State = {"stage": "stale", "at": now.isoformat(), "evidence": [], "needs": [], "edit": {}}
    if review.state == "stale":
        return anew
    if review.state != "approved":
        return {"stage": "awaiting_review"}
    if tally(review, votes) != "approved":
        raise Corrupted(
            f"review {review.id} is marked as approved, but its votes do not approve it",
            mend="nothing was executed; run `remit ledger verify`",
        )
    judgement = judged(stored)
    changed = what_changed(judgement, deps, stored, review, now)
    if not changed:
        return {**state_of(judgement), "stage": "approved"}
    with deps.store.write() as unit:
        void_review(unit, deps, review, changed, now)
    return anew


_ENDS: dict[str, tuple[Stage, str | None]] = {
    "rejected": ("rejected", None),
    "cancelled": ("rejected", "cancelled by whoever asked for it"),
    "expired": ("denied", "nobody approved it in time"),
}
"""How a case ends whose review ended without an approval, and why."""


def void_review(unit: Unit, deps: Deps, review: Review, changed: list[str], now: datetime) -> None:
    """An approval is void: what it was bound to is no longer what it was."""
    unit.reviews.save(void(review, now))
    unit.journal.append(
        "review.stale",
        decision_id=deps.run.decision_id,
        actor=deps.run.actor,
        step="recheck",
        body={"review_id": review.id, "changed": changed},
    )


def within(verdict: Mapping[str, Any], shown: Mapping[str, Any]) -> bool:
    """Whether a verdict says nothing that the reviewer was not shown, and does not deny."""
    obliged = all(each in shown["obligations"] for each in verdict["obligations"])
    return verdict["effect"] != "deny" and obliged and _rules(verdict) <= _rules(shown)


def what_changed(judgement: Judgement, deps: Deps, stored: StoredDecision, review: Review, now: datetime) -> list[str]:
    """Which of the things that a review is bound to are no longer what they were: action, policy, evidence, verdict."""
    action = judgement.proposal["action"]
    digest = action_digest(deps.run.decision_id, action["name"], action["args"])
    state = state_of(judgement)
    usage = usage_of(deps.decision.policy, facts_of(state, deps.run, now), deps)
    verdict = judge(state, deps, now, usage).to_json()
    checks: dict[str, bool] = {
        "action": review.action_digest == digest == stored.action_digest,
        "policy": review.policy_sha256 == deps.decision.policy.ref.sha256,
        "evidence": review.evidence_root == judgement.evidence_root
        and deps.knowledge.unchanged(judgement.evidence, now)
        and not _outgrown(judgement, now),
        "verdict": within(verdict, judgement.verdict),
    }
    return [name for name, holds in checks.items() if not holds]


def _outgrown(judgement: Judgement, now: datetime) -> bool:
    """Whether a passage that was young enough for its need is too old for it by now."""
    limits = {step["need"]: step["max_age_days"] for step in judgement.plan["steps"] if step["kind"] == "retrieve"}
    return any(
        item["age_days"] <= limit < aged(item, judgement.at, now).age_days
        for item in judgement.evidence
        if (limit := limits.get(item["need"])) is not None
    )


def _rules(verdict: Mapping[str, Any]) -> set[tuple[str, str]]:
    return {(finding["rule"], finding["effect"]) for finding in verdict["findings"]}
