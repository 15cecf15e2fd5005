"""``/v1/decisions``: ask for a decision, and read what was decided."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Response
from pydantic import BaseModel, ConfigDict, Field

from remit.api.doors import Entered, TheEngine, door
from remit.core.errors import InputError
from remit.service.result import result_of
from remit.service.runs import stored_decision

router = APIRouter(prefix="/decisions", tags=["decisions"])

WAITING = ("received", "awaiting_review", "committed")


class NewDecision(BaseModel):
    """A case to be decided."""

    model_config = ConfigDict(extra="forbid")

    pack: str = Field(min_length=1, max_length=100, pattern=r"^[a-z][a-z0-9_-]*$", examples=["credit"])
    decision: str | None = Field(default=None, max_length=100, description="Which, where the pack has several.")
    case: dict[str, Any] = Field(description="The case, as the pack's data contract types it.")


@router.post("")
def create(
    asked: NewDecision,
    response: Response,
    engine: TheEngine,
    who: Annotated[Entered, Depends(door("decisions.create"))],
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
) -> dict[str, Any]:
    """Decide a case, once for each idempotency key."""
    if not idempotency_key:
        raise InputError("the Idempotency-Key header is missing", code="idempotency_key", mend="send a new UUID")
    key = f"api:{who.principal.id}:{idempotency_key}"
    result = engine.decide(asked.pack, asked.case, who.actor, decision=asked.decision, request_key=key)
    response.status_code = 202 if result["status"] in WAITING else 200
    response.headers["Location"] = f"/v1/decisions/{result['decision_id']}"
    return result


@router.get("/{decision_id}")
def read(
    decision_id: str, engine: TheEngine, who: Annotated[Entered, Depends(door("decisions.read"))]
) -> dict[str, Any]:
    """A decision as it stands."""
    stored = stored_decision(engine.services, decision_id)
    who.sees(stored.run.actor.id, "decision")
    return result_of(stored)
