"""Whether what a person is about to decide is still what they were shown. If not, it is judged again instead."""

from __future__ import annotations

from remit.agents.escalation import void_review, what_changed
from remit.agents.ports import Deps
from remit.agents.records import StoredDecision, judged
from remit.approvals.review import Review
from remit.core.errors import Conflict
from remit.service.reviews.moves import carried_on
from remit.service.runs import stored_decision
from remit.service.services import Services


def deps_now(services: Services, stored: StoredDecision) -> Deps:
    """The parts of a decision as they are at present: pack, policy in force, newest documents."""
    present = services.present_pack(stored.versions.pack, stored.versions.pack_sha256)
    pack = services.models.held(present, stored)
    return services.deps(stored.run, pack, services.decision(pack, stored.run.decision))


def must_be_fresh(services: Services, review: Review) -> None:
    """Refuse a word on what is no longer so; the review is void then, and the case is judged again.

    Raises:
        Conflict: what changed, and what became of the case; or it was erased.
        Corrupted: the stored judgement is not the recorded one.
    """
    if review.probe is not None:
        return
    stored = unerased_decision(services, review)
    deps, now = deps_now(services, stored), services.clock.now()
    changed = what_changed(judged(stored), deps, stored, review, now)
    if not changed:
        return
    with services.store.write() as unit:
        void_review(unit, deps, review, changed, now)
    result = carried_on(services, review) or {}
    again = f", review {result['review_id']}" if result.get("status") == "awaiting_review" else ""
    raise Conflict(
        f"review {review.id} is stale: {', '.join(changed)} changed since it was opened; nothing was decided",
        code="stale",
        mend=f"review again: the case was judged anew and is {str(result.get('status')).replace('_', ' ')}{again}",
    )


def unerased_decision(services: Services, review: Review) -> StoredDecision:
    """The decision that a review is about. Raises Conflict when its case was erased since the review was read."""
    stored = stored_decision(services, review.decision_id)
    if stored.erased_at is not None:
        raise Conflict(
            f"the case of decision {review.decision_id} was erased, and review {review.id} with it",
            mend="look again: it needs nothing more",
        )
    return stored
