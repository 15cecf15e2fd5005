"""``POST /v1/reviews/bulk``: many reviews by one word, within the pack's caps."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import Field

from remit.api.body import Body
from remit.api.described import answers
from remit.api.doors import Entered, TheEngine, door
from remit.api.reviews.common import ROW, Code, Reason
from remit.service.reviews.bulk import decide_in_bulk

router = APIRouter(prefix="/reviews", tags=["reviews"])
REVIEWS_MAX = 1_000
"""No pack may allow more; how many it does allow, it says itself."""


class Bulk(Body):
    """One word on several reviews of one action, which the same rules sent here."""

    choice: Literal["approve", "reject"]
    reviews: list[Annotated[str, Field(max_length=64)]] = Field(
        min_length=2, max_length=REVIEWS_MAX, description="Their ids.", examples=[[ROW["review_id"], "01KB9Z…"]]
    )
    reason: Reason
    code: Code


@router.post(
    "/bulk",
    responses=answers(
        "What came of each: some may be refused while others are decided.",
        {
            "bulk_id": "01KB9Z7",
            "choice": "approve",
            "decided": 1,
            "failed": 1,
            "items": [
                {"review_id": ROW["review_id"], "state": "approved", "status": "executed"},
                {"review_id": "01KB9Z…", "error": "conflict", "message": "review 01KB9Z… is claimed by otto"},
            ],
        },
    ),
)
def decide_many(
    said: Bulk, engine: TheEngine, who: Annotated[Entered, Depends(door("reviews.decide"))]
) -> dict[str, Any]:
    """Decide reviews of one action by one word, each with an event of its own, within the pack's caps."""
    return decide_in_bulk(engine.services, said.reviews, who.actor, said.choice, said.reason, code=said.code)
