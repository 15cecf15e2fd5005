"""``POST /v1/reviews/{id}/revoke`` and ``compensate``: take an approval back, or have undone what was carried out."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response

from remit.api.described import answers
from remit.api.doors import Entered, TheEngine, door
from remit.api.preconditions import show_version
from remit.api.reviews.common import MOVED, ROW, SETTLED, Because, ReviewId
from remit.service.reviews.compensate import compensate as undo
from remit.service.reviews.withdraw import revoke_approval

router = APIRouter(prefix="/reviews", tags=["reviews"])
Decider = Annotated[Entered, Depends(door("reviews.decide"))]


@router.post(
    "/{review_id}/revoke",
    responses=answers("The case ended as by a rejection.", {**SETTLED, "state": "rejected"}, headers=MOVED),
)
def revoke(review_id: ReviewId, why: Because, response: Response, engine: TheEngine, who: Decider) -> dict[str, Any]:
    """Take an approval back before it is acted on."""
    told = revoke_approval(engine.services, review_id, who.actor, why.reason)
    show_version(response, told["version"])
    return told


@router.post(
    "/{review_id}/compensate",
    responses=answers(
        "What came of it; the decision stays executed.",
        {
            "decision_id": ROW["decision_id"],
            "status": "executed",
            "compensation": {"connector": "unpay", "state": "confirmed", "result": {"entry": 2}, "error": None},
        },
    ),
)
def compensate(review_id: ReviewId, why: Because, engine: TheEngine, who: Decider) -> dict[str, Any]:
    """Undo what was carried out, by the action that its connector declares for that; once, not by its requester."""
    return undo(engine.services, review_id, who.actor, why.reason)
