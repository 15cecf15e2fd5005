"""``GET /v1/decisions/{id}``: a decision as it stands."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Response

from remit.api.doors import Entered, TheEngine, door
from remit.api.etag import unless_known
from remit.api.examples import DECIDED, NOT_MODIFIED
from remit.service.result import result_for
from remit.service.runs import stored_decision

router = APIRouter(prefix="/decisions", tags=["decisions"])


@router.get("/{decision_id}", response_class=Response, responses={200: DECIDED, 304: NOT_MODIFIED})
def read(
    decision_id: str,
    engine: TheEngine,
    who: Annotated[Entered, Depends(door("decisions.read"))],
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """A decision as it stands. With the `ETag` of an earlier answer in `If-None-Match`, it is sent if it moved on."""
    who.sees(stored_decision(engine.services, decision_id).run.actor.id, "decision")
    return unless_known(result_for(engine.services.store, decision_id, who.actor), if_none_match)
