"""``POST /v1/reviews/{id}/claim``, ``release``, ``assignment``, ``opinion``: work on a review without deciding it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Response
from pydantic import Field

from remit.api.body import Body
from remit.api.described import answers
from remit.api.doors import Entered, TheEngine, door
from remit.api.preconditions import IfMatch, seen_version, show_version
from remit.api.reviews.common import MOVED, ROW, Reason, ReviewId
from remit.service.reviews.overtaken import telling_what_changed
from remit.service.reviews.show import say_opinion
from remit.service.reviews.work import assign_review, claim_review, release_review

router = APIRouter(prefix="/reviews", tags=["reviews"])
Worker = Annotated[Entered, Depends(door("reviews.work"))]
_CLAIMED = {**ROW, "state": "claimed", "version": 2, "claimed_by": "olaf"}


class Assignment(Body):
    """Whose work it shall be."""

    to: str | None = Field(max_length=200, description="A person's name; null sets it free.", examples=["otto"])


class Opinion(Body):
    """What a reviewer thinks of the case before seeing the verdict."""

    opinion: Literal["approve", "reject"]
    reason: Reason


@router.post("/{review_id}/claim", responses=answers("The review, which is the asker's now.", _CLAIMED, headers=MOVED))
def claim(
    review_id: ReviewId, response: Response, engine: TheEngine, who: Worker, if_match: IfMatch = None
) -> dict[str, Any]:
    """Take a review to work on it; others are kept off for 30 minutes."""
    version = seen_version(if_match)
    with telling_what_changed(engine.services, engine, review_id, version):
        row = claim_review(engine.services, review_id, who.actor, version=version)
    show_version(response, row["version"])
    return row


@router.post("/{review_id}/release", responses=answers("The review, free again.", {**ROW, "version": 3}, headers=MOVED))
def release(review_id: ReviewId, response: Response, engine: TheEngine, who: Worker) -> dict[str, Any]:
    """Give a review back that the asker has claimed."""
    row = release_review(engine.services, review_id, who.actor)
    show_version(response, row["version"])
    return row


@router.post(
    "/{review_id}/assignment",
    responses=answers("The review as it is assigned now.", {**ROW, "version": 2, "assigned_to": "otto"}, headers=MOVED),
)
def assign(
    review_id: ReviewId, wanted: Assignment, response: Response, engine: TheEngine, who: Worker
) -> dict[str, Any]:
    """Hand a review to one person, or set it free. Whoever is away passes it to their deputy."""
    row = assign_review(engine.services, review_id, who.actor, wanted.to)
    show_version(response, row["version"])
    return row


@router.post(
    "/{review_id}/opinion",
    responses=answers("The opinion is kept.", {"review_id": ROW["review_id"], "opinion": "approve"}),
)
def opine(review_id: ReviewId, said: Opinion, engine: TheEngine, who: Worker) -> dict[str, Any]:
    """Say what one thinks of a case before the verdict is shown, where the pack asks for it."""
    return say_opinion(engine.services, review_id, who.actor, said.opinion, said.reason)
