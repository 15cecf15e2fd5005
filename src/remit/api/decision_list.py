"""``GET /v1/decisions``: the decisions, page by page."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from remit.agents.records import Stage, Wanted
from remit.api.body import Moment
from remit.api.doors import Entered, TheEngine, door
from remit.api.examples import example
from remit.api.pages import links
from remit.service.calls.listing import page_of

router = APIRouter(prefix="/decisions", tags=["decisions"])

LIMIT_MAX = 200
_LISTED = example(
    "A page of decisions, the newest first.",
    {
        "decisions": [
            {
                "decision_id": "01M832VBTANGPPSM8E6ND743RG",
                "pack": "credit",
                "decision": "credit.application",
                "status": "executed",
                "asked_by": "loan-desk",
                "asked_at": "2026-11-02T12:00:00+00:00",
                "review_id": None,
                "erased_at": None,
            }
        ],
        "next": "MT4wMU04MzJWQlRBTkdQUFNNOEU2TkQ3NDNSRzAxMjM0NTY3ODlhYg",
        "prev": None,
    },
    headers={"Link": "`next`, `prev` and `first` (RFC 8288)."},
)


@router.get("", responses={200: _LISTED})
def page(
    request: Request,
    response: Response,
    engine: TheEngine,
    who: Annotated[Entered, Depends(door("decisions.list"))],
    pack: Annotated[str | None, Query(max_length=100)] = None,
    decision: Annotated[str | None, Query(max_length=200)] = None,
    status: Stage | None = None,
    asker: Annotated[str | None, Query(max_length=200, description="Who asked, by their id.")] = None,
    since: Annotated[Moment | None, Query(description="Asked for at this moment or later.")] = None,
    until: Annotated[Moment | None, Query(description="Asked for before this moment.")] = None,
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX)] = 50,
    cursor: Annotated[str | None, Query(max_length=200, description="From `next`, `prev` or a Link header.")] = None,
) -> dict[str, Any]:
    """Decisions, the newest first. Apps see what they asked for themselves."""
    if who.whose == "own":
        who.sees(asker or who.principal.id, "asker")
        asker = who.principal.id
    wanted = Wanted(pack, decision, status, asker, since, until)
    found = page_of(engine.services, wanted, limit, cursor)
    response.headers.update(links(request, next=found.next, prev=found.prev))
    return {"decisions": [each.to_json() for each in found.decisions], "next": found.next, "prev": found.prev}
