"""The pages on the application: which there are, and what stands where there is none."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from remit.api.cross_site import SAFE
from remit.web import (
    admin,
    assets,
    chat,
    dashboards,
    decision,
    decisions,
    home,
    learning,
    ledger,
    packs,
    policies,
    sign_in,
)
from remit.web.page_route import error_page, wants_page
from remit.web.queue import case, edit, queue, verbs
from remit.web.turned_away import TurnedAway

PAGES = (
    home.router,
    sign_in.router,
    queue.router,
    # `/queue/{id}/edit` and the verbs are no review's id.
    edit.router,
    verbs.router,
    case.router,
    decisions.router,
    decision.router,
    chat.router,
    dashboards.router,
    policies.router,
    packs.router,
    learning.router,
    ledger.router,
    admin.router,
)
"""One page a file."""


def put_faces_on(app: FastAPI) -> None:
    """Put the pages on the application of the API."""
    app.state.front = "/"
    app.include_router(assets.router)
    for router in PAGES:
        app.include_router(router)
    of_the_api = app.exception_handlers[HTTPException]

    async def nothing_there(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if not wants_page(request):
            answer: Response = await of_the_api(request, error)  # type: ignore[misc]
            return answer
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED and request.method in SAFE:
            # What can only be sent was answered at this address, and is asked for again: it stands on the page above.
            return RedirectResponse(request.url.path.rpartition("/")[0] or "/", HTTPStatus.SEE_OTHER)
        return error_page(request, HTTPStatus(error.status_code), "There is no such page.")

    app.add_exception_handler(HTTPException, nothing_there)
    app.add_middleware(TurnedAway)
