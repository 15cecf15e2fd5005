"""The approval queue's operations: list, show, claim, approve, reject. Approving carries the decision on."""

from __future__ import annotations

from typing import Any

from remit.approvals.review import Choice, Review, claim, decide
from remit.core.errors import Conflict
from remit.core.words import Actor
from remit.service.result import result_in
from remit.service.runs import PATIENCE_SECONDS, carry_on
from remit.service.services import Services


def list_reviews(services: Services, *, all_states: bool = False, limit: int = 100) -> list[dict[str, Any]]:
    """The reviews that wait (or all of them), the one due first at the top."""
    states: tuple[Any, ...] = ("open", "claimed")
    if all_states:
        states += ("approved", "rejected", "stale")
    with services.store.read() as unit:
        reviews = unit.reviews.in_states(states, limit)
        return [_row(review, unit.decisions.get(review.decision_id)) for review in reviews]


def show_review(services: Services, review_id: str) -> dict[str, Any]:
    """One review with everything that its reviewer needs to see."""
    with services.store.read() as unit:
        review = unit.reviews.get(review_id)
        stored = unit.decisions.get(review.decision_id)
        votes = unit.reviews.votes(review_id)
    judgement = stored.judgement
    return {
        **_row(review, stored),
        "case": stored.run.case,
        "judgement": judgement.to_json() if judgement else None,
        "votes": [
            {"reviewer": vote.reviewer, "role": vote.role, "choice": vote.choice, "at": vote.at.isoformat()}
            for vote in votes
        ],
        "bound_to": {
            "action_digest": review.action_digest,
            "policy_sha256": review.policy_sha256,
            "evidence_root": review.evidence_root,
        },
    }


def claim_review(services: Services, review_id: str, reviewer: Actor) -> dict[str, Any]:
    """Take a review to work on it. Raises Conflict, Refused, NotFound."""
    with services.store.write() as unit:
        claimed = claim(unit.reviews.get(review_id), reviewer, services.clock.now())
        unit.reviews.save(claimed)
        unit.journal.append(
            "review.claimed",
            decision_id=claimed.decision_id,
            actor=reviewer,
            step="review",
            body={"review_id": review_id, "version": claimed.version},
        )
        return _row(claimed, unit.decisions.get(claimed.decision_id))


def decide_review(
    services: Services,
    review_id: str,
    reviewer: Actor,
    choice: Choice,
    reason: str,
    *,
    version: int | None = None,
) -> dict[str, Any]:
    """Approve or reject. One person wins; the vote, the move and its event are one unit of work.

    When the review is settled by it, the decision is carried on: rechecked, then acted on or ended. The word that was
    given is durable before that; if carrying on fails, `remit doctor --recover` goes on from there.

    Args:
        version: the review's version that the reviewer saw; None takes it as it is now.

    Raises:
        Conflict: somebody else was first, or the review has moved since `version`.
        Refused: the requester, somebody without the role, or a second vote.
        InputError: the reason is missing.
    """
    with services.store.write() as unit:
        review = unit.reviews.get(review_id)
        if version is not None and version != review.version:
            raise Conflict(
                f"review {review_id} has moved from version {version} to {review.version}", mend="look at it again"
            )
        moved, vote = decide(review, unit.reviews.votes(review_id), reviewer, choice, reason, services.clock.now())
        unit.reviews.add_vote(vote)
        unit.reviews.save(moved)
        unit.journal.append(
            f"review.{moved.state}" if moved.settled else "review.voted",
            decision_id=moved.decision_id,
            actor=reviewer,
            step="review",
            body={
                "review_id": review_id,
                "version": moved.version,
                "choice": choice,
                "role": vote.role,
                "reason": vote.reason,
                "action_digest": vote.action_digest,
            },
        )
    row = {"review_id": review_id, "state": moved.state, "version": moved.version}
    if not moved.settled:
        return {**row, "decision": None}
    try:
        return {**row, "decision": carry_on(services, moved.decision_id, patience_seconds=PATIENCE_SECONDS)}
    except Conflict:
        # The word stands. Whoever is at work on the decision, or a recovery, goes on from it.
        return {**row, "decision": result_in(services.store, moved.decision_id)}


def _row(review: Review, stored: Any) -> dict[str, Any]:
    proposal = stored.judgement.proposal if stored.judgement else None
    findings = stored.judgement.verdict["findings"] if stored.judgement else []
    return {
        "review_id": review.id,
        "decision_id": review.decision_id,
        "decision": stored.run.decision,
        "subject": stored.run.subject,
        "state": review.state,
        "version": review.version,
        "action": proposal["action"] if proposal else None,
        "confidence": proposal["confidence"] if proposal else None,
        "because": [finding["reason"] for finding in findings if finding["effect"] == "escalate"],
        "terms": [terms.to_json() for terms in review.terms],
        "requested_by": review.requested_by,
        "claimed_by": review.claimed_by,
        "opened_at": review.opened_at.isoformat(),
        "due_at": review.due_at.isoformat() if review.due_at else None,
    }
