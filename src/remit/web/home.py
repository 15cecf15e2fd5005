"""``/``: the first place that is open to whoever comes."""

from __future__ import annotations

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from remit.web.gate import Visitor
from remit.web.navigation import places
from remit.web.page_route import pages
from remit.web.render import page

router = pages()


@router.get("/")
def home(request: Request, who: Visitor) -> Response:
    """Send people to their work; tell those who have none here."""
    found = places(who)
    if found:
        return RedirectResponse(found[0].path, 303, headers={"Cache-Control": "no-store"})
    return page(request, "home.html")
