"""``/decisions``: what was decided, the newest first, filtered in the address."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response

from remit.agents.records import Stage, Wanted
from remit.api.doors import TheEngine
from remit.service.calls.listing import page_of
from remit.web.look import page
from remit.web.route import PageRoute
from remit.web.visitor import Visitor, page_door

router = APIRouter(route_class=PageRoute)
ROWS = 50


@router.get("/decisions")
def show(
    request: Request,
    engine: TheEngine,
    who: Annotated[Visitor, Depends(page_door("decisions.list"))],
    pack: Annotated[str | None, Query(max_length=100)] = None,
    status: Annotated[str | None, Query(max_length=40)] = None,
    asker: Annotated[str | None, Query(max_length=200)] = None,
    since: date | None = None,
    until: date | None = None,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    """A page of decisions."""
    stage: Any = status if status in get_args(Stage) else None
    mine = who.principal.id if who.whose == "own" else asker or None
    last = None if until is None else _midnight(until) + timedelta(days=1)
    wanted = Wanted(pack or None, None, stage, mine, None if since is None else _midnight(since), last)
    found = page_of(engine.services, wanted, ROWS, cursor)
    filters = {"pack": pack, "status": stage, "asker": asker, "since": since, "until": until}
    return page(
        request,
        "decisions.html",
        who,
        rows=[each.to_json() for each in found.decisions],
        filters=filters,
        packs=engine.services.library.names(),
        stages=get_args(Stage),
        next=None if found.next is None else _link({**filters, "cursor": found.next}),
        prev=None if found.prev is None else _link({**filters, "cursor": found.prev}),
    )


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _link(said: dict[str, Any]) -> str:
    return "/decisions?" + urlencode({name: str(value) for name, value in said.items() if value})
