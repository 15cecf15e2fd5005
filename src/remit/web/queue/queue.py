"""``/queue``: what waits for a person, the one due first at the top."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query, Request, Response

from remit.api.doors import Entered, TheEngine
from remit.web.gate import page_door
from remit.web.page_route import pages
from remit.web.queue.asked import TheAsked
from remit.web.queue.desk import show_desk

router = pages()


@router.get("/queue")
def queue(
    request: Request,
    engine: TheEngine,
    asked: TheAsked,
    who: Annotated[Entered, Depends(page_door("reviews.read"))],
    said: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """The list, without a case: to open one is to be shown it, and that is recorded."""
    return show_desk(request, engine, who, asked, said=said)
