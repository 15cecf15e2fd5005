"""``POST /v1/reviews/{id}/answer`` and ``cancel``: what those do who asked for the decision."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from pydantic import Field

from remit.api.body import Body
from remit.api.described import answers
from remit.api.doors import Entered, TheEngine, door
from remit.api.preconditions import show_version
from remit.api.reviews.common import MOVED, ROW, SETTLED, Because, ReviewId
from remit.service.reviews.inquire import answer_about_review
from remit.service.reviews.withdraw import cancel_review
from remit.wiring import Engine

router = APIRouter(prefix="/reviews", tags=["reviews"])


class Answer(Body):
    """The information that was asked for."""

    text: str = Field(min_length=1, max_length=2_000, examples=["Invoice 2026-117."])


@router.post(
    "/{review_id}/answer",
    responses=answers(
        "What the review is now.",
        {name: ROW[name] for name in ("review_id", "state", "version", "waits_for_answer")},
        headers=MOVED,
    ),
)
def answer(
    review_id: ReviewId,
    said: Answer,
    response: Response,
    engine: TheEngine,
    who: Annotated[Entered, Depends(door("reviews.answer"))],
) -> dict[str, Any]:
    """Answer what was asked about a review; its clock goes on."""
    _must_be_in_reach(engine, review_id, who)
    row = answer_about_review(engine.services, review_id, who.actor, said.text)
    show_version(response, row["version"])
    return {name: row[name] for name in ("review_id", "state", "version", "waits_for_answer")}


@router.post(
    "/{review_id}/cancel",
    responses=answers("The request is taken back.", {**SETTLED, "state": "cancelled"}, headers=MOVED),
)
def cancel(
    review_id: ReviewId,
    why: Because,
    response: Response,
    engine: TheEngine,
    who: Annotated[Entered, Depends(door("reviews.cancel"))],
) -> dict[str, Any]:
    """Take back what the asker has requested, before it is carried out."""
    _must_be_in_reach(engine, review_id, who)
    told = cancel_review(engine.services, review_id, who.actor, why.reason)
    show_version(response, told["version"])
    return told


def _must_be_in_reach(engine: Engine, review_id: str, who: Entered) -> None:
    with engine.services.store.read() as unit:
        who.sees(unit.reviews.get(review_id).requested_by, "review")
