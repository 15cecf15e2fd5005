"""``/v1/ledger``: proofs, verification, and the events for auditors, without what they say of cases."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field

from remit.api.body import Body
from remit.api.described import answers
from remit.api.doors import Entered, TheEngine, door
from remit.api.pages import link_next
from remit.service.prove import envelopes
from remit.service.verify_all import verify_all

router = APIRouter(prefix="/ledger", tags=["ledger"])

PAGE_MAX = 500
_PROOF = {
    "v": 1,
    "checkpoint": "remit/01KB9Z\n42\nqg7s…=\n\n— remit/01KB9Z 5l0f…=\n",
    "rotations": [],
    "events": [{"seq": 7, "body": "{…}", "path": ["3a…", "9f…"]}],
}
_EVENT = {
    "seq": 7,
    "event_id": "01KB9Z6R2N",
    "at": "2026-11-02T12:00:00.000000Z",
    "type": "decision.judged",
    "decision_id": "01KB9Z6R2N4T7V9X1Z3B5D7F9H",
    "actor": {"id": "ana", "kind": "user"},
    "leaf_sha256": "3a…",
}


class Older(Body):
    """An older signed checkpoint of this ledger."""

    checkpoint: str = Field(min_length=1, max_length=10_000, description="The signed note, exactly as it was given.")


class Held(Body):
    """A receipt that a decision came back with."""

    seq: int = Field(ge=0, le=2**53)
    leaf_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


@router.get("/proof", responses=answers("A proof that stands alone: see the one-file verifier of an export.", _PROOF))
def proof(
    of: Annotated[str, Query(min_length=1, max_length=64, description="An event's place or id, or a decision's id.")],
    engine: TheEngine,
    _who: Annotated[Entered, Depends(door("ledger.events"))],
) -> dict[str, Any]:
    """Prove that an event, or every event of a decision, is in the log."""
    return engine.safekeeping.prove(of)


@router.post("/proof/receipt", responses=answers("The proof of the event that the receipt names.", _PROOF))
def receipt(
    held: Held, engine: TheEngine, _who: Annotated[Entered, Depends(door("decisions.prove"))]
) -> dict[str, Any]:
    """Prove that the event of a receipt is in the log, as the receipt says."""
    return engine.safekeeping.prove_receipt(held.model_dump())


@router.post(
    "/proof/consistency",
    responses=answers(
        "The proof.", {**{name: _PROOF[name] for name in ("v", "checkpoint", "rotations")}, "old": "…", "path": ["3a…"]}
    ),
)
def consistency(
    old: Older, engine: TheEngine, _who: Annotated[Entered, Depends(door("ledger.read"))]
) -> dict[str, Any]:
    """Prove that the log only grew since an older checkpoint."""
    return engine.safekeeping.prove_growth(old.checkpoint)


@router.post(
    "/verify",
    responses=answers(
        "What was found. Not `sound`: `seq` is the first wrong event, `why` says what is wrong. `records` holds the"
        " decisions' rows against their events.",
        {
            "sound": True,
            "size": 42,
            "root": "aa0b…",
            "checkpointed": 42,
            "seq": None,
            "why": "",
            "records": {"decisions": 9, "differing": []},
        },
    ),
)
def verify(engine: TheEngine, _who: Annotated[Entered, Depends(door("ledger.verify"))]) -> dict[str, Any]:
    """Verify every event against the signed checkpoint, and every decision against its events; one at a time."""
    return verify_all(engine)


@router.get(
    "/events",
    responses=answers(
        "A page of events in the order of the log; `next` is the `after` of the following page, null at the end.",
        {"events": [_EVENT], "next": None},
        headers={"Link": 'The next page, `rel="next"` (RFC 8288); absent at the end.'},
    ),
)
def events(
    request: Request,
    response: Response,
    engine: TheEngine,
    _who: Annotated[Entered, Depends(door("ledger.events"))],
    after: Annotated[int, Query(ge=-1, le=2**53, description="The place of the last event that was seen.")] = -1,
    limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 100,
) -> dict[str, Any]:
    """Who did what, when, in which decision; what an event says is not shown."""
    found = envelopes(engine.ledger, after + 1, limit + 1)
    last = found[limit - 1]["seq"] if len(found) > limit else None
    link_next(request, response, None if last is None else str(last), name="after")
    return {"events": found[:limit], "next": last}
