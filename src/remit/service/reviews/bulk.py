"""Many reviews by one word: each is decided by itself, with its own event, and what came of each is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from remit.approvals.bulk import must_be_alike, must_be_within
from remit.approvals.reasons import checked_reason
from remit.approvals.review import Choice
from remit.core.errors import RemitError
from remit.core.words import Actor
from remit.service.reviews.decide import decide_review
from remit.service.reviews.moves import rules_of
from remit.service.services import Services


def decide_in_bulk(
    services: Services,
    review_ids: Sequence[str],
    actor: Actor,
    choice: Choice,
    reason: str,
    *,
    code: str | None = None,
) -> dict[str, Any]:
    """Decide reviews of one action that the same rules sent here, within the pack's caps on count and amount.

    What one of them is refused does not stop the others; ``items`` says of each what came of it.

    Raises:
        NotFound: there is no such review; nothing was decided.
        Refused: they are not alike, or too many or too much together; nothing was decided.
        InputError: the reason is missing, or fewer than two reviews; nothing was decided.
    """
    reason = checked_reason(reason)
    with services.store.read() as unit:
        reviews = [unit.reviews.get(review_id) for review_id in review_ids]
    must_be_alike(reviews)
    must_be_within(reviews, rules_of(services, reviews[0]).bulk)
    bulk = services.ids.new()
    items = [_decided(services, review.id, actor, choice, reason, code, review.version, bulk) for review in reviews]
    failed = sum("error" in item for item in items)
    return {"bulk_id": bulk, "choice": choice, "decided": len(items) - failed, "failed": failed, "items": items}


def _decided(
    services: Services,
    review_id: str,
    actor: Actor,
    choice: Choice,
    reason: str,
    code: str | None,
    version: int,
    bulk: str,
) -> dict[str, Any]:
    try:
        told = decide_review(services, review_id, actor, choice, reason, code=code, version=version, bulk=bulk)
    except RemitError as error:
        return {"review_id": review_id, "error": error.code, "message": error.message}
    status = told["decision"]["status"] if told["decision"] else None
    return {"review_id": review_id, "state": told["state"], "status": status}
