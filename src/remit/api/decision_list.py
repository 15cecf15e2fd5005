"""``GET /v1/decisions``: the decisions, page by page."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import ConfigDict, Field

from remit.agents.records import Stage, Wanted
from remit.api.body import Body, Moment
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


class Asked(Body):
    """Which decisions, and which page of them. A filter that is misspelt is refused: it would filter nothing."""

    model_config = ConfigDict(strict=False)  # a query is text

    pack: str | None = Field(default=None, max_length=100)
    decision: str | None = Field(default=None, max_length=200)
    status: Stage | None = None
    asker: str | None = Field(default=None, max_length=200, description="Who asked, by their id.")
    since: Moment | None = Field(default=None, description="Asked for at this moment or later.")
    until: Moment | None = Field(default=None, description="Asked for before this moment.")
    limit: int = Field(default=50, ge=1, le=LIMIT_MAX)
    cursor: str | None = Field(default=None, max_length=200, description="From `next`, `prev` or a Link header.")


@router.get("", responses={200: _LISTED})
def page(
    asked: Annotated[Asked, Query()],
    request: Request,
    response: Response,
    engine: TheEngine,
    who: Annotated[Entered, Depends(door("decisions.list"))],
) -> dict[str, Any]:
    """Decisions, the newest first. Apps see what they asked for themselves."""
    asker = asked.asker
    if who.whose == "own":
        who.sees(asker or who.principal.id, "asker")
        asker = who.principal.id
    wanted = Wanted(asked.pack, asked.decision, asked.status, asker, asked.since, asked.until)
    found = page_of(engine.services, wanted, asked.limit, asked.cursor)
    response.headers.update(links(request, next=found.next, prev=found.prev))
    return {"decisions": [each.to_json() for each in found.decisions], "next": found.next, "prev": found.prev}
