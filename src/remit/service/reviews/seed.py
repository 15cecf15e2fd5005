"""Test items: a review that is known to be wrong, put among the others to see whether its reviewers notice.

It borrows the looks of a decision that is over, with other arguments where the tester wants them. No decision waits for
it, so nothing can follow from it, whatever is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from remit.agents.records import FINAL, action_digest, judged
from remit.approvals.edit import checked_args, typed
from remit.approvals.reasons import checked_reason
from remit.approvals.review import Choice, Probe, Review
from remit.core.errors import Refused
from remit.core.words import Actor, ApprovalTerms
from remit.service.services import Services

TESTER = "auditor"


def seed_review(
    services: Services, decision_id: str, actor: Actor, words: Mapping[str, str], expected: Choice, reason: str
) -> dict[str, Any]:
    """Put a test item into the queue, modelled on a decision that is over and once was reviewed.

    Args:
        words: arguments that are shown in place of those that were proposed.
        expected: the word that an attentive reviewer gives.
        reason: what is wrong with it; told to each reviewer afterwards.

    Raises:
        NotFound: there is no such decision.
        Refused: no auditor, a decision that is not over, or one that nobody had to review.
        InputError: arguments that the action's schema does not allow, or no reason.
    """
    why = checked_reason(reason)
    if TESTER not in actor.roles:
        raise Refused(f"{actor.id} has not the role {TESTER}, which test items need", mend=f"give --role {TESTER}")
    with services.store.read() as unit:
        stored = unit.decisions.get(decision_id)
        model = unit.reviews.get(stored.review_id) if stored.review_id else None
    if stored.stage not in FINAL or model is None:
        raise Refused(
            f"decision {decision_id} is no model for a test item", mend="take one that was reviewed and is over"
        )
    pack = services.pack_version(stored.versions.pack, stored.versions.pack_sha256)
    decision = services.decision(pack, stored.run.decision)
    action = judged(stored).proposal["action"]
    schema = decision.actions[action["name"]].schema.args
    args = {**action["args"], **typed(schema, words)}
    checked_args(schema, args)
    review = Review(
        id=services.ids.new(),
        decision_id=decision_id,
        version=1,
        state="open",
        action_digest=action_digest(decision_id, action["name"], args),
        policy_sha256=model.policy_sha256,
        evidence_root=model.evidence_root,
        terms=(ApprovalTerms(model.terms[0].role, group=model.terms[0].group),),
        requested_by=model.requested_by,
        opened_at=services.clock.now(),
        decision=model.decision,
        action=model.action,
        rules=model.rules,
        risk=model.risk,
        money=decision.reviews.money.of(stored.run.case, args) if decision.reviews.money else None,
        verdict_hidden=model.verdict_hidden,
        authors=tuple(sorted({*model.authors, actor.id})),
        probe=Probe(args, expected, why),
    )
    with services.store.write() as unit:
        unit.reviews.add(review)
        unit.journal.append(
            "review.seeded",
            actor=actor,
            step="review",
            body={"review_id": review.id, "model": decision_id, "expected": expected, "reason": why},
        )
    return {"review_id": review.id, "expected": expected}
