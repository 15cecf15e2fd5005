"""``GET /v1/reviews/statistics``, and test items: how reviewers decide, and whether they notice what is wrong."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from remit.api.body import Body, Moment
from remit.api.described import ANYTHING_BY_NAME, answers
from remit.api.doors import Entered, TheEngine, door
from remit.api.reviews.common import ROW, Reason
from remit.service.reviews.seed import seed_review
from remit.service.reviews.statistics import review_statistics

router = APIRouter(prefix="/reviews", tags=["reviews"])


class Planted(Body):
    """A review that is known to be wrong, modelled on a decision that is over."""

    decision_id: str = Field(max_length=64, description="A reviewed decision that is over.")
    changes: dict[str, str] = Field(
        default_factory=dict, max_length=50, description="Arguments that are shown instead, as words."
    )
    expected: Literal["approve", "reject"] = "reject"
    reason: Reason


@router.get(
    "/statistics",
    responses=answers(
        "Figures by reviewer.",
        {"otto": {"approved": 12, "rejected": 3, "overturned": 1, "overturn_rate": 0.0833, "test_items": 2}},
        schema=ANYTHING_BY_NAME,
    ),
)
def statistics(
    engine: TheEngine,
    who: Annotated[Entered, Depends(door("reviews.statistics"))],
    since: Annotated[Moment | None, Query(description="Only words from then on.")] = None,
) -> dict[str, dict[str, Any]]:
    """How reviewers decide: how often, how fast, how often overturned, and whether they notice test items."""
    return review_statistics(engine.services, since=since)


@router.post(
    "/test-items",
    status_code=201,
    responses=answers(
        "The item stands in the queue.", {"review_id": ROW["review_id"], "expected": "reject"}, status=201
    ),
)
def seed(wanted: Planted, engine: TheEngine, who: Annotated[Entered, Depends(door("reviews.test"))]) -> dict[str, Any]:
    """Put a test item into the queue. Nothing ever follows from it."""
    return seed_review(engine.services, wanted.decision_id, who.actor, wanted.changes, wanted.expected, wanted.reason)
