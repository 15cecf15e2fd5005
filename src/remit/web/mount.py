"""Put the pages beside the API: what a page needs of the application, and where each stands."""

from __future__ import annotations

from fastapi import FastAPI

from remit.web import static
from remit.web.pages import decision, decisions, queue, review, sign_in

PAGES = (
    sign_in.router,
    queue.router,
    review.router,
    decisions.router,
    decision.router,
)


def add_pages(app: FastAPI) -> None:
    """Add every page, and the two files that all of them load."""
    app.include_router(static.router, include_in_schema=False)
    for router in PAGES:
        app.include_router(router, include_in_schema=False)
