"""``/v1/arrangements``: roles lent for a time, absences with a deputy, and the end of both."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from pydantic import Field

from remit.api.body import Body, Moment
from remit.api.described import answers
from remit.api.doors import Entered, TheEngine, door
from remit.api.reviews.common import Name
from remit.service.reviews.people import delegate, end_arrangement, go_away, list_arrangements

router = APIRouter(prefix="/arrangements", tags=["reviews"])
Worker = Annotated[Entered, Depends(door("reviews.work"))]
ArrangementId = Annotated[str, Path(pattern=r"^[0-9A-Za-z_-]{1,64}$", description="An arrangement's id.")]
Lent = Annotated[list[Name], Field(max_length=20, description="The roles that are lent.", examples=[["officer"]])]
_LENT = {
    "arrangement_id": "01KB9ZA0",
    "kind": "delegation",
    "person": "olaf",
    "deputy": "otto",
    "roles": ["officer"],
    "since": "2026-11-02T12:00:00+00:00",
    "until": "2026-12-01T08:00:00+00:00",
}
_AWAY = {**_LENT, "kind": "absence", "handed_on": []}


class Delegation(Body):
    """A role of one's own, lent to somebody for a time."""

    to: Name
    roles: Lent
    until: Moment


class Absence(Body):
    """Out of office until a time; a deputy acts in the roles that are lent."""

    until: Moment
    deputy: Name | None = None
    roles: Lent = Field(default_factory=list)


@router.get("", responses=answers("The arrangements.", [_LENT]))
def arrangements(engine: TheEngine, who: Annotated[Entered, Depends(door("reviews.read"))]) -> list[dict[str, Any]]:
    """The delegations and absences that are in force."""
    return list_arrangements(engine.services)


@router.post("/delegations", status_code=201, responses=answers("The role is lent.", _LENT, status=201))
def lend(wanted: Delegation, engine: TheEngine, who: Worker) -> dict[str, Any]:
    """Lend a role of the asker's to somebody. They have one word between them."""
    return delegate(engine.services, who.actor, wanted.to, wanted.roles, wanted.until)


@router.post(
    "/absences",
    status_code=201,
    responses=answers("The absence; `handed_on` names the reviews that went to the deputy.", _AWAY, status=201),
)
def leave(wanted: Absence, engine: TheEngine, who: Worker) -> dict[str, Any]:
    """Be away until a time: what the asker holds goes to the deputy, or is free for all."""
    return go_away(engine.services, who.actor, wanted.deputy, wanted.roles, wanted.until)


@router.post("/{arrangement_id}/end", responses=answers("The arrangement, which is over.", _LENT))
def end(arrangement_id: ArrangementId, engine: TheEngine, who: Worker) -> dict[str, Any]:
    """End a delegation or an absence before its time."""
    return end_arrangement(engine.services, arrangement_id, who.actor)
