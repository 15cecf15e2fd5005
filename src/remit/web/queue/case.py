"""``/queue/{id}``: one case beside the list."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query, Request, Response

from remit.api.doors import Entered, TheEngine
from remit.api.reviews.common import ReviewId
from remit.web.gate import page_door
from remit.web.page_route import pages
from remit.web.queue.asked import TheAsked
from remit.web.queue.desk import show_desk

router = pages()


@router.get("/queue/{review_id}")
def case(
    review_id: ReviewId,
    request: Request,
    engine: TheEngine,
    asked: TheAsked,
    who: Annotated[Entered, Depends(page_door("reviews.read"))],
    said: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Everything that its reviewer needs to see, and the forms to answer with."""
    return show_desk(request, engine, who, asked, review_id=review_id, said=said)
