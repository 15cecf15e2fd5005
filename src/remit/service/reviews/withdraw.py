"""Take a request back, or an approval, before it is acted on."""

from __future__ import annotations

from typing import Any

from remit.approvals.inquiry import cancel, revoke
from remit.approvals.reasons import checked_reason
from remit.approvals.review import Review
from remit.core.words import Actor
from remit.service.reviews.moves import carried_on, make_move
from remit.service.services import Services


def cancel_review(services: Services, review_id: str, actor: Actor, reason: str) -> dict[str, Any]:
    """The requester takes the request back; the case ends. Raises Conflict, Refused, InputError, NotFound."""
    said = {"reason": checked_reason(reason)}
    moved = make_move(services, review_id, actor, lambda moment: cancel(moment.review, actor, moment.now), body=said)
    return _told(services, moved)


def revoke_approval(services: Services, review_id: str, actor: Actor, reason: str) -> dict[str, Any]:
    """Take an approval back before it is acted on; the case ends as by a rejection.

    Raises:
        Conflict: nobody approved it, or the action is under way.
        Refused, InputError, NotFound.
    """
    text = checked_reason(reason)
    moved = make_move(
        services,
        review_id,
        actor,
        lambda moment: revoke(moment.review, moment.votes, moment.reviewer, moment.now),
        body={"reason": text},
        text=text,
    )
    return _told(services, moved)


def _told(services: Services, review: Review) -> dict[str, Any]:
    return {
        "review_id": review.id,
        "state": review.state,
        "version": review.version,
        "decision": carried_on(services, review),
    }
